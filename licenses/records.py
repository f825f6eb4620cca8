"""What goes into the register and what comes out of it; plain values, free of any table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from licenses.lifecycle import LicenseState


@dataclass(frozen=True, slots=True)
class Reservation:
    """A checked draft that asks for its number.

    `number_for` and `identifier_for` turn the sequence number the register hands out into the
    licence's number and identifier. The sequence counts from 1 per licence type, authority and
    `sequence_year`; that is the year of issue, or 0 where the number does not show a year, for
    such a number must not begin anew in January.
    """

    license_type: str
    type_version: int
    authority_code: str
    authority_name: str
    holder_name: str
    holder_code: str
    holder_code_type: str
    fields: Mapping[str, Any]
    issue_date: date
    valid_from: date
    valid_until: date | None
    sequence_year: int
    number_for: Callable[[int], str]
    identifier_for: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class LicenseRecord:
    """One licence as the register holds it; digests are hex, moments aware UTC."""

    identifier: str
    number: str
    sequence: int
    license_type: str
    type_version: int
    authority_code: str
    authority_name: str
    holder_name: str
    holder_code: str
    holder_code_type: str
    fields: Mapping[str, Any]
    issue_date: date
    valid_from: date
    valid_until: date | None
    state: LicenseState
    access_code: str
    client: str
    idempotency_key: str
    request_digest: str
    created_at: datetime
    seal: str | None = None
    file_sm3: str | None = None
    sealed_at: datetime | None = None
    suspended_at: datetime | None = None
    suspended_reason: str | None = None
    revoked_at: datetime | None = None
    revoked_reason: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """The licence of a request; `created` is False where the same request came before."""

    record: LicenseRecord
    created: bool


@dataclass(frozen=True, slots=True)
class Intent:
    """A key's use that was announced and of which no outcome is known.

    `digest` (hex) was to be signed by `key` (its URI) for the seal of this alias.
    """

    identifier: str
    digest: str
    key: str
    seal: str
    by: str
    at: datetime
    key_sm3: str = ""
    """SM3 of the public key; lines written before it was noted lack it."""
    grant: str = ""
    """The grant's number; lines from before there were grants have none."""


@dataclass(frozen=True, slots=True)
class UsedKey:
    """A key about to sign: its URI, and SM3 (hex) of its public half."""

    uri: str
    sm3: str


@dataclass(frozen=True, slots=True)
class UsedSeal:
    """A seal about to be used, by its alias, and the key under it."""

    alias: str
    key: UsedKey


@dataclass(frozen=True, slots=True)
class Page:
    """Some licences, newest first; `older_than` asks for the next page, None at the end."""

    records: tuple[LicenseRecord, ...]
    older_than: int | None
