"""Judges reports against the published schemas; every report of the verifier's tests goes by."""

import json
from functools import cache
from typing import Any

import jsonschema_rs

from api.report_models import report_schemas
from verify import VerificationReport, View, view_of


@cache
def _validators() -> dict[str, Any]:
    made = report_schemas().items()
    return {name: jsonschema_rs.Draft202012Validator(schema) for name, schema in made}


def require_published_form(answer: dict[str, Any]) -> None:
    """Raise where an answer is not as the schema that it names says."""
    _validators()[answer["schema"]].validate(json.loads(json.dumps(answer)))


def require_published_forms(report: VerificationReport) -> None:
    for view in View:
        require_published_form(view_of(report, view))
