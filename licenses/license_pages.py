"""What a licence says, complete and ready to be printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from licenses.catalog import Catalog
from licenses.holders import Holder
from licenses.license_types import LicenseType
from licenses.records import LicenseRecord

__all__ = ["LicensePage", "page_of"]


@dataclass(frozen=True, slots=True)
class LicensePage:
    """Everything one licence says; `public_url` is the content of its QR code.

    Its texts are trusted to have passed `draft_from_request`: the renderer checks none of them.
    """

    license_type: LicenseType
    identifier: str
    number: str
    holder: Holder
    fields: Mapping[str, Any] = field(repr=False)
    issue_date: date
    valid_from: date
    valid_until: date | None
    authority_name: str
    authority_code: str
    public_url: str


def page_of(record: LicenseRecord, catalog: Catalog, public_base_url: str) -> LicensePage:
    """Return what the licence prints: from the register alone, so that a retry prints the same."""
    return LicensePage(
        license_type=catalog.get(record.license_type),
        identifier=record.identifier,
        number=record.number,
        holder=Holder(record.holder_name, record.holder_code, record.holder_code_type),
        fields=record.fields,
        issue_date=record.issue_date,
        valid_from=record.valid_from,
        valid_until=record.valid_until,
        authority_name=record.authority_name,
        authority_code=record.authority_code,
        public_url=f"{public_base_url}/l/{record.identifier}?c={record.access_code}",
    )
