"""A result sheet: what the template shows, made of the report, the register's word and pictures."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from api.examination.page_pictures import PagePicture
from api.pages.field_lines import FieldLine, Labels, field_lines
from api.pages.language import Language, say_day, say_moment
from api.pages.texts import CHECKS, COVERAGE, KINDS, OUTCOMES, TEXTS, TIME_SOURCES
from api.pages.verdicts import STATES, State, Tone, decide, decisive_signature
from licenses.checking import RegisterWord
from licenses.lifecycle import Standing, StandingKind
from verify.report import (
    CheckResult,
    Indication,
    Outcome,
    SealSummary,
    SignatureReport,
    VerificationReport,
)

__all__ = ["Evidence", "ResultSheet", "Verdict", "sheet_of", "verdict_of"]

Sentence = Callable[[str], tuple[str, str]]
"""From a check's code to its sentence and its next step, in the reader's language."""

_TONE_OF = {
    Outcome.PASSED: Tone.GOOD,
    Outcome.FAILED: Tone.BAD,
    Outcome.INDETERMINATE: Tone.OPEN,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a sheet is made of; `file_name` is what the stranger called the file."""

    file_name: str
    report: VerificationReport
    word: RegisterWord
    record: Mapping[str, object] | None
    pictures: tuple[PagePicture, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first thing on the page."""

    state: State
    tone: Tone
    icon: str
    label: str
    sentence: str
    advice: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check as a line."""

    name: str
    tone: Tone
    outcome: str
    sentence: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class SealCard:
    """One signature; `facts` are pairs (label, value)."""

    kind: str
    tone: Tone
    outcome: str
    is_proven: bool
    picture: str | None
    picture_alt: str
    width_mm: int
    height_mm: int
    facts: tuple[tuple[str, str], ...]
    checks: tuple[CheckLine, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageView:
    """A page's picture as the template shows it; `number` counts from 1."""

    number: int
    width: int
    height: int
    source: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResultSheet:
    """The whole page below its header."""

    verdict: Verdict
    next_step: str
    file_name: str
    seals: tuple[SealCard, ...]
    fields: tuple[FieldLine, ...]
    fields_note: str
    fields_tone: Tone
    standing: str | None
    pages: tuple[PageView, ...]
    page_count: int
    against: tuple[tuple[str, str], ...]
    anchors: tuple[str, ...]

    @property
    def is_upright(self) -> bool:
        """Whether the first page is taller than wide, which decides what stands beside it."""
        return not self.pages or self.pages[0].height > self.pages[0].width


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Says things in one language."""

    language: Language
    sentence: Sentence

    def pick(self, pair: tuple[str, str]) -> str:
        return pair[0] if self.language is Language.ZH else pair[1]

    def text(self, key: str) -> str:
        return self.pick(TEXTS[key])

    def days(self, first: date, last: date) -> str:
        first_day, last_day = say_day(first, self.language), say_day(last, self.language)
        gap = "" if self.language is Language.ZH else " "
        return f"{first_day}{gap}{self.text('until')}{gap}{last_day}"


def verdict_of(
    state: State, language: Language, *, since: date | None = None, reasons: tuple[str, ...] = ()
) -> Verdict:
    """Say a state in one language."""
    words = STATES[state]
    index = 0 if language is Language.ZH else 1
    day = "" if since is None else say_day(since, language)
    return Verdict(
        state=state,
        tone=words.tone,
        icon=words.icon,
        label=words.label[index],
        sentence=words.sentence[index].format(since=day),
        advice=words.advice[index],
        reasons=reasons,
    )


def sheet_of(
    evidence: Evidence, *, language: Language, sentence: Sentence, labels: Labels
) -> ResultSheet:
    """Turn the evidence into what is shown; `labels` name the fields of the licence's type."""
    say = _Speaker(language, sentence)
    report, word = evidence.report, evidence.word
    state = decide(report, word)
    passed = report.indication is Indication.TOTAL_PASSED
    why, next_step = _why(report, say)
    note = _fields_note(word, passed=passed)
    return ResultSheet(
        verdict=verdict_of(
            state, language, since=word.standing.since, reasons=(why,) if why else ()
        ),
        # A file that must not be used has one advice; only a doubt has more than one way on.
        next_step=next_step if STATES[state].tone is Tone.OPEN else "",
        file_name=evidence.file_name,
        seals=tuple(_seal_card(one, say) for one in report.signatures),
        fields=field_lines(evidence.record, word, labels, language, is_proven=passed),
        fields_note=say.text(note),
        fields_tone=_NOTES[note],
        standing=_standing(word.standing, say) if passed and word.is_known else None,
        pages=tuple(_page_view(picture) for picture in evidence.pictures),
        page_count=report.page_count,
        against=_against(report, say),
        anchors=tuple(_grouped(anchor) for anchor in report.anchors),
    )


def _why(report: VerificationReport, say: _Speaker) -> tuple[str, str]:
    """The decisive check's own sentence and next step; nothing where all is well."""
    decisive = decisive_signature(report)
    check = None if decisive is None else decisive.decisive
    if check is None or report.indication is Indication.TOTAL_PASSED:
        return "", ""
    return say.sentence(check.code)


_NOTES = {
    "license_unproven": Tone.OPEN,
    "license_unregistered": Tone.OPEN,
    "license_same": Tone.GOOD,
    "license_differs": Tone.BAD,
}


def _fields_note(word: RegisterWord, *, passed: bool) -> str:
    if not passed:
        return "license_unproven"
    if not word.is_known:
        return "license_unregistered"
    return "license_same" if word.has_register_data else "license_differs"


def _seal_card(one: SignatureReport, say: _Speaker) -> SealCard:
    tone = _TONE_OF[Outcome(one.indication.value.removeprefix("TOTAL_"))]
    seal = one.seal
    return SealCard(
        kind=say.pick(KINDS[one.kind]),
        tone=tone,
        outcome=say.pick(OUTCOMES[Outcome(one.indication.value.removeprefix("TOTAL_"))]),
        is_proven=one.indication is Indication.TOTAL_PASSED,
        picture=None if seal is None else _data_uri(seal.picture_png),
        picture_alt="" if seal is None else say.text("seal_picture_alt").format(name=seal.name),
        width_mm=0 if seal is None else seal.width_mm,
        height_mm=0 if seal is None else seal.height_mm,
        facts=tuple(_facts(one, say)),
        checks=tuple(_check_line(check, say) for check in one.checks),
        warnings=one.warnings,
    )


def _facts(one: SignatureReport, say: _Speaker) -> list[tuple[str, str]]:
    unknown = say.text("unknown")
    facts = [(say.text("sealed_by"), one.signer or unknown), (say.text("sealed_at"), unknown)]
    if one.signed_at is not None and one.signed_at_source is not None:
        source = say.text(TIME_SOURCES[one.signed_at_source])
        wrap = "{}，{}" if say.language is Language.ZH else "{}, {}"
        moment = say_moment(one.signed_at, say.language)
        facts[1] = (say.text("sealed_at"), wrap.format(moment, source))
    if one.seal is not None:
        facts += _seal_facts(one.seal, say)
    if one.certificate is not None:
        certificate = one.certificate
        period = say.days(certificate.not_before, certificate.not_after)
        facts.append((say.text("certificate_issuer"), common_name(certificate.issuer)))
        facts.append((say.text("certificate_validity"), period))
    facts.append((say.text("covers"), say.pick(COVERAGE[one.covers])))
    return facts


_COMMON_NAME = re.compile(r"(?:^|,)CN=((?:[^,\\]|\\.)+)")


def common_name(name: str) -> str:
    """Return what people call the bearer of an RFC 4514 name; the whole name if it has no CN."""
    found = _COMMON_NAME.search(name)
    return name if found is None else re.sub(r"\\(.)", r"\1", found.group(1))


def _seal_facts(seal: SealSummary, say: _Speaker) -> list[tuple[str, str]]:
    return [
        (say.text("seal_name"), seal.name),
        (say.text("seal_id"), seal.seal_id),
        (say.text("seal_maker"), seal.maker),
        (say.text("seal_validity"), say.days(seal.valid_from, seal.valid_until)),
    ]


def _check_line(check: CheckResult, say: _Speaker) -> CheckLine:
    return CheckLine(
        name=say.pick(CHECKS[check.check]),
        tone=_TONE_OF[check.outcome],
        outcome=say.pick(OUTCOMES[check.outcome]),
        sentence=say.sentence(check.code)[0],
        code=str(check.code),
        detail=check.detail,
    )


_STANDINGS: Mapping[StandingKind, tuple[str, str]] = {
    StandingKind.IN_FORCE: ("有效", "in force"),
    StandingKind.NOT_YET_IN_FORCE: ("尚未生效", "not yet in force"),
    StandingKind.SUSPENDED: ("自{since}起暂停使用", "suspended since {since}"),
    StandingKind.REVOKED: ("已于{since}注销或撤销", "revoked on {since}"),
    StandingKind.EXPIRED: ("自{since}起失效（有效期已过）", "expired, out of force since {since}"),
    StandingKind.REPLACED: (
        "已于{since}换发，新证标识 {successor}",
        "replaced on {since} by {successor}",
    ),
    StandingKind.NOT_ISSUED: ("未颁发", "never issued"),
    StandingKind.UNKNOWN: ("本登记簿中没有", "not in this register"),
}


def _standing(standing: Standing, say: _Speaker) -> str:
    since = "" if standing.since is None else say_day(standing.since, say.language)
    words = say.pick(_STANDINGS[standing.kind])
    return words.format(since=since, successor=standing.replaced_by or "")


def standing_words(standing: Standing, language: Language) -> str:
    """Say how a licence stands, without any report."""
    return _standing(standing, _Speaker(language, lambda code: (code, "")))


def _against(report: VerificationReport, say: _Speaker) -> tuple[tuple[str, str], ...]:
    return (
        (say.text("checked_at"), say_moment(report.checked_at, say.language)),
        (say.text("policy"), report.policy),
        (say.text("pages"), str(report.page_count)),
        (say.text("file_sm3"), _grouped(report.file_sm3)),
    )


def _page_view(picture: PagePicture) -> PageView:
    source = _data_uri(picture.png) or ""
    return PageView(picture.page + 1, picture.width, picture.height, source)


def _data_uri(png: bytes | None) -> str | None:
    if png is None:
        return None
    return "data:image/png;base64," + b64encode(png).decode("ascii")


def _grouped(digest: str) -> str:
    """Eight characters a group: long hex that can be compared by eye and broken in a line."""
    return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))
