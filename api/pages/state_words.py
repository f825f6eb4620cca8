"""How each state is told: its tone, icon, short word, sentence and advice, in both languages."""

from dataclasses import dataclass

from api.pages.states import State, Tone

__all__ = ["STATES", "StateWords"]


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a state is told: the short word beside the icon, the sentence, what to do now."""

    tone: Tone
    icon: str
    label: tuple[str, str]
    sentence: tuple[str, str]
    advice: tuple[str, str]


_ASK_ISSUER = (
    "请勿凭此文件办理业务，向文件上写明的颁发机构核实，或请对方重新提供原始文件。",
    "Do not rely on this file. Ask the authority named on it, or have the original sent again.",
)
_ASK_HOLDER = (
    "请向持证人了解情况，需要时向颁发机构核实。",
    "Ask the holder about it and, where it matters, the issuing authority.",
)

STATES: dict[State, StateWords] = {
    State.IN_FORCE: StateWords(
        Tone.GOOD,
        "seal",
        ("真实有效", "Genuine, in force"),
        (
            "这份证照是真实的，签章后未被改动，目前有效。",
            "This licence is genuine, unchanged since it was sealed, and in force today.",
        ),
        (
            "可以信赖。请再看一眼持证主体和内容，是否就是您要核对的那一位、那一项。",
            "You can rely on it. Do check that it names the holder and the matter you expect.",
        ),
    ),
    State.GENUINE: StateWords(
        Tone.GOOD,
        "seal",
        ("签章真实", "Seal genuine"),
        (
            "这份文件的电子签章真实，签章后未被改动。",
            "The seal on this document is genuine, and nothing was changed after it.",
        ),
        (
            "本系统没有登记这份文件，无法说明它今天是否仍然有效；请向签章单位核实其现状。",
            "It is not in this register, so whether it still holds today is not known here; "
            "ask the body that sealed it.",
        ),
    ),
    State.NOT_YET: StateWords(
        Tone.CAUTION,
        "clock",
        ("尚未生效", "Not yet in force"),
        (
            "这份证照是真实的，但尚未生效。",
            "This licence is genuine, but not yet in force.",
        ),
        ("请在有效期起始日之后再使用。", "Use it from its first day of validity on."),
    ),
    State.SUSPENDED: StateWords(
        Tone.CAUTION,
        "pause",
        ("暂停使用", "Suspended"),
        (
            "这份证照是真实的，但自{since}起暂停使用。",
            "This licence is genuine, but has been suspended since {since}.",
        ),
        _ASK_HOLDER,
    ),
    State.REVOKED: StateWords(
        Tone.CAUTION,
        "ban",
        ("已被注销", "Revoked"),
        (
            "这份证照是真实的，但已于{since}被注销或撤销，不再有效。",
            "This licence is genuine, but was revoked on {since} and is no longer in force.",
        ),
        (
            "不能再作为依据。请向持证人索取现行有效的证照。",
            "It can no longer be relied on. Ask the holder for one that is in force.",
        ),
    ),
    State.REPLACED: StateWords(
        Tone.CAUTION,
        "ban",
        ("已被换发", "Replaced"),
        (
            "这份证照是真实的，但已于{since}换发新证，不再有效。",
            "This licence is genuine, but was replaced by a new one on {since}.",
        ),
        ("请向持证人索取换发后的新证。", "Ask the holder for the new licence."),
    ),
    State.EXPIRED: StateWords(
        Tone.CAUTION,
        "clock",
        ("已过有效期", "Expired"),
        (
            "这份证照是真实的，但有效期已过，自{since}起不再有效。",
            "This licence is genuine, but has expired and is out of force since {since}.",
        ),
        ("请向持证人索取延续后的证照。", "Ask the holder for a renewed licence."),
    ),
    State.NOT_ISSUED: StateWords(
        Tone.BAD,
        "cross",
        ("未曾颁发", "Never issued"),
        (
            "签章真实，但登记簿中这份证照没有颁发，不能使用。",
            "The seal is genuine, but the register says this licence was never issued.",
        ),
        _ASK_ISSUER,
    ),
    State.DIFFERENT: StateWords(
        Tone.BAD,
        "cross",
        ("与登记不符", "Differs from the register"),
        (
            "文件中的内容与登记簿不一致，不能使用。",
            "What this file says is not what the register says.",
        ),
        _ASK_ISSUER,
    ),
    State.CHANGED: StateWords(
        Tone.BAD,
        "cross",
        ("签章后被改动", "Changed after sealing"),
        (
            "这份文件在签章之后被改动过，不能使用。",
            "This file was changed after it was sealed. It must not be relied on.",
        ),
        _ASK_ISSUER,
    ),
    State.FORGED: StateWords(
        Tone.BAD,
        "cross",
        ("签章不真实", "Forged or broken seal"),
        (
            "这份文件的签章是伪造的或已损坏，不能使用。",
            "The seal on this file is forged or broken. It must not be relied on.",
        ),
        _ASK_ISSUER,
    ),
    State.SEAL_INVALID: StateWords(
        Tone.BAD,
        "cross",
        ("签章无效", "Seal not valid"),
        (
            "文件没有被改动，但盖章所用的印章或证书无效，不能使用。",
            "The file is unchanged, but the seal or certificate used on it is not valid.",
        ),
        _ASK_ISSUER,
    ),
    State.IMPOSTOR: StateWords(
        Tone.BAD,
        "cross",
        ("冒充的证照", "An impostor"),
        (
            "这份文件自称是登记簿中的一份证照，但盖的不是颁发机构的印章，不能使用。",
            "This file claims to be a licence of this register, but the seal on it is not the "
            "authority's. It must not be relied on.",
        ),
        _ASK_ISSUER,
    ),
    State.ACTIVE: StateWords(
        Tone.BAD,
        "cross",
        ("含可变内容", "Content can change"),
        (
            "文件里有能改变显示内容的程序或附加内容，眼前所见不一定是签章时的内容。",
            "The file holds active content: what it shows need not be what was sealed.",
        ),
        _ASK_ISSUER,
    ),
    State.UNKNOWN_ISSUER: StateWords(
        Tone.OPEN,
        "question",
        ("无法判断", "Cannot be decided"),
        (
            "签章之后未发现改动，但签章者不在本系统信任的机构之列，无法判断真伪。",
            "No change was found, but the seal comes from an issuer this service does not know; "
            "it cannot say whether it is genuine.",
        ),
        (
            "这不等于文件是假的。请到签章单位自己的查验渠道核实。",
            "This does not mean that the file is false. Check it where its issuer says.",
        ),
    ),
    State.UNDECIDED: StateWords(
        Tone.OPEN,
        "question",
        ("无法判断", "Cannot be decided"),
        (
            "有一项检查无法得出结论，目前不能判断这份文件的真伪。",
            "One of the checks has no answer, so nothing can be said for certain about this file.",
        ),
        (
            "这不等于文件是假的。请稍后再试，或向签章单位核实。",
            "This does not mean that the file is false. Try again later, or ask who sealed it.",
        ),
    ),
    State.UNSIGNED: StateWords(
        Tone.OPEN,
        "page",
        ("没有电子签章", "No seal in it"),
        (
            "这份文件里没有电子签章，无法查验。",
            "There is no electronic seal in this file, so there is nothing to check.",
        ),
        (
            "扫描件、截图和打印后再扫描的文件都不含签章。请索取电子证照的原始 PDF 文件。",
            "Scans, screenshots and re-printed files carry no seal. Ask for the original PDF.",
        ),
    ),
    State.UNREADABLE: StateWords(
        Tone.OPEN,
        "page",
        ("无法读取", "Cannot be read"),
        ("这个文件无法检查。", "This file could not be examined."),
        (
            "请确认选择的是颁发机构发给您的原始 PDF 文件，没有加密，也没有传输中断。",
            "Make sure that it is the original PDF from the authority, not encrypted, and whole.",
        ),
    ),
}
