"""What a person is told where there is no answer: what happened and what to do, in plain words."""

from collections.abc import Mapping

from api.pages.language import Language

__all__ = ["trouble_words"]

Pair = tuple[str, str]

_ORIGINAL: Pair = (
    "请索取颁发机构发给持证人的原始 PDF 文件，再查一次。",
    "Ask for the original PDF as the authority sent it to the holder, and check that.",
)
_LATER: Pair = (
    "过一两分钟再试。您的文件没有问题，也没有留存。",
    "Try again in a minute or two. Nothing is wrong with your file, and it was not kept.",
)
_AGAIN: Pair = (
    "请返回查验页，重新选择文件再试。",
    "Go back to the verification page and choose the file again.",
)

# From a problem's slug to what happened and what now.
_WORDS: Mapping[str, tuple[Pair, Pair]] = {
    "not-a-pdf": (
        (
            "它不是 PDF 文件，或者在传输中损坏了。",
            "It is not a PDF, or it was damaged on its way.",
        ),
        (
            "照片、截图和 Word 文件不能查验。请索取颁发机构发给持证人的原始 PDF 文件。",
            "Photos, screenshots and Word files cannot be checked. "
            "Ask for the original PDF as the authority sent it.",
        ),
    ),
    "encrypted-pdf": (
        ("它设了密码，打不开。", "It is protected by a password and cannot be opened."),
        (
            "电子证照不会设密码。请索取没有加密的原始 PDF 文件。",
            "Licences are issued without passwords. Ask for the original PDF, not encrypted.",
        ),
    ),
    "pdf-over-limit": (
        (
            "它比电子证照大得多、也复杂得多，超出了检查的限度。",
            "It is far larger or more complex than a licence, beyond what is examined here.",
        ),
        _ORIGINAL,
    ),
    "examination-too-long": (
        (
            "检查用的时间太长，只好停下。",
            "Examining it took too long and was stopped.",
        ),
        _ORIGINAL,
    ),
    "examination-failed": (
        (
            "文件内部有异常，检查无法完成。",
            "Something inside it keeps it from being examined.",
        ),
        _ORIGINAL,
    ),
    "body-too-large": (
        (
            "您选择的文件太大，没有接收。",
            "The file you chose is too large and was not taken.",
        ),
        _ORIGINAL,
    ),
    "body-too-slow": (
        ("网络太慢，文件没有传完。", "The connection was too slow; the file did not arrive whole."),
        _AGAIN,
    ),
    "malformed-upload": (
        ("没有收到文件。", "No file arrived."),
        _AGAIN,
    ),
    "rate-limited": (
        (
            "从您所在的网络来的查验太多了，需要歇一会儿。",
            "Too many files came from your network in a short time.",
        ),
        _LATER,
    ),
    "overloaded": (
        ("现在查验的人很多。", "Many people are checking files just now."),
        _LATER,
    ),
    "examination-unavailable": (
        ("查验服务暂时不能工作。", "The service cannot examine files just now."),
        _LATER,
    ),
    "register-unavailable": (
        ("登记簿暂时查不了。", "The register does not answer just now."),
        _LATER,
    ),
    "not-found": (
        (
            "这个地址下没有内容，或者二维码的内容不完整。",
            "There is nothing at this address, or the QR code was not read whole.",
        ),
        (
            "请核对地址或重新扫描二维码；也可以直接查验 PDF 文件。",
            "Check the address or scan the code again, or check the PDF itself.",
        ),
    ),
}
_OTHER: tuple[Pair, Pair] = (
    ("出了一点问题，没有办成。", "Something went wrong."),
    _LATER,
)


def trouble_words(slug: str, language: Language) -> tuple[str, str]:
    """Return what happened and what to do now, for one kind of problem."""
    index = 0 if language is Language.ZH else 1
    happened, now = _WORDS.get(slug, _OTHER)
    return happened[index], now[index]
