"""The words on a licence's page, as the template receives them."""

from datetime import date
from typing import Any

from licenses.license_pages import LicensePage
from licenses.metadata import as_text

__all__ = ["chinese_date", "page_content"]

LONG_TERM_ZH = "长期"
# A person's identity number is in the record, but nobody's to read from the wall.
PRINTED_CODES = {"001": "统一社会信用代码", "099": "证件代码"}


def chinese_date(day: date) -> str:
    """`2026年11月23日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def page_content(page: LicensePage) -> dict[str, Any]:
    """What a template draws.

    `lines` are (label, value) in order, holder first; `texts` the same values by the fields'
    names; `fields` as they were sent, for templates that draw lists and tables.
    """
    license_type = page.license_type
    texts = _texts(page)
    fields = [(f.zh, texts[f.name]) for f in license_type.fields if f.name in texts]
    return {
        "title": license_type.title_zh,
        "basis": license_type.legal_basis,
        "accent": license_type.border.hex if license_type.border else None,
        "number": page.number,
        "identifier": page.identifier,
        "holder": page.holder.name,
        "lines": _holder_lines(page) + fields,
        "texts": texts,
        "fields": dict(page.fields),
        "valid": _period(page),
        "authority": page.authority_name,
        "issued": chinese_date(page.issue_date),
        "url": page.public_url,
    }


def _holder_lines(page: LicensePage) -> list[tuple[str, str]]:
    lines = [(page.license_type.holder_zh, page.holder.name)]
    if page.holder.code_type in PRINTED_CODES:
        lines.append((PRINTED_CODES[page.holder.code_type], page.holder.code))
    return lines


def _texts(page: LicensePage) -> dict[str, str]:
    described = page.license_type.schema["properties"]
    return {
        name: chinese_date(date.fromisoformat(value))
        if described[name].get("format") == "date"
        else as_text(value)
        for name, value in page.fields.items()
    }


def _period(page: LicensePage) -> str:
    if page.valid_until is None:
        return LONG_TERM_ZH
    return f"{chinese_date(page.valid_from)}至{chinese_date(page.valid_until)}"
