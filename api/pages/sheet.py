"""A result sheet: what the template shows, made of the report, the register's word and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from api.examination.page_changes import ChangedPage
from api.examination.page_pictures import PagePicture
from api.pages.answers import Answer, answers_of
from api.pages.changes import ChangesView, changes_view
from api.pages.field_lines import FieldLine, Labels, field_lines
from api.pages.language import Language, say_day, say_moment
from api.pages.names import POLICIES
from api.pages.pictures import PageView, page_view
from api.pages.saying import Sentence, Speaker
from api.pages.seal_cards import SealCard, seal_card, tone_of
from api.pages.state_words import STATES
from api.pages.states import State, Tone
from api.pages.verdicts import decide, decisive_signature
from licenses.checking import RegisterWord
from verify.report import Indication, VerificationReport

__all__ = ["Anchor", "Evidence", "ResultSheet", "Verdict", "sheet_of", "verdict_of"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a sheet is made of; `file_name` is what the stranger called the file.

    `anchor_names` are the roots' names by the fingerprint the report gives.
    """

    file_name: str
    report: VerificationReport
    word: RegisterWord
    record: Mapping[str, object] | None
    pictures: tuple[PagePicture, ...]
    anchor_names: Mapping[str, str]
    changed_pages: tuple[ChangedPage, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first thing on the page."""

    state: State
    tone: Tone
    icon: str
    label: str
    sentence: str
    advice: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A root that counted in this check."""

    name: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ResultSheet:
    """The whole page below its header."""

    verdict: Verdict
    answers: tuple[Answer, ...]
    next_step: str
    file_name: str
    file_sm3: str
    checked_at: str
    seals: tuple[SealCard, ...]
    fields: tuple[FieldLine, ...]
    fields_note: str
    fields_tone: Tone
    pages: tuple[PageView, ...]
    page_count: int
    changes: ChangesView | None
    against: tuple[tuple[str, str], ...]
    anchors: tuple[Anchor, ...]

    @property
    def is_upright(self) -> bool:
        """Whether the first page is taller than wide, which decides what stands beside it."""
        return not self.pages or self.pages[0].height > self.pages[0].width


def verdict_of(state: State, language: Language, *, since: date | None = None) -> Verdict:
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
    )


def sheet_of(
    evidence: Evidence, *, language: Language, sentence: Sentence, labels: Labels
) -> ResultSheet:
    """Turn the evidence into what is shown; `labels` name the fields of the licence's type."""
    say = Speaker(language, sentence)
    report, word = evidence.report, evidence.word
    state = decide(report, word)
    passed = report.indication is Indication.TOTAL_PASSED
    note = _fields_note(report.indication, word)
    tones = tuple(tone_of(one) for one in report.signatures)
    return ResultSheet(
        verdict=verdict_of(state, language, since=word.standing.since),
        answers=answers_of(report, word, state, say),
        # A file that must not be used has one advice; only a doubt has more than one way on.
        next_step=_next_step(report, say) if state is State.UNDECIDED else "",
        file_name=evidence.file_name,
        file_sm3=_grouped(report.file_sm3),
        checked_at=say_moment(report.checked_at, language),
        seals=tuple(seal_card(number, one, say) for number, one in enumerate(report.signatures, 1)),
        fields=field_lines(evidence.record, word, labels, language, is_proven=passed),
        fields_note=say.text(note),
        fields_tone=_NOTES[note],
        pages=tuple(page_view(picture, tones, say) for picture in evidence.pictures),
        page_count=report.page_count,
        changes=changes_view(report.changes, evidence.changed_pages, say),
        against=_against(report, word, say),
        anchors=_anchors(report, evidence.anchor_names),
    )


def _next_step(report: VerificationReport, say: Speaker) -> str:
    """The decisive check's own next step."""
    decisive = decisive_signature(report)
    check = None if decisive is None else decisive.decisive
    return "" if check is None else say.sentence(check.code)[1]


_NOTES = {
    "license_unproven": Tone.BAD,
    "license_undecided": Tone.OPEN,
    "license_unregistered": Tone.OPEN,
    "license_same": Tone.GOOD,
    "license_differs": Tone.BAD,
}
_UNPROVEN = {
    Indication.TOTAL_FAILED: "license_unproven",
    Indication.INDETERMINATE: "license_undecided",
}


def _fields_note(indication: Indication, word: RegisterWord) -> str:
    if indication in _UNPROVEN:
        return _UNPROVEN[indication]
    if not word.is_known:
        return "license_unregistered"
    return "license_same" if word.has_register_data else "license_differs"


def _against(
    report: VerificationReport, word: RegisterWord, say: Speaker
) -> tuple[tuple[str, str], ...]:
    asked = say.text("register_known" if word.is_known else "register_unknown")
    policy = say.pick(POLICIES[report.policy]) if report.policy in POLICIES else report.policy
    return (
        (say.text("policy"), policy),
        (say.text("register"), asked),
        (say.text("pages"), str(report.page_count)),
        (say.text("file_sm3"), _grouped(report.file_sm3)),
    )


def _anchors(report: VerificationReport, names: Mapping[str, str]) -> tuple[Anchor, ...]:
    return tuple(Anchor(names.get(one, ""), _grouped(one)) for one in report.anchors)


def _grouped(digest: str) -> str:
    """Eight characters a group: long hex that can be compared by eye and broken in a line."""
    return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))
