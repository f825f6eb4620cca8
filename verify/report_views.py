"""Three views of one report: for a reader, for a program, for whoever checks the checks."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from verify.report import SignatureReport, VerificationReport
from verify.report_json import DETAILED_SCHEMA, report_to_json, sentence_to_json, time_to_json
from verify.report_words import words_of_file, words_of_signature

__all__ = ["View", "schema_of", "view_of"]


class View(StrEnum):
    """How much of a report is told; each has a JSON Schema of its own."""

    SIMPLE = "simple"
    DETAILED = "detailed"
    DIAGNOSTIC = "diagnostic"


_SCHEMAS = {
    View.SIMPLE: "verification-report-simple-1",
    View.DETAILED: DETAILED_SCHEMA,
    View.DIAGNOSTIC: "verification-report-diagnostic-1",
}


def schema_of(view: View) -> str:
    """Return the name of the view's JSON Schema, which the report says under `schema`."""
    return _SCHEMAS[view]


def view_of(report: VerificationReport, view: View) -> dict[str, Any]:
    """Return the view as plain JSON values. Nothing is verified again."""
    return _VIEWS[view](report)


def _simple(report: VerificationReport) -> dict[str, Any]:
    return {
        "schema": schema_of(View.SIMPLE),
        "indication": report.indication.value,
        "sub_indication": report.sub_indication,
        "sentence": sentence_to_json(words_of_file(report)),
        "signatures": [_simple_signature(one) for one in report.signatures],
        "checked_at": time_to_json(report.checked_at),
        "file_sm3": report.file_sm3,
    }


def _simple_signature(one: SignatureReport) -> dict[str, Any]:
    return {
        "indication": one.indication.value,
        "sub_indication": one.sub_indication,
        "sentence": sentence_to_json(words_of_signature(one)),
        "kind": one.kind.value,
        "signer": one.signer,
        "signed_at": time_to_json(one.signed_at),
        "signed_at_source": one.signed_at_source,
        "seal": None if one.seal is None else one.seal.name,
    }


def _diagnostic(report: VerificationReport) -> dict[str, Any]:
    return {
        **report_to_json(report),
        "schema": schema_of(View.DIAGNOSTIC),
        "diagnosis": _plain(report.diagnosis),
    }


_VIEWS: dict[View, Callable[[VerificationReport], dict[str, Any]]] = {
    View.SIMPLE: _simple,
    View.DETAILED: report_to_json,
    View.DIAGNOSTIC: _diagnostic,
}


def _plain(value: Any) -> Any:  # noqa: ANN401 - facts of many kinds become JSON values
    """Return dataclasses as objects, octets in Base64, times as the rest of the report has them."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, datetime):
        return time_to_json(value)
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
