"""The words on a licence's page, as the template receives them."""

from datetime import date
from typing import Any

from licenses.license_pages import LicensePage
from licenses.metadata import as_text

__all__ = ["chinese_date", "page_content"]

LONG_TERM_ZH = "长期"
_PRINTED_CODES = ("001", "099")


def chinese_date(day: date) -> str:
    """`2026年11月23日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def page_content(page: LicensePage) -> dict[str, Any]:
    """What a template draws: `lines` are (label, value) in order; `fields` as they were sent."""
    return {
        "title": page.license_type.title_zh,
        "number": page.number,
        "identifier": page.identifier,
        "holder": {"name": page.holder.name, "code": _printed_code(page)},
        "lines": _lines(page),
        "fields": dict(page.fields),
        "valid": _period(page),
        "authority": page.authority_name,
        "issued": chinese_date(page.issue_date),
    }


def _printed_code(page: LicensePage) -> str | None:
    """A person's identity number is in the record, but nobody's to read from the wall."""
    return page.holder.code if page.holder.code_type in _PRINTED_CODES else None


def _lines(page: LicensePage) -> list[tuple[str, str]]:
    lines = [(page.license_type.holder_zh, page.holder.name)]
    code = _printed_code(page)
    if code is not None:
        lines.append(("统一社会信用代码" if page.holder.code_type == "001" else "证件代码", code))
    for field in page.license_type.fields:
        if field.name in page.fields:
            lines.append((field.zh, as_text(page.fields[field.name])))
    return lines


def _period(page: LicensePage) -> str:
    if page.valid_until is None:
        return LONG_TERM_ZH
    return f"{chinese_date(page.valid_from)}至{chinese_date(page.valid_until)}"
