"""The metadata record of GB/T 36903 that travels in every licence file.

Short names are those in use; the standard's own types and lengths were not at hand. Dates are
YYYYMMDD as on the national platform, and 99991231 stands for a licence without a last day.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from licenses.holders import CODE_TYPES
from licenses.license_pages import LicensePage
from licenses.license_types import LicenseType

__all__ = ["NAMES", "Record", "differences", "record_of", "to_json", "xmp_properties", "xmp_schema"]

Record = dict[str, str]

NAMESPACE = "urn:qianyin:gbt36903:1#"
LONG_TERM = "99991231"

NAMES = {
    "ZZMC": "证照名称",
    "ZZLXDM": "证照类型代码",
    "ZZBH": "证照编号",
    "ZZBS": "证照标识",
    "ZZBFJG": "证照颁发机构",
    "ZZBFJGDM": "证照颁发机构代码",
    "ZZBFRQ": "证照颁发日期",
    "CZZT": "持证主体",
    "CZZTDM": "持证主体代码",
    "CZZTDMLX": "持证主体代码类型",
    "CZZTDMLXDM": "持证主体代码类型代码",
    "ZZYXQQSRQ": "证照有效期起始日期",
    "ZZYXQJZRQ": "证照有效期截止日期",
}


def record_of(page: LicensePage) -> Record:
    """The record of one licence, basic names first, then the type's own in their order."""
    holder = page.holder
    record = {
        "ZZMC": page.license_type.title_zh,
        "ZZLXDM": page.license_type.code,
        "ZZBH": page.number,
        "ZZBS": page.identifier,
        "ZZBFJG": page.authority_name,
        "ZZBFJGDM": page.authority_code,
        "ZZBFRQ": _day(page.issue_date),
        "CZZT": holder.name,
        "CZZTDM": holder.code,
        "CZZTDMLX": CODE_TYPES[holder.code_type].zh,
        "CZZTDMLXDM": holder.code_type,
        "ZZYXQQSRQ": _day(page.valid_from),
        "ZZYXQJZRQ": _day(page.valid_until),
    }
    for field in page.license_type.fields:
        if field.name in page.fields:
            record[field.short_name] = as_text(page.fields[field.name])
    return record


def _day(day: date | None) -> str:
    return LONG_TERM if day is None else f"{day.year:04d}{day.month:02d}{day.day:02d}"


def as_text(value: Any) -> str:  # noqa: ANN401 - a field holds what its schema allows
    """One field's value on one line: lists with `；`, the cells of a table's row with `，`."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "；".join(as_text(item) for item in value)
    if isinstance(value, Mapping):
        return "，".join(as_text(item) for item in value.values())
    return str(value)


def to_json(record: Mapping[str, str]) -> bytes:
    """The record as the attached file holds it: UTF-8, in the record's order, always the same."""
    return json.dumps(record, ensure_ascii=False, indent=1).encode()


def differences(file: Mapping[str, object], register: Mapping[str, str]) -> tuple[str, ...]:
    """Short names under which a file's record says something else than the register's."""
    names = dict.fromkeys([*register, *file])
    return tuple(name for name in names if file.get(name) != register.get(name))


def xmp_properties(record: Mapping[str, str]) -> bytes:
    """The record as one rdf:Description of the packet's own subject."""
    parts = "".join(f"<zz:{name}>{escape(value)}</zz:{name}>" for name, value in record.items())
    return (
        f'<rdf:Description rdf:about="" xmlns:zz="{NAMESPACE}">{parts}</rdf:Description>'
    ).encode()


def xmp_schema(license_type: LicenseType) -> bytes:
    """The PDF/A extension schema describing what `xmp_properties` writes (ISO 19005-3, 6.6.2.3)."""
    names = NAMES | {field.short_name: field.zh for field in license_type.fields}
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{escape(meaning)}</pdfaProperty:description>"
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, meaning in names.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>GB/T 36903 licence metadata</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>zz</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    ).encode()
