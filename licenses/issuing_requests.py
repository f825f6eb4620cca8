"""What is asked of the issuing path, and what of it goes to the register."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from keystore import sm3
from licenses.authority import Authority
from licenses.drafts import LicenseDraft
from licenses.identifiers import LicenseIdentifier
from licenses.records import Reservation

__all__ = ["IssuingRequest", "request_digest", "reservation_of"]

SERIAL_DIGITS = 8
NO_YEAR = 0


@dataclass(frozen=True)
class IssuingRequest:
    """One licence asked for; client and key name the request, whatever its body is."""

    body: Mapping[str, Any] = field(repr=False)
    client: str
    idempotency_key: str

    @property
    def name(self) -> tuple[str, str]:
        """What is the same in every copy of the request."""
        return self.client, self.idempotency_key

    @cached_property
    def digest(self) -> str:
        """What tells a copy of the request from another one under its name."""
        return request_digest(self.body)


def request_digest(body: Mapping[str, Any]) -> str:
    """Return SM3 (hex) of the request in one canonical form: key order does not matter."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sm3(text.encode()).hex()


def reservation_of(draft: LicenseDraft, authority: Authority) -> Reservation:
    """Return the draft as it asks for its number, of this authority."""
    kind, year = draft.license_type, draft.issue_date.year
    return Reservation(
        license_type=kind.slug,
        type_version=kind.version,
        authority_code=authority.code,
        authority_name=authority.name,
        holder_name=draft.holder.name,
        holder_code=draft.holder.code,
        holder_code_type=draft.holder.code_type,
        fields=draft.fields,
        issue_date=draft.issue_date,
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        sequence_year=year if "{year}" in kind.number_style.pattern else NO_YEAR,
        number_for=lambda sequence: kind.number_style.format(
            year=year, sequence=sequence, province=authority.province
        ),
        identifier_for=lambda sequence: str(
            LicenseIdentifier.build(
                type_code=kind.code,
                issuer_code=authority.code,
                serial=f"{year}{sequence:0{SERIAL_DIGITS}d}",
                version=1,
            )
        ),
    )
