"""The report as JSON: one object, keys stable, times in ISO 8601 UTC."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from verify.later import LaterChanges
from verify.report import (
    CertificateSummary,
    CheckResult,
    SealSummary,
    SignatureReport,
    VerificationReport,
)
from verify.report_words import explanations
from verify.wording import Sentence

__all__ = ["DETAILED_SCHEMA", "check_to_json", "report_to_json", "sentence_to_json", "time_to_json"]

DETAILED_SCHEMA = "verification-report-1"
"""Names the JSON Schema of this form; a change that would break a reader gets another number."""


def report_to_json(report: VerificationReport) -> dict[str, Any]:
    """Return the whole report as plain JSON values."""
    return {
        "schema": DETAILED_SCHEMA,
        "indication": report.indication.value,
        "sub_indication": _text(report.sub_indication),
        "signatures": [_signature(one) for one in report.signatures],
        "policy": report.policy,
        "anchors": list(report.anchors),
        "checked_at": time_to_json(report.checked_at),
        "file_sm3": report.file_sm3,
        "page_count": report.page_count,
        "changes": None if report.changes is None else _changes(report.changes),
        "explanations": {
            code: sentence_to_json(words) for code, words in explanations(report).items()
        },
    }


def _changes(later: LaterChanges) -> dict[str, Any]:
    return {
        "since_signature": later.signature,
        "signed_bytes": later.signed_bytes,
        "found": [{"kind": one.kind.value, "page": one.page} for one in later.changes],
    }


def _signature(one: SignatureReport) -> dict[str, Any]:
    return {
        "indication": one.indication.value,
        "sub_indication": _text(one.sub_indication),
        "kind": one.kind.value,
        "signer": one.signer,
        "signed_at": time_to_json(one.signed_at),
        "signed_at_source": _text(one.signed_at_source),
        "covers": one.covers.value,
        "checks": [check_to_json(result) for result in one.checks],
        "warnings": list(one.warnings),
        "field_name": one.field_name,
        "filter": one.filter,
        "sub_filter": one.sub_filter,
        "page": one.page,
        "rect": None if one.rect is None else list(one.rect),
        "seal": None if one.seal is None else _seal(one.seal),
        "certificate": None if one.certificate is None else _certificate(one.certificate),
    }


def check_to_json(result: CheckResult) -> dict[str, Any]:
    """Return one check's result."""
    return {
        "check": result.check.value,
        "outcome": result.outcome.value,
        "code": str(result.code),
        "sub_indication": _text(result.sub_indication),
        "detail": result.detail,
    }


def _seal(seal: SealSummary) -> dict[str, Any]:
    picture = None if seal.picture_png is None else b64encode(seal.picture_png).decode("ascii")
    return {
        "name": seal.name,
        "seal_id": seal.seal_id,
        "maker": seal.maker,
        "valid_from": time_to_json(seal.valid_from),
        "valid_until": time_to_json(seal.valid_until),
        "picture_png": picture,
        "width_mm": seal.width_mm,
        "height_mm": seal.height_mm,
        "version": seal.version,
    }


def _certificate(certificate: CertificateSummary) -> dict[str, Any]:
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        # A serial number has up to 20 octets (RFC 5280 4.1.2.2): no JSON number can hold it.
        "serial": format(certificate.serial, "X"),
        "not_before": time_to_json(certificate.not_before),
        "not_after": time_to_json(certificate.not_after),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def time_to_json(value: datetime | None) -> str | None:
    """Return ISO 8601 with Z."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def sentence_to_json(words: Sentence) -> dict[str, str]:
    """Return the sentence and the next step, in both languages."""
    return {
        "zh": words.zh,
        "en": words.en,
        "next_zh": words.next_zh,
        "next_en": words.next_en,
    }
