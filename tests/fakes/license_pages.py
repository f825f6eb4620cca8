"""Licences that were never granted: each shipped type's own sample, on a page."""

from datetime import date
from typing import Any

from licenses.authority import Authority
from licenses.catalog import Catalog
from licenses.drafts import LicenseDraft, draft_from_request
from licenses.identifiers import LicenseIdentifier
from licenses.license_pages import LicensePage
from licenses.license_types import LicenseType

TODAY = date(2026, 11, 23)
AUTHORITY = Authority("示例市农业农村局", "11990000000000001G", "示")
CATALOG = Catalog.shipped()


def sample_draft(license_type: LicenseType) -> LicenseDraft:
    return draft_from_request(CATALOG, license_type.sample, today=TODAY)


def sample_page(license_type: LicenseType, *, sequence: int = 1, **changes: Any) -> LicensePage:
    draft = sample_draft(license_type)
    identifier = LicenseIdentifier.build(
        type_code=license_type.code,
        issuer_code=AUTHORITY.code,
        serial=f"2026{sequence:08d}",
        version=1,
    )
    said: dict[str, Any] = {
        "license_type": license_type,
        "identifier": str(identifier),
        "number": license_type.number_style.format(year=2026, sequence=sequence, province="示"),
        "holder": draft.holder,
        "fields": draft.fields,
        "issue_date": draft.issue_date,
        "valid_from": draft.valid_from,
        "valid_until": draft.valid_until,
        "authority_name": AUTHORITY.name,
        "authority_code": AUTHORITY.code,
        "public_url": f"https://verify.example/l/{identifier}?k=abcdefgh",
    }
    return LicensePage(**(said | changes))


def longest_value(schema: dict[str, Any], text: str = "示例经营范围甲乙丙丁（样例），") -> Any:
    """The longest value a field's schema allows, in the widest characters."""
    match schema["type"]:
        case "array":
            return [longest_value(schema["items"], text)] * schema["maxItems"]
        case "object":
            return {name: longest_value(part, text) for name, part in schema["properties"].items()}
        case "string" if schema.get("format") == "date":
            return "2026-12-31"
        case _:
            most = schema["maxLength"]
            return (text * most)[:most]
