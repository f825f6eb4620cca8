"""One plain sentence for each code, in Chinese and English, and what the reader can do now."""

from dataclasses import dataclass

from verify.codes import Code
from verify.report import Indication
from verify.warning_words import WARNING_WORDS

__all__ = ["NO_SIGNATURE", "SENTENCES", "VERDICTS", "Sentence", "sentence_of"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was found and the next step; empty next steps mean there is nothing to do."""

    zh: str
    en: str
    next_zh: str
    next_en: str


_NOTHING = ("", "")
_DO_NOT_RELY = (
    "请勿凭此文件办理业务；请对方重新提供原始文件，或向颁发机构核实。",
    "Do not rely on this file; have the original sent again, or ask the issuing authority.",
)
_ASK_SENDER = (
    "请对方提供另一份文件，或说明它是用什么软件制作的。",
    "Ask for another copy, or which software made it.",
)
_ASK_AUTHORITY = (
    "请向文件上写明的颁发机构核实后再使用。",
    "Check with the authority named on the file before using it.",
)
_ADD_ROOT = (
    "如果您信任签发该证书的机构，请由管理员添加其根证书后重新验证。",
    "If you trust the body that issued the certificate, have its root added and verify again.",
)
_NAME_MAKER = (
    "如果您确认该制章者可以制作印章，请由管理员把它的证书写入 trust.toml 后重新验证。",
    "If you know that this maker may make seals, have it named in trust.toml and verify again.",
)
_TRY_LATER = (
    "请稍后再验证，或在可以取得吊销列表的系统上验证。",
    "Verify again later, or where the revocation list can be had.",
)
_TELL_SIGNER = (
    "请向签章单位了解情况，并请其重新签章。",
    "Ask the body that sealed it, and have it sealed anew.",
)
_SEE_ABOVE = (
    "请看前面没有通过的那一项。",
    "See the earlier check that did not pass.",
)

_ROWS: dict[Code, tuple[str, str, tuple[str, str]]] = {
    # format
    Code.FORMAT_SOUND: (
        "签名的格式完整，各种软件读到的内容一致。",
        "The signature is well formed and reads the same in every program.",
        _NOTHING,
    ),
    Code.STRUCTURE_DAMAGED: (
        "文件结构已损坏，不同的软件可能显示不同的内容。",
        "The file's structure is damaged: programs may show different things.",
        _DO_NOT_RELY,
    ),
    Code.SIGNATURE_VALUE_UNUSABLE: (
        "签名域里没有可用的签名。",
        "The signature field holds nothing that could be a signature.",
        _DO_NOT_RELY,
    ),
    Code.SIGNATURE_DICTIONARY_AMBIGUOUS: (
        "签名的说明有歧义，可以被读成不同的意思。",
        "The signature's description is ambiguous and could be read in two ways.",
        _DO_NOT_RELY,
    ),
    Code.PARSERS_DISAGREE: (
        "两种读取方式看到的签名不一致。",
        "Two ways of reading the file see different signatures.",
        _DO_NOT_RELY,
    ),
    Code.SIGNATURE_NOT_IN_FORM: (
        "文件里有一个不属于任何签名域的签名。",
        "There is a signature that belongs to no signature field.",
        _DO_NOT_RELY,
    ),
    Code.SIGNATURE_REPLACED: (
        "原有的签名被后来的修改删除或替换了。",
        "A signature that was there has been removed or replaced.",
        _DO_NOT_RELY,
    ),
    Code.SIGNATURE_SHARED: (
        "多个签名域共用同一个签名。",
        "Several fields show one and the same signature.",
        _DO_NOT_RELY,
    ),
    Code.CONTENTS_MISSING: (
        "签名值是空的。",
        "The signature has no value.",
        _DO_NOT_RELY,
    ),
    Code.CONTENTS_NOT_HEX: (
        "签名值的书写方式不合规范。",
        "The signature's value is not written as it must be.",
        _DO_NOT_RELY,
    ),
    Code.CONTENTS_PADDING: (
        "签名值后面藏有多余的数据。",
        "There are hidden bytes behind the signature's value.",
        _DO_NOT_RELY,
    ),
    Code.BYTE_RANGE_MISSING: (
        "没有说明签名覆盖文件的哪些部分。",
        "Nothing says which part of the file is signed.",
        _DO_NOT_RELY,
    ),
    Code.CONTAINER_MALFORMED: (
        "签名值已损坏，无法读取。",
        "The signature's value is damaged and cannot be read.",
        _DO_NOT_RELY,
    ),
    Code.CONTAINER_UNKNOWN: (
        "签名值的格式不是本系统认识的格式。",
        "The signature's value is of a kind that is not known here.",
        _ASK_SENDER,
    ),
    Code.NOT_REACHED: (
        "由于前面的检查没有通过，这一项没有可检查的内容。",
        "An earlier check left nothing to look at here.",
        _SEE_ABOVE,
    ),
    # coverage
    Code.COVERS_ENTIRE_FILE: (
        "签名覆盖了整个文件。",
        "The signature covers the whole file.",
        _NOTHING,
    ),
    Code.COVERS_ENTIRE_REVISION: (
        "签名覆盖了签名时的整个文件，此后又追加了内容。",
        "The signature covers the whole file as it was then; more was added later.",
        _NOTHING,
    ),
    Code.BYTE_RANGE_MALFORMED: (
        "签名覆盖范围的写法不合规范。",
        "The range that the signature covers is not stated as it must be.",
        _DO_NOT_RELY,
    ),
    Code.BYTE_RANGE_GAP: (
        "签名没有覆盖文件的全部内容，中间留有空隙。",
        "The signature leaves out part of the file.",
        _DO_NOT_RELY,
    ),
    Code.BYTE_RANGE_END: (
        "签名没有覆盖到文件的结尾。",
        "The signature does not reach to the end of the file.",
        _DO_NOT_RELY,
    ),
    # integrity
    Code.DIGEST_MATCHES: (
        "签章后文件内容没有被改动。",
        "The signed content has not been changed.",
        _NOTHING,
    ),
    Code.DIGEST_MISMATCH: (
        "文件内容在签章后被改动过。",
        "The content was changed after it was signed.",
        _DO_NOT_RELY,
    ),
    Code.DIGEST_ALGORITHM_UNSUPPORTED: (
        "签名使用了本系统不支持的杂凑算法。",
        "The signature uses a digest that is not supported here.",
        _ASK_SENDER,
    ),
    # changes
    Code.NO_LATER_CHANGES: (
        "签章之后文件没有追加任何内容。",
        "Nothing was added after the signature.",
        _NOTHING,
    ),
    Code.ONLY_UPKEEP_LATER: (
        "签章之后只追加了其他签名或验证资料。",
        "Only further signatures or evidence were added later.",
        _NOTHING,
    ),
    Code.CHANGED_AFTER_SEALING: (
        "文件在签章之后被改动过。",
        "The file was changed after it was sealed.",
        _DO_NOT_RELY,
    ),
    Code.CHANGE_NOT_PERMITTED: (
        "签章时已声明不得再改动，但文件此后又有追加。",
        "The signature allows no later change, yet something was added.",
        _DO_NOT_RELY,
    ),
    Code.FIELD_LOCKED: (
        "签章时已锁定的域，后来又被签署。",
        "A field that the signature had locked was signed later.",
        _DO_NOT_RELY,
    ),
    Code.LOCK_UNKNOWN: (
        "签名声明了本系统不认识的限制，无法判断此后的追加是否允许。",
        "The signature sets limits that are not known here.",
        _ASK_SENDER,
    ),
    Code.LOCKS_CONTRADICT: (
        "签名和它的签名域对锁定哪些内容说法不一。",
        "The signature and its field disagree about what is locked.",
        _ASK_SENDER,
    ),
    Code.CERTIFICATION_TWICE: (
        "文件有不止一个认证签名，而规范只允许一个。",
        "The file is certified more than once; only one certification may stand in it.",
        _ASK_SENDER,
    ),
    Code.CERTIFICATION_NOT_FIRST: (
        "认证签名不是文件的第一个签名。",
        "The certification is not the first signature of the file.",
        _ASK_SENDER,
    ),
    Code.CERTIFICATION_ELSEWHERE: (
        "文件目录所指的认证签名，并不是文件里的任何认证签名。",
        "What the file names as its certification is none of its certifications.",
        _ASK_SENDER,
    ),
    Code.CHANGES_ENTANGLED: (
        "文件内部的引用过于错综复杂，无法判断签章之后的追加是否改动了内容。",
        "The file is too entangled to tell whether what was added later changes it.",
        _ASK_SENDER,
    ),
    # content
    Code.CONTENT_PLAIN: (
        "文件中没有会改变显示内容的脚本、图层或动作。",
        "No script, layer or action in the file can change what it shows.",
        _NOTHING,
    ),
    Code.CONTENT_ACTIVE: (
        "文件含有脚本、图层或动作，显示的内容可能随软件或时间而变。",
        "The file holds scripts, layers or actions: what it shows may change.",
        _ASK_AUTHORITY,
    ),
    Code.CONTENT_OUTSIDE: (
        "文件显示的一部分内容不在文件之内，不在签名保护之下。",
        "Part of what the file shows lies outside it, where no signature protects it.",
        _ASK_AUTHORITY,
    ),
    Code.FIELD_SHOWS_OTHER: (
        "表单里填的内容与页面上显示的不一样：不同的软件会显示不同的内容。",
        "A form field holds something else than the page shows: programs may show either.",
        _ASK_AUTHORITY,
    ),
    Code.FIELD_UNCLEAR: (
        "无法确认表单里填的内容与页面上显示的是否一致。",
        "It cannot be told whether a form field holds what the page shows.",
        _ASK_AUTHORITY,
    ),
    Code.RECORD_NOT_PRINTED: (
        "文件内所附的证照信息与页面上印出的文字不一致：名称、编号、持证主体、颁发机构或日期有出入。",
        "The record inside the file and the words on the page do not agree: title, number, holder,"
        " authority or dates.",
        _ASK_AUTHORITY,
    ),
    Code.RECORDS_DISAGREE: (
        "文件内的两份证照信息互相矛盾，或无法确认是否一致。",
        "The file holds two records of the licence that do not say the same.",
        _ASK_AUTHORITY,
    ),
    # value
    Code.VALUE_HOLDS: (
        "签名值正确，确由签名者的密钥作出。",
        "The signature was made with the signer's key.",
        _NOTHING,
    ),
    Code.VALUE_INVALID: (
        "签名值不正确，签名无效。",
        "The signature's value is wrong: the signature is not valid.",
        _DO_NOT_RELY,
    ),
    Code.VALUE_NONCONFORMING: (
        "签名的计算方式不符合国家标准（缺少签名者标识）。",
        "The signature was not computed as the standard says (the signer's ID is left out).",
        _TELL_SIGNER,
    ),
    Code.ATTRIBUTES_INVALID: (
        "签名所附的属性缺失或不正确。",
        "The signature's attributes are missing or wrong.",
        _DO_NOT_RELY,
    ),
    Code.ALGORITHM_UNSUPPORTED: (
        "签名使用了本系统不支持的算法。",
        "The signature uses an algorithm that is not supported here.",
        _ASK_SENDER,
    ),
    # timestamp
    Code.TIME_CLAIMED: (
        "签名时间是签名者自己声明的，没有时间戳证明。",
        "The time is the signer's own word; no time-stamp proves it.",
        _NOTHING,
    ),
    Code.TIME_MISSING: (
        "签名没有写明时间。",
        "The signature does not say when it was made.",
        _NOTHING,
    ),
    Code.TIME_PROVEN: (
        "可信的时间戳证明了签名时间。",
        "A trusted time-stamp proves when it was signed.",
        _NOTHING,
    ),
    Code.TIME_IN_FUTURE: (
        "签名声明的时间晚于验证时间。",
        "The signature claims a time that had not yet come.",
        _ASK_AUTHORITY,
    ),
    Code.TIMESTAMP_INVALID: (
        "时间戳无效，或不属于这个签名。",
        "The time-stamp is not valid, or belongs to something else.",
        _DO_NOT_RELY,
    ),
    Code.TIMESTAMP_UNTRUSTED: (
        "无法确认时间戳机构是否可信。",
        "The authority behind the time-stamp is not known to be trustworthy.",
        _ADD_ROOT,
    ),
    Code.TIMESTAMP_ORDER: (
        "签名声明的时间晚于它自己的时间戳。",
        "The signature claims to be younger than its own time-stamp.",
        _ASK_AUTHORITY,
    ),
    # signer
    Code.SIGNER_FOUND: (
        "找到了签名者的证书，且该证书可用于签名。",
        "The signer's certificate is there and may sign.",
        _NOTHING,
    ),
    Code.SIGNER_CERTIFICATE_MISSING: (
        "文件中没有签名者的证书。",
        "The signer's certificate is missing.",
        _ASK_SENDER,
    ),
    Code.SIGNER_NOT_IN_SEAL: (
        "使用印章的证书不在印章的授权名单中。",
        "The certificate that used the seal is not on the seal's list.",
        _DO_NOT_RELY,
    ),
    Code.SIGNER_CERTIFICATE_NOT_NAMED: (
        "签名中写明的证书与所附证书不同。",
        "The signature names another certificate than the one that is there.",
        _DO_NOT_RELY,
    ),
    Code.SIGNER_KEY_USAGE: (
        "签名者的证书不允许用于签名。",
        "The signer's certificate is not for signatures.",
        _DO_NOT_RELY,
    ),
    Code.SIGNER_EXTENDED_KEY_USAGE: (
        "签名者的证书用途不是签署文件。",
        "The signer's certificate is for other purposes than signing documents.",
        _ASK_AUTHORITY,
    ),
    # chain
    Code.CHAIN_TRUSTED: (
        "签名者的证书由可信的根证书签发。",
        "The signer's certificate leads to a trusted root.",
        _NOTHING,
    ),
    Code.CHAIN_UNKNOWN: (
        "签名者的证书不是由本系统信任的机构签发的。",
        "The signer's certificate does not lead to a root that is trusted here.",
        _ADD_ROOT,
    ),
    Code.CHAIN_INVALID: (
        "证书链违反了签发机构的限制。",
        "The chain of certificates breaks the limits its authorities set.",
        _DO_NOT_RELY,
    ),
    Code.ANCHOR_OUT_OF_SCOPE: (
        "签发该证书的根证书，本系统不用于此用途。",
        "The certificate leads to a root that is trusted here for other purposes only.",
        _ADD_ROOT,
    ),
    Code.ANCHOR_NOT_IN_FORCE: (
        "签发该证书的根证书，本系统在相关时间并不信任。",
        "The certificate leads to a root that is not trusted here for the time in question.",
        _ASK_AUTHORITY,
    ),
    Code.LICENSE_TYPE_OUT_OF_SCOPE: (
        "签发机关无权颁发这一类证照。",
        "The authority that signed may not issue licences of this type.",
        _ASK_AUTHORITY,
    ),
    Code.LICENSE_TYPE_UNCLEAR: (
        "文件没有明确写出自己是哪一类证照，无法确认签发机关是否有权颁发。",
        "The file does not say clearly which type of licence it is, "
        "so whether the authority may issue it cannot be told.",
        _ASK_AUTHORITY,
    ),
    Code.CERTIFICATE_EXPIRED: (
        "签名时证书已经过期。",
        "A certificate had expired when it was signed.",
        _TELL_SIGNER,
    ),
    Code.CERTIFICATE_NOT_YET_VALID: (
        "签名时证书尚未生效。",
        "A certificate was not yet valid when it was signed.",
        _TELL_SIGNER,
    ),
    Code.CERTIFICATE_OUT_OF_BOUNDS: (
        "证书现在不在有效期内，又没有时间戳证明签名是在有效期内作出的。",
        "A certificate is not valid now, and no time-stamp proves that it was then.",
        _ASK_AUTHORITY,
    ),
    Code.EXTRA_CERTIFICATE_UNPROVEN: (
        "签名中夹带了来历不明的证书。",
        "The signature carries a certificate that no trusted root answers for.",
        _ASK_SENDER,
    ),
    # revocation
    Code.NOT_REVOKED: (
        "证书没有被吊销。",
        "No certificate was revoked.",
        _NOTHING,
    ),
    Code.REVOCATION_UNKNOWN_ACCEPTED: (
        "没有吊销信息可查，证书也没有指明查询地址。",
        "There is nothing to look up revocation in, and the certificate names no source.",
        _NOTHING,
    ),
    Code.REVOCATION_UNKNOWN: (
        "目前查不到证书是否被吊销。",
        "Whether a certificate was revoked cannot be told at the moment.",
        _TRY_LATER,
    ),
    Code.REVOKED_LATER: (
        "证书后来被吊销，但时间戳证明签名在此之前作出。",
        "A certificate was revoked later; a time-stamp proves the signature is older.",
        _NOTHING,
    ),
    Code.REVOKED: (
        "签名前证书已被吊销。",
        "A certificate was revoked before it was signed.",
        _DO_NOT_RELY,
    ),
    Code.REVOKED_NO_PROOF: (
        "证书已被吊销，又没有时间戳证明签名在此之前作出。",
        "A certificate is revoked, and no time-stamp proves that the signature is older.",
        _ASK_AUTHORITY,
    ),
    Code.KEY_DISTRUSTED: (
        "签名时，签名密钥已被宣布不再可信。",
        "The key was declared no longer trusted before it signed.",
        _DO_NOT_RELY,
    ),
    Code.KEY_DISTRUSTED_NO_PROOF: (
        "签名密钥已被宣布不再可信，又没有时间戳证明签名在此之前作出。",
        "The key is no longer trusted, and no time-stamp proves that the signature is older.",
        _ASK_AUTHORITY,
    ),
    # seal
    Code.SEAL_VALID: (
        "印章真实，签章时在有效期内。",
        "The seal is genuine and was in force.",
        _NOTHING,
    ),
    Code.SEAL_SIGNATURE_INVALID: (
        "印章不是由所称的制章者制作的，或已被改动。",
        "The seal was not made by the maker it names, or was altered.",
        _DO_NOT_RELY,
    ),
    Code.SEAL_MAKER_UNTRUSTED: (
        "制章者的证书不是由本系统信任的机构签发的。",
        "The seal maker's certificate does not lead to a root that is trusted here.",
        _ADD_ROOT,
    ),
    Code.SEAL_MAKER_IS_SIGNER: (
        "印章是使用者自己制作的，没有别人证明他可以用这个名称。",
        "Whoever used the seal made it as well: nobody else says that the name on it is theirs.",
        _DO_NOT_RELY,
    ),
    Code.SEAL_MAKER_NOT_NAMED: (
        "本系统的信任配置没有写明该制章者可以制作印章。",
        "The trust file here does not name this maker as one who may make seals.",
        _NAME_MAKER,
    ),
    Code.SEAL_MAKER_INVALID: (
        "制章者的证书不允许制作印章，或当时不在有效期内。",
        "The seal maker's certificate may not make seals, or was not valid then.",
        _DO_NOT_RELY,
    ),
    Code.SEAL_MAKER_REVOKED: (
        "制章者的证书已被吊销。",
        "The seal maker's certificate is revoked.",
        _DO_NOT_RELY,
    ),
    Code.SEAL_MAKER_OUT_OF_BOUNDS: (
        "制章者的证书现在不在有效期内，又没有时间戳证明签章在有效期内作出。",
        "The maker's certificate is not valid now, and no time-stamp proves that it was then.",
        _ASK_AUTHORITY,
    ),
    Code.SEAL_MAKER_REVOCATION_UNKNOWN: (
        "目前查不到制章者的证书是否被吊销。",
        "Whether the maker's certificate was revoked cannot be told at the moment.",
        _TRY_LATER,
    ),
    Code.SEAL_NOT_IN_FORCE: (
        "签章时印章不在有效期内。",
        "The seal was not in force when it was used.",
        _DO_NOT_RELY,
    ),
    Code.SEAL_OUT_OF_BOUNDS: (
        "印章现在不在有效期内，又没有时间戳证明签章在有效期内作出。",
        "The seal is not in force now, and no time-stamp proves that it was then.",
        _ASK_AUTHORITY,
    ),
    # appearance
    Code.APPEARANCE_MATCHES: (
        "页面上显示的印章就是签章所用的印章。",
        "The seal on the page is the seal that signed.",
        _NOTHING,
    ),
    Code.APPEARANCE_INVISIBLE: (
        "签章有效，但页面上不显示印章图样。",
        "The seal signed, but is not shown on any page.",
        _NOTHING,
    ),
    Code.APPEARANCE_DIFFERS: (
        "页面上显示的图样不是签章所用的印章。",
        "The picture on the page is not that of the seal that signed.",
        _DO_NOT_RELY,
    ),
    Code.APPEARANCE_SIZE: (
        "页面上的印章大小与印章本身不符。",
        "The seal is shown at another size than its own.",
        _ASK_AUTHORITY,
    ),
    Code.APPEARANCE_UNCLEAR: (
        "无法确认页面上显示的是不是签章所用的印章。",
        "It cannot be told whether the page shows the seal that signed.",
        _ASK_AUTHORITY,
    ),
    # acceptance
    Code.POLICY_SATISFIED: (
        "算法、密钥和格式都符合验证策略。",
        "Algorithms, keys and form are what the policy asks for.",
        _NOTHING,
    ),
    Code.ALGORITHM_NOT_ACCEPTED: (
        "签名使用了不再安全或不被接受的算法。",
        "The signature uses an algorithm that is weak or not accepted.",
        _TELL_SIGNER,
    ),
    Code.KEY_TOO_SMALL: (
        "签名密钥强度不足。",
        "A key is too weak.",
        _TELL_SIGNER,
    ),
    Code.DEVIATION_NOT_ACCEPTED: (
        "签名的写法与标准不符，本策略不予接受。",
        "The signature departs from its standard in a way that is not accepted.",
        _TELL_SIGNER,
    ),
}

SENTENCES: dict[str, Sentence] = {
    code.value: Sentence(zh, en, *then) for code, (zh, en, then) in _ROWS.items()
} | {code: Sentence(zh, en, *then) for code, (zh, en, then) in WARNING_WORDS.items()}
"""By code: those of checks and those of warnings."""

VERDICTS: dict[Indication, Sentence] = {
    Indication.TOTAL_PASSED: Sentence(
        "签名有效，文件在签章后没有被改动。",
        "The signature is valid and the file is unchanged since.",
        *_NOTHING,
    ),
    Indication.TOTAL_FAILED: Sentence(
        "签名无效，或文件在签章后被改动过。",
        "The signature is not valid, or the file was changed after it was sealed.",
        *_DO_NOT_RELY,
    ),
    Indication.INDETERMINATE: Sentence(
        "凭现有资料无法确认签名是否有效。",
        "With what is known here it cannot be told whether the signature is valid.",
        *_ASK_AUTHORITY,
    ),
}
"""By verdict, where nothing more special is to be said."""

NO_SIGNATURE = Sentence(
    "文件中没有电子印章或签名，没有可以查验的内容。",
    "The file carries no seal or signature: there is nothing to check.",
    "扫描件和截图不含签章；请索取原始的 PDF 文件。",
    "Scans and screenshots carry no seal: ask for the original PDF.",
)
"""For a file that nobody signed, or time-stamping authorities alone."""

_UNKNOWN = Sentence("本版本没有这一情况的说明。", "There are no words for this code yet.", "", "")


def sentence_of(code: str) -> Sentence:
    """Return the words for a code; one for unknown codes, so that a page never breaks."""
    return SENTENCES.get(code, _UNKNOWN)
