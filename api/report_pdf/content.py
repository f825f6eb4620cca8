"""What stands on the printed report: strings that are safe to set, in a bounded number."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from api.pages.language import Language, say_moment
from api.pages.names import CHECKS, KINDS, OUTCOMES
from api.pages.states import Tone
from api.report_pdf.visible import grouped, visible
from verify import (
    CheckResult,
    Indication,
    Outcome,
    SignatureReport,
    VerificationReport,
    sentence_of,
    words_of_file,
    words_of_signature,
)

__all__ = ["Headline", "headline_of", "printed"]

SIGNATURES_MAX = 6
"""The worst ones first; the rest are counted, and stand in the JSON."""
WARNINGS_MAX = 8
ANCHORS_MAX = 4

_TONES = {
    Indication.TOTAL_PASSED: Tone.GOOD,
    Indication.TOTAL_FAILED: Tone.BAD,
    Indication.INDETERMINATE: Tone.OPEN,
}
_LABELS = {
    Indication.TOTAL_PASSED: ("签章有效", "Valid"),
    Indication.TOTAL_FAILED: ("签章无效", "Not valid"),
    Indication.INDETERMINATE: ("无法判断", "Cannot be decided"),
}
_NO_SIGNATURE = ("没有签章", "No seal in it")
_SEVERITY = (Indication.TOTAL_FAILED, Indication.INDETERMINATE, Indication.TOTAL_PASSED)
_OUTCOME_TONES = {
    Outcome.PASSED: Tone.GOOD,
    Outcome.FAILED: Tone.BAD,
    Outcome.INDETERMINATE: Tone.OPEN,
}

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Headline:
    """The verdict at the top; pairs are Chinese and English."""

    tone: Tone
    label: Pair
    sentence: Pair
    next_step: Pair


def headline_of(report: VerificationReport) -> Headline:
    """Return the verdict of the seals alone, where no register was asked."""
    words = words_of_file(report)
    label = _LABELS[report.indication] if report.signatures else _NO_SIGNATURE
    tone = _TONES[report.indication]
    return Headline(tone, label, (words.zh, words.en), (words.next_zh, words.next_en))


def printed(report: VerificationReport, headline: Headline) -> dict[str, Any]:
    """Return the template's values; whatever a file said of itself is made visible and short."""
    worst_first = sorted(report.signatures, key=lambda one: _SEVERITY.index(one.indication))
    shown = worst_first[:SIGNATURES_MAX]
    return {
        "headline": asdict(headline),
        "facts": _facts(report),
        "signatures": [_signature(one) for one in shown],
        "more": len(report.signatures) - len(shown),
    }


def _facts(report: VerificationReport) -> list[dict[str, Any]]:
    anchors = [grouped(one) for one in report.anchors[:ANCHORS_MAX]]
    if len(report.anchors) > ANCHORS_MAX:
        anchors.append(f"… {len(report.anchors)}")
    return [
        _row("文件的 SM3 杂凑值", "SM3 of the file", grouped(report.file_sm3), mono=True),
        _row("页数 · 签章数", "Pages · seals", f"{report.page_count} · {len(report.signatures)}"),
        _row("检查时间", "Checked on", *_moments(report.checked_at)),
        _row("验证策略", "Policy", visible(report.policy)),
        _row("信任的根证书", "Trusted roots, SM3", *(anchors or ["—"]), mono=True),
    ]


def _signature(one: SignatureReport) -> dict[str, Any]:
    words = words_of_signature(one)
    return {
        "kind": KINDS[one.kind],
        "tone": _TONES[one.indication],
        "label": _LABELS[one.indication],
        "code": " / ".join(filter(None, (one.indication, one.sub_indication))),
        "sentence": (words.zh, words.en),
        "facts": _who_and_when(one),
        "checks": [_check(result) for result in one.checks],
        "warnings": _warnings(one.warnings),
    }


def _who_and_when(one: SignatureReport) -> list[dict[str, Any]]:
    rows = [_row("签署人", "Signed by", visible(one.signer))]
    if one.seal is not None:
        rows.append(_row("印章", "Seal", f"{visible(one.seal.name)} · {visible(one.seal.seal_id)}"))
    if one.certificate is not None:
        rows.append(_row("证书签发者", "Certificate by", visible(one.certificate.issuer)))
    proven = {"timestamp": ("时间戳", "time-stamp"), "claimed": ("签署人自称", "claimed")}
    source = " ".join(proven.get(str(one.signed_at_source), ()))
    moments = [] if one.signed_at is None else [say_moment(one.signed_at, Language.ZH), source]
    rows.append(_row("签署时间", "Signed on", *(moments or ["—"])))
    return rows


def _check(result: CheckResult) -> dict[str, Any]:
    words = sentence_of(result.code)
    return {
        "name": CHECKS[result.check],
        "tone": _OUTCOME_TONES[result.outcome],
        "outcome": OUTCOMES[result.outcome],
        "sentence": (words.zh, words.en),
    }


def _warnings(codes: tuple[str, ...]) -> list[Pair]:
    return [(sentence_of(one).zh, sentence_of(one).en) for one in codes[:WARNINGS_MAX]]


def _moments(moment: datetime) -> Pair:
    return say_moment(moment, Language.ZH), moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(zh: str, en: str, *values: str, mono: bool = False) -> dict[str, Any]:
    return {"name": (zh, en), "values": list(values), "mono": mono}
