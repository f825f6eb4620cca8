"""The cards of a sheet: one for each signature, with who, when, which seal, and every check."""

import re
from dataclasses import dataclass

from api.pages.language import say_moment
from api.pages.names import CHECKS, COVERAGE, KINDS, OUTCOMES, TIME_SOURCES
from api.pages.pictures import data_uri
from api.pages.saying import Speaker
from api.pages.states import Tone
from verify.report import CheckResult, Indication, Outcome, SealSummary, SignatureReport, TimeSource

__all__ = ["CheckLine", "SealCard", "common_name", "seal_card", "tone_of"]

_TONE_OF = {
    Outcome.PASSED: Tone.GOOD,
    Outcome.FAILED: Tone.BAD,
    Outcome.INDETERMINATE: Tone.OPEN,
}


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
    """One signature; `facts` are pairs (label, value), `time_note` says who vouches for it."""

    number: int
    kind: str
    tone: Tone
    outcome: str
    is_proven: bool
    picture: str | None
    picture_alt: str
    signer: str
    signed_at: str
    time_note: str
    time_tone: Tone
    facts: tuple[tuple[str, str], ...]
    checks: tuple[CheckLine, ...]
    warnings: tuple[str, ...]


def tone_of(one: SignatureReport) -> Tone:
    """Return the tone of a signature's own verdict."""
    return _TONE_OF[_outcome(one)]


def _outcome(one: SignatureReport) -> Outcome:
    return Outcome(one.indication.value.removeprefix("TOTAL_"))


def seal_card(number: int, one: SignatureReport, say: Speaker) -> SealCard:
    """Turn one signature into its card; `number` counts from 1."""
    seal, unknown = one.seal, say.text("unknown")
    png = None if seal is None else seal.picture_png
    signed_at, source = one.signed_at, one.signed_at_source
    return SealCard(
        number=number,
        kind=say.pick(KINDS[one.kind]),
        tone=tone_of(one),
        outcome=say.pick(OUTCOMES[_outcome(one)]),
        is_proven=one.indication is Indication.TOTAL_PASSED,
        picture=None if png is None else data_uri(png),
        picture_alt="" if seal is None else say.text("seal_picture_alt").format(name=seal.name),
        signer=one.signer or unknown,
        signed_at=unknown if signed_at is None else say_moment(signed_at, say.language),
        time_note="" if source is None else say.text(TIME_SOURCES[source]),
        time_tone=Tone.GOOD if source is TimeSource.TIMESTAMP else Tone.OPEN,
        facts=tuple(_facts(one, say)),
        checks=tuple(_check_line(check, say) for check in one.checks),
        warnings=one.warnings,
    )


def _facts(one: SignatureReport, say: Speaker) -> list[tuple[str, str]]:
    facts = [] if one.seal is None else _seal_facts(one.seal, say)
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


def _seal_facts(seal: SealSummary, say: Speaker) -> list[tuple[str, str]]:
    return [
        (say.text("seal_name"), seal.name),
        (say.text("seal_id"), seal.seal_id),
        (say.text("seal_maker"), seal.maker),
        (say.text("seal_validity"), say.days(seal.valid_from, seal.valid_until)),
    ]


def _check_line(check: CheckResult, say: Speaker) -> CheckLine:
    return CheckLine(
        name=say.pick(CHECKS[check.check]),
        tone=_TONE_OF[check.outcome],
        outcome=say.pick(OUTCOMES[check.outcome]),
        sentence=say.sentence(check.code)[0],
        code=str(check.code),
        detail=check.detail,
    )
