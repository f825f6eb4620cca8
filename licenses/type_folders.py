"""Reads a licence type's folder: type.toml, schema.json, template.typ, sample.json."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs

from licenses.errors import BadLicenseType
from licenses.identifiers import TYPE_CODE
from licenses.license_types import FieldLabel, LicenseType, SealPlace
from licenses.numbering import NumberStyle
from licenses.ornament import Colour
from licenses.validity import ValidityKind, ValidityRule

__all__ = ["read_type"]

SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")
SHORT_NAME = re.compile(r"KZ_[A-Z0-9]{1,28}")
HOLDER_KINDS = ("organization", "person")
MAX_FILE_BYTES = 256 * 1024
_MAX_PAGE_MM = 1200.0


def read_type(folder: Path) -> LicenseType:
    """The type in `folder`, whose name is the slug. Raises `BadLicenseType` naming the folder."""
    try:
        return _read(folder)
    except (OSError, KeyError, TypeError, ValueError) as e:
        raise BadLicenseType(f"licence type {folder.name}: {_said(e)}") from e
    except BadLicenseType as e:
        raise BadLicenseType(f"licence type {folder.name}: {e}") from e


def _said(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _read(folder: Path) -> LicenseType:
    _require(SLUG.fullmatch(folder.name) is not None, "the folder's name is not a slug")
    about = tomllib.loads(_text(folder / "type.toml"))
    schema = json.loads(_text(folder / "schema.json"))
    fields = tuple(_field(f) for f in about.pop("fields"))
    _check_schema(schema, fields)
    _text(folder / "template.typ")
    holder = about.pop("holder")
    names = about.pop("name")
    license_type = LicenseType(
        slug=folder.name,
        version=_positive(about.pop("version")),
        code=_matching(TYPE_CODE, about.pop("code")),
        title_zh=_words(names["zh"]),
        title_en=_words(names["en"]),
        legal_basis=_words(about.pop("legal_basis")),
        holder_kinds=_kinds(holder["kinds"]),
        holder_zh=_words(holder["zh"]),
        holder_en=_words(holder["en"]),
        fields=fields,
        schema=schema,
        sample=json.loads(_text(folder / "sample.json")),
        number_style=NumberStyle(_words(about.pop("number"))),
        validity=_validity(about.pop("validity")),
        template=folder / "template.typ",
        seal=_seal(about.pop("seal")),
        border=_colour(about.pop("border", None)),
        single_page=about.pop("single_page") is True,
        fields_validator=jsonschema_rs.Draft202012Validator(
            schema, validate_formats=True, mask="the value"
        ),
    )
    _require(not about, f"type.toml has unknown keys: {', '.join(sorted(about))}")
    return license_type


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    _require(len(content) <= MAX_FILE_BYTES, f"{path.name} is over {MAX_FILE_BYTES} bytes")
    return content.decode("utf-8")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BadLicenseType(otherwise)


def _words(value: object) -> str:
    _require(isinstance(value, str) and bool(value.strip()), f"{value!r} is not a text")
    return str(value)


def _matching(pattern: re.Pattern[str], value: object) -> str:
    _require(
        isinstance(value, str) and pattern.fullmatch(value) is not None, f"{value!r} is malformed"
    )
    return str(value)


def _positive(value: object) -> int:
    if not isinstance(value, int) or value < 1:
        raise BadLicenseType(f"{value!r} is not a positive whole number")
    return value


def _kinds(values: list[str]) -> tuple[str, ...]:
    _require(bool(values) and set(values) <= set(HOLDER_KINDS), f"holder kinds {values!r}")
    return tuple(values)


def _field(entry: Mapping[str, Any]) -> FieldLabel:
    return FieldLabel(
        name=_matching(SLUG, entry["name"]),
        zh=_words(entry["zh"]),
        en=_words(entry["en"]),
        short_name=_matching(SHORT_NAME, entry["short"]),
    )


def _colour(value: str | None) -> Colour | None:
    return None if value is None else Colour.parse(value)


def _validity(entry: Mapping[str, Any]) -> ValidityRule:
    numbers = {k: v for k, v in entry.items() if k != "kind"}
    _require(all(isinstance(v, int) for v in numbers.values()), "validity counts whole numbers")
    return ValidityRule(kind=ValidityKind(entry["kind"]), **numbers)


def _seal(entry: Mapping[str, Any]) -> SealPlace:
    if entry.get("anchor") is True:
        return SealPlace(anchor=True)
    x, y = float(entry["x_mm"]), float(entry["y_mm"])
    _require(0 < x < _MAX_PAGE_MM and 0 < y < _MAX_PAGE_MM, "the seal is off the page")
    return SealPlace(anchor=False, page=_positive(entry.get("page", 1)), x_mm=x, y_mm=y)


def _check_schema(schema: dict[str, Any], fields: tuple[FieldLabel, ...]) -> None:
    jsonschema_rs.meta.validate(schema)
    _require(schema.get("type") == "object", "schema.json must describe an object")
    _require(schema.get("additionalProperties") is False, "additionalProperties must be false")
    names = [f.name for f in fields]
    _require(names == list(dict.fromkeys(names)), "a field is listed twice")
    shorts = [f.short_name for f in fields]
    _require(len(set(shorts)) == len(shorts), "two fields share a short name")
    described = schema.get("properties", {})
    _require(set(names) == set(described), "type.toml and schema.json name different fields")
    for name, part in described.items():
        _require(bool(part.get("title")), f"schema.json: {name} has no title")
        _check_bounded(name, part)


def _check_bounded(where: str, part: Mapping[str, Any]) -> None:
    """A text without a maxLength, or a list without maxItems, could outgrow the page."""
    kind = part.get("type")
    if kind == "string":
        _require("maxLength" in part or "enum" in part, f"schema.json: {where} has no maxLength")
    elif kind == "array":
        _require("maxItems" in part, f"schema.json: {where} has no maxItems")
        _check_bounded(f"{where}[]", part["items"])
    elif kind == "object":
        _require(part.get("additionalProperties") is False, f"schema.json: {where} is open")
        for name, inner in part["properties"].items():
            _check_bounded(f"{where}.{name}", inner)
    elif kind in ("integer", "number"):
        _require("maximum" in part and "minimum" in part, f"schema.json: {where} is unbounded")
    else:
        raise BadLicenseType(f"schema.json: {where} has type {kind!r}")
