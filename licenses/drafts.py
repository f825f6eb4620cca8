"""Requests become drafts: checked against their licence type, every fault named with its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any

import jsonschema_rs

from licenses.catalog import Catalog
from licenses.errors import InvalidDraft, UnprintableText
from licenses.glyphs import fault_in_text
from licenses.holders import CODE_TYPES, Holder, fault_in_code
from licenses.license_types import LicenseType
from licenses.validity import ValidityKind

__all__ = ["REQUEST_SCHEMA", "Holder", "LicenseDraft", "draft_from_request"]

MAX_HOLDER_NAME_CHARS = 80
MAX_START_SHIFT = timedelta(days=366)
MAX_FAULTS = 50
MAX_DEPTH = 8
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_Fault = tuple[str, str]

REQUEST_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["license_type", "holder", "fields"],
    "properties": {
        "license_type": {"type": "string", "maxLength": 40},
        "holder": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "code", "code_type"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": MAX_HOLDER_NAME_CHARS},
                "code": {"type": "string", "minLength": 1, "maxLength": 40},
                "code_type": {"enum": list(CODE_TYPES)},
            },
        },
        "fields": {"type": "object"},
        "valid_from": {"type": "string", "maxLength": 10},
        "valid_until": {"type": "string", "maxLength": 10},
    },
}
_REQUEST = jsonschema_rs.Draft202012Validator(REQUEST_SCHEMA, mask="the value")


@dataclass(frozen=True, slots=True)
class LicenseDraft:
    """A request that fits its type: all that is needed to reserve and print a licence."""

    license_type: LicenseType
    holder: Holder
    fields: Mapping[str, Any] = field(repr=False)
    valid_from: date
    valid_until: date | None
    issue_date: date


def draft_from_request(
    catalog: Catalog, request: Mapping[str, Any], *, today: date
) -> LicenseDraft:
    """Read a request for a licence issued `today` (the authority's day, not UTC's).

    Raises `UnknownLicenseType`, `UnprintableText` if characters are all that is wrong, else
    `InvalidDraft`; both carry every fault found (the first 50). No sentence repeats a value.
    """
    _refuse(list(_schema_faults(_REQUEST, request, "")))
    license_type = catalog.get(request["license_type"])
    fields, holder = request["fields"], Holder(**request["holder"])
    faults = list(_schema_faults(license_type.fields_validator, fields, "/fields"))
    faults += _holder_faults(license_type, holder)
    valid_from = _start(request, today, faults)
    valid_until = _end(license_type, request, valid_from, faults)
    unprintable = list(_text_faults(request["holder"], "/holder"))
    unprintable += _text_faults(fields, "/fields")
    _refuse(faults, unprintable)
    return LicenseDraft(license_type, holder, fields, valid_from, valid_until, today)


def _refuse(faults: list[_Fault], unprintable: list[_Fault] | None = None) -> None:
    every = tuple((faults + (unprintable or []))[:MAX_FAULTS])
    if not every:
        return
    kind = InvalidDraft if faults else UnprintableText
    where, sentence = every[0]
    more = f" (and {len(every) - 1} more)" if len(every) > 1 else ""
    raise kind(f"{where or 'the request'}: {sentence}{more}", every)


def _schema_faults(
    validator: jsonschema_rs.Draft202012Validator,
    instance: Any,  # noqa: ANN401 - JSON
    base: str,
) -> Iterator[_Fault]:
    try:
        for error in islice(validator.iter_errors(instance), MAX_FAULTS):
            yield base + _pointer(error.instance_path), error.message
    except ValueError:
        yield base, "this is nested too deep, or holds half of a surrogate pair"


def _pointer(path: list[str | int]) -> str:
    """RFC 6901."""
    parts = (str(part).encode(errors="replace").decode() for part in path)
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _holder_faults(license_type: LicenseType, holder: Holder) -> Iterator[_Fault]:
    if CODE_TYPES[holder.code_type].holder_kind not in license_type.holder_kinds:
        yield "/holder/code_type", "this kind of holder cannot hold a licence of this type"
    fault = fault_in_code(holder.code, holder.code_type)
    if fault is not None:
        yield "/holder/code", fault


def _start(request: Mapping[str, Any], today: date, faults: list[_Fault]) -> date:
    start = _day(request, "valid_from", faults) or today
    if abs(start - today) > MAX_START_SHIFT:
        faults.append(("/valid_from", "a licence begins within a year of the day of issue"))
        return today
    return start


def _end(
    license_type: LicenseType, request: Mapping[str, Any], start: date, faults: list[_Fault]
) -> date | None:
    rule = license_type.validity
    latest = rule.last_day(start)
    if rule.kind is not ValidityKind.REQUESTED or latest is None:
        if "valid_until" in request:
            faults.append(("/valid_until", "the licence type decides the last day itself"))
        return latest
    end = _day(request, "valid_until", faults) or latest
    if not start <= end <= latest:
        faults.append(("/valid_until", f"the last day must be in {start} to {latest}"))
    return end


def _day(request: Mapping[str, Any], name: str, faults: list[_Fault]) -> date | None:
    text = request.get(name)
    if text is None:
        return None
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    faults.append((f"/{name}", "this is not a day of the calendar written YYYY-MM-DD"))
    return None


def _text_faults(value: Any, where: str, depth: int = 0) -> Iterator[_Fault]:  # noqa: ANN401
    """Deeper than any schema goes, the schema's faults say enough."""
    if isinstance(value, str):
        fault = fault_in_text(value) or _fault_in_spaces(value)
        if fault is not None:
            yield where, fault
    elif isinstance(value, Mapping | list) and depth < MAX_DEPTH:
        inner = value.items() if isinstance(value, Mapping) else enumerate(value)
        for name, part in inner:
            yield from _text_faults(part, where + _pointer([name]), depth + 1)


def _fault_in_spaces(text: str) -> str | None:
    return "the text begins or ends with a space" if text != text.strip() else None
