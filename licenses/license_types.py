"""What a licence type says about its licences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs

from licenses.numbering import NumberStyle
from licenses.ornament import Colour
from licenses.validity import ValidityRule

__all__ = ["FieldLabel", "HolderKind", "LicenseType", "SealPlace"]

HolderKind = str


@dataclass(frozen=True, slots=True)
class FieldLabel:
    """One field of a licence type: its name in requests, its labels, its short name in metadata."""

    name: str
    zh: str
    en: str
    short_name: str


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Where the seal's centre goes: millimetres from the page's top-left, or a template's anchor.

    With `anchor` the template says the place while it is laid out (`#seal-anchor` of the sheet
    package); the page is then found as well. Without it `page` counts from 1.
    """

    anchor: bool
    page: int = 1
    x_mm: float = 0.0
    y_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class LicenseType:
    """A licence type, read from its folder; `version` grows with every change of the template.

    `border` is the colour of the ornament drawn under the first page, None for none. Texts that
    do not fit a type of a `single_page` are refused.
    """

    slug: str
    version: int
    code: str
    title_zh: str
    title_en: str
    legal_basis: str
    holder_kinds: tuple[HolderKind, ...]
    holder_zh: str
    holder_en: str
    fields: tuple[FieldLabel, ...]
    schema: Mapping[str, Any] = field(repr=False)
    sample: Mapping[str, Any] = field(repr=False)
    number_style: NumberStyle
    validity: ValidityRule
    template: Path
    seal: SealPlace
    border: Colour | None
    single_page: bool
    fields_validator: jsonschema_rs.Draft202012Validator = field(repr=False, compare=False)
