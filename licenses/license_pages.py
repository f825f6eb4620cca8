"""What a licence says, complete and ready to be printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from licenses.holders import Holder
from licenses.license_types import LicenseType

__all__ = ["LicensePage"]


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
