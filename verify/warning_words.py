"""The words for what was tolerated: departures from a standard that leave the meaning clear."""

__all__ = ["WARNING_WORDS"]

_TELL_MAKER = (
    "您无需处理；签章软件的提供者应当改正。",
    "Nothing for you to do; whoever makes the signing software should correct it.",
)
_LOOK_CLOSER = (
    "请以查验结果为准，不要只看页面上的图样。",
    "Go by the result of the verification, not by what the page looks like.",
)
_WHO_SIGNED = (
    "请以签署者证书上的名称为准，并向印章上写明的机构核实。",
    "Go by the name in the signer's certificate, and ask the body named on the seal.",
)
_NEW_READER = (
    "请用新版的阅读软件打开。",
    "Open it with an up-to-date reader.",
)

WARNING_WORDS: dict[str, tuple[str, str, tuple[str, str]]] = {
    "SES_RAW_SEAL_SIGNATURE": (
        "印章的签名值是未经编码的 64 字节。",
        "The seal's signature is 64 raw bytes instead of DER.",
        _TELL_MAKER,
    ),
    "SES_RAW_SIGNATURE": (
        "签章的签名值是未经编码的 64 字节。",
        "The signature value is 64 raw bytes instead of DER.",
        _TELL_MAKER,
    ),
    "SES_VERSION": (
        "签章与印章写明的版本号不一致。",
        "The signature and the seal in it name different versions.",
        _TELL_MAKER,
    ),
    "SES_UNUSED_BITS": (
        "签章数据声明了不该有的填充位。",
        "A bit string claims unused bits where there should be none.",
        _TELL_MAKER,
    ),
    "SES_TIME_FORM": (
        "印章中的时间用了另一版本标准的写法。",
        "A time in the seal is written as another edition of the standard says.",
        _TELL_MAKER,
    ),
    "SES_EXTENSION_TAG": (
        "扩展数据的标签与标准版本不符。",
        "Extension data are tagged as another edition of the standard says.",
        _TELL_MAKER,
    ),
    "SES_EXPLICIT_DEFAULT": (
        "扩展数据写出了本应省略的默认值。",
        "A default value is written out that DER leaves away.",
        _TELL_MAKER,
    ),
    "SES_TIMESTAMP_TAG": (
        "时间戳的标签与标准不符。",
        "The time-stamp is not tagged as the standard says.",
        _TELL_MAKER,
    ),
    "SES_SEAL_UNDER_ANOTHER": (
        "另一枚印章盖在了这枚印章之上。",
        "Another seal lies over this one.",
        _LOOK_CLOSER,
    ),
    "SES_STAMP_AS_TIME": (
        "签署时间的位置放的是时间戳或其他数据，不能证明签名何时产生。",
        "Where the time belongs stands a time-stamp or something else, which proves no time.",
        _TELL_MAKER,
    ),
    "SES_SEAL_INVISIBLE": (
        "印章没有显示在页面上。",
        "The seal is not shown on any page.",
        _LOOK_CLOSER,
    ),
    "SES_SEAL_SIZE_UNLIKELY": (
        "印章的尺寸超过 60 毫米，可能把像素当成了毫米。",
        "The seal claims to be larger than 60 mm; pixels may have been taken for millimetres.",
        _LOOK_CLOSER,
    ),
    "SES_SEAL_MAKER_UNNAMED": (
        "这里没有写明该制章者可以制作印章。",
        "Nobody here says that this maker may make seals.",
        _WHO_SIGNED,
    ),
    "SES_SEAL_NAME_OTHER": (
        "印章上的名称不是签署者证书上的名称，也没有写明谁可以制作印章。",
        "The name on the seal is not the signer's, and nobody here says who may make seals.",
        _WHO_SIGNED,
    ),
    "CMS_ATTRIBUTES_UNSORTED": (
        "签名属性没有按规定排序。",
        "The signed attributes are not in the order DER asks for.",
        _TELL_MAKER,
    ),
    "CMS_DIGEST_ALGORITHMS": (
        "签名声明的杂凑算法与实际使用的不一致。",
        "The digests announced are not the digests used.",
        _TELL_MAKER,
    ),
    "CMS_EVIDENCE_TWICE": (
        "签名中有重复的证书或吊销列表。",
        "A certificate or a revocation list stands in the signature twice.",
        _TELL_MAKER,
    ),
    "CMS_SIGNER_TWICE": (
        "签名中有重复的签名者信息。",
        "A signer stands in the signature twice.",
        _TELL_MAKER,
    ),
    "CMS_OTHER_CERTIFICATE_FORM": (
        "签名带有不是 X.509 的证书。",
        "The signature carries a certificate that is not X.509.",
        _TELL_MAKER,
    ),
    "CMS_UNSIGNED_ATTRIBUTES": (
        "签名附有未受保护的其他数据。",
        "The signature carries other data that nothing protects.",
        _TELL_MAKER,
    ),
    "CMS_VERSION": (
        "签名写明的版本号与内容不符。",
        "A version number is not the one that the content asks for.",
        _TELL_MAKER,
    ),
    "CMS_DIGEST_AS_CONTENT": (
        "签名内嵌的是文件的杂凑值。",
        "The signature carries the digest of the file as its content.",
        _TELL_MAKER,
    ),
    "CMS_DIGEST_AS_BASE64": (
        "签名内嵌的是文件杂凑值的 Base64 文本。",
        "The signature carries the digest of the file as Base64 text.",
        _TELL_MAKER,
    ),
    "CMS_WITHOUT_ATTRIBUTES": (
        "签名没有签名属性，直接对文件签名。",
        "The signature is over the file itself, without signed attributes.",
        _TELL_MAKER,
    ),
    "PDF_HYBRID_XREF": (
        "文件带有两种对照表，旧软件可能看到不同的对象。",
        "The file has two kinds of cross-reference; old programs may see other objects.",
        _NEW_READER,
    ),
}
