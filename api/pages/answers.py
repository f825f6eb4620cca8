"""The three questions everybody has: is the seal genuine, was it changed, does it still hold?"""

from collections.abc import Mapping
from dataclasses import dataclass

from api.pages.saying import Speaker
from api.pages.standings import standing_words
from api.pages.state_words import STATES
from api.pages.states import State, Tone
from api.pages.verdicts import STATE_BY_STANDING
from licenses.checking import RegisterWord
from verify.report import CheckName, CheckResult, Outcome, VerificationReport, decisive_check

__all__ = ["Answer", "answers_of"]

_ABOUT_CHANGES = frozenset(
    {CheckName.COVERAGE, CheckName.INTEGRITY, CheckName.CHANGES, CheckName.CONTENT}
)
# Where one of these fails there is no seal whose protection could be spoken of.
_NO_SEAL_AT_ALL = frozenset({CheckName.FORMAT, CheckName.VALUE, CheckName.SIGNER})
_CERTAINLY_CHANGED = frozenset({CheckName.INTEGRITY, CheckName.CHANGES})

Words = tuple[tuple[str, str], tuple[str, str]]
"""The short word and the sentence, each in Chinese and English."""

_GENUINE: Words = (
    ("可信", "Yes"),
    ("印章、签名和证书都通过了核验。", "Seal, signature and certificates all hold."),
)
_IMPOSTOR: Words = (
    ("不可信", "No"),
    (
        "文件自称出自登记簿，盖的却不是颁发机构的印章。",
        "The file claims to come from this register, but the seal is not the authority's.",
    ),
)
_NO_SEAL: Words = (
    ("没有签章", "There is none"),
    (
        "页面上就算看得到印章，也只是图片，不是电子签章。",
        "Any seal you see on the page is only a picture, not an electronic seal.",
    ),
)
_UNCHANGED: Words = (
    ("没有改动", "No"),
    ("盖章之后，文件内容没有变过。", "Nothing in it was changed since it was sealed."),
)
_NOTHING_TO_GO_BY: Words = (
    ("无从判断", "Cannot be told"),
    (
        "没有可信的签章，就无法知道内容有没有被改过。",
        "Without a seal to go by, nobody can tell whether it was changed.",
    ),
)
_DIFFERENT: Words = (
    ("与登记不符", "Not as registered"),
    (
        "文件里的内容与登记簿的记载不一致。",
        "What the file says is not what the register says.",
    ),
)
_NOT_OURS: Words = (
    ("无法得知", "Not known here"),
    (
        "这份文件不在本系统的登记簿中，它今天是否有效只有签章单位知道。",
        "It is not in this register: only the body that sealed it knows whether it still holds.",
    ),
)
_NOT_ITS_WORD: Words = (
    ("不能说明", "Cannot be said"),
    (
        "文件本身没有得到证实，登记簿里的记载不能用在它身上。",
        "Nothing proves this file, so what the register says does not apply to it.",
    ),
)
_NOBODY_KNOWS: Words = (
    ("无法得知", "Not known"),
    (
        "不能确定是谁盖的章，也就无法知道它今天是否有效。",
        "As long as it is not certain who sealed it, nobody here knows whether it holds.",
    ),
)
_NAMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.FAILED: ("不可信", "No"),
    Outcome.INDETERMINATE: ("无法判断", "Cannot be decided"),
}
_TONES = {
    Outcome.PASSED: Tone.GOOD,
    Outcome.FAILED: Tone.BAD,
    Outcome.INDETERMINATE: Tone.OPEN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and its answer."""

    question: str
    tone: Tone
    word: str
    sentence: str


def answers_of(
    report: VerificationReport, register: RegisterWord, state: State, say: Speaker
) -> tuple[Answer, Answer, Answer]:
    """Answer the three questions about a file in this state."""
    checks = tuple(check for one in report.signatures for check in one.checks)
    changes = decisive_check(tuple(one for one in checks if one.check in _ABOUT_CHANGES))
    seal = decisive_check(tuple(one for one in checks if one.check not in _ABOUT_CHANGES))
    return (
        _is_genuine(seal, state, say),
        _is_unchanged(changes, None if state is State.IMPOSTOR else seal, say),
        _is_in_force(register, state, say),
    )


def _is_genuine(seal: CheckResult | None, state: State, say: Speaker) -> Answer:
    question = say.text("ask_genuine")
    if seal is None or state is State.UNSIGNED:
        return _answer(question, Tone.OPEN, _NO_SEAL, say)
    if state is State.IMPOSTOR:
        return _answer(question, Tone.BAD, _IMPOSTOR, say)
    if seal.outcome is Outcome.PASSED:
        return _answer(question, Tone.GOOD, _GENUINE, say)
    return _found(question, seal, _NAMES[seal.outcome], say)


def _is_unchanged(changes: CheckResult | None, seal: CheckResult | None, say: Speaker) -> Answer:
    question = say.text("ask_unchanged")
    if changes is not None and changes.outcome is not Outcome.PASSED:
        is_certain = changes.outcome is Outcome.FAILED and changes.check in _CERTAINLY_CHANGED
        name = ("改动过", "Yes") if is_certain else ("不能保证", "Cannot be ruled out")
        return _found(question, changes, name, say)
    if changes is None or seal is None or _is_no_seal(seal):
        return _answer(question, Tone.OPEN, _NOTHING_TO_GO_BY, say)
    return _answer(question, Tone.GOOD, _UNCHANGED, say)


def _is_no_seal(seal: CheckResult) -> bool:
    return seal.outcome is not Outcome.PASSED and seal.check in _NO_SEAL_AT_ALL


def _is_in_force(register: RegisterWord, state: State, say: Speaker) -> Answer:
    question, kind = say.text("ask_in_force"), register.standing.kind
    if state is State.DIFFERENT:
        return _answer(question, Tone.BAD, _DIFFERENT, say)
    if state is State.GENUINE:
        return _answer(question, Tone.OPEN, _NOT_OURS, say)
    words = say.text("register_says") + standing_words(register.standing, say.language)
    words += say.pick(("。", "."))
    if state is State.IN_FORCE:
        return Answer(question, Tone.GOOD, say.pick(("有效", "Yes")), words)
    if state is STATE_BY_STANDING[kind]:
        look = STATES[state]
        return Answer(question, look.tone, say.pick(look.label), words)
    is_in_doubt = state in {State.UNKNOWN_ISSUER, State.UNDECIDED}
    return _answer(question, Tone.OPEN, _NOBODY_KNOWS if is_in_doubt else _NOT_ITS_WORD, say)


def _answer(question: str, tone: Tone, words: Words, say: Speaker) -> Answer:
    return Answer(question, tone, say.pick(words[0]), say.pick(words[1]))


def _found(question: str, check: CheckResult, name: tuple[str, str], say: Speaker) -> Answer:
    return Answer(question, _TONES[check.outcome], say.pick(name), say.sentence(check.code)[0])
