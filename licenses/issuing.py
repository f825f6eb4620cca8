"""Issuing a licence: reserve, render, prepare, intend, seal, check, complete.

The order is the promise. The number exists before any page; the intent is on the disk before the
key is touched; no transaction is open while a device works. A process may die between any two
steps: the same request sent again completes what was begun, under the same number.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from keystore import sm3
from keystore.errors import KeystoreError
from licenses.authority import Authority
from licenses.catalog import Catalog
from licenses.drafts import LicenseDraft, draft_from_request
from licenses.errors import IllegalTransition, LicenseError, SelfCheckFailed
from licenses.holders import Holder
from licenses.identifiers import LicenseIdentifier
from licenses.license_pages import LicensePage
from licenses.lifecycle import LicenseState, legal_day
from licenses.records import LicenseRecord, Reservation
from licenses.register import Register
from licenses.rendering import Renderer
from licenses.seal_desk import SealDesk, placed
from licenses.self_check import SelfCheck
from licenses.storage import FileStore
from licenses.turns import Turns
from signing import PreparedPdf, SealedPdf
from signing.errors import SigningError

__all__ = ["IssuedLicense", "IssuingStep", "LicenseIssuer", "page_of", "request_digest"]

SERIAL_DIGITS = 8
NO_YEAR = 0


class IssuingStep(StrEnum):
    """What has just been done; told to `on_step` (metrics, and the tests that kill here)."""

    RESERVED = "reserved"
    RENDERED = "rendered"
    PREPARED = "prepared"
    INTENDED = "intended"
    SEALED = "sealed"
    CHECKED = "checked"
    STORED = "stored"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class IssuedLicense:
    """A licence and its file; `created` is False where an earlier request had made it."""

    record: LicenseRecord
    pdf: bytes = field(repr=False)
    created: bool


@dataclass(frozen=True, slots=True)
class LicenseIssuer:
    """The whole path, over its collaborators."""

    authority: Authority
    public_base_url: str
    catalog: Catalog
    register: Register
    renderer: Renderer
    store: FileStore
    desk: SealDesk
    self_check: SelfCheck
    clock: Callable[[], datetime]
    on_step: Callable[[IssuingStep], None]
    turns: Turns = field(default_factory=Turns)

    def issue(
        self, request: Mapping[str, Any], *, client: str, idempotency_key: str
    ) -> IssuedLicense:
        """Issue one licence, or return the one this request was answered with before.

        Raises `InvalidDraft` and its kin for a request that does not fit, `IdempotencyConflict`
        for a key used before with another request, what the key raises, and `SelfCheckFailed`.
        """
        digest = request_digest(request)
        with self.turns.of((client, idempotency_key)):
            record = self._reserved(request, client, idempotency_key, digest)
            if record.state is LicenseState.RESERVED:
                return self._complete(record, client)
            return self._stored(record)

    def reissue(self, old: LicenseRecord, *, client: str) -> IssuedLicense:
        """Issue a licence again, with its data and last day, and put the old one out of force.

        It gets its own number, identifier and day of issue, and may be repeated after a crash.
        Raises `IllegalTransition` for a licence that is not in force, and what `issue` raises.
        """
        key = f"reissue/{old.identifier}"
        old = self.register.find(old.identifier)
        if old.state is not LicenseState.ISSUED and old.replaced_by is None:
            raise IllegalTransition(f"a licence that is {old.state} cannot be issued again")
        with self.turns.of((client, key)):
            reserved = self.register.reserve(
                self._reservation(self._draft_of(old)),
                client=client,
                idempotency_key=key,
                request_digest=request_digest({"reissue": old.identifier}),
                using=self.desk.used,
                now=self.clock(),
            ).record
            is_begun = reserved.state is LicenseState.RESERVED
            made = self._complete(reserved, client) if is_begun else self._stored(reserved)
            successor = made.record.identifier
            if old.replaced_by != successor:
                now = self.clock()
                self.register.replace(old.identifier, successor=successor, by=client, now=now)
        return made

    def _draft_of(self, old: LicenseRecord) -> LicenseDraft:
        """Return what the licence said, as of today; its rules were those of its own day."""
        return LicenseDraft(
            license_type=self.catalog.get(old.license_type),
            holder=Holder(old.holder_name, old.holder_code, old.holder_code_type),
            fields=old.fields,
            valid_from=old.valid_from,
            valid_until=old.valid_until,
            issue_date=legal_day(self.clock()),
        )

    def _reserved(
        self, request: Mapping[str, Any], client: str, idempotency_key: str, digest: str
    ) -> LicenseRecord:
        now = self.clock()
        try:
            draft = draft_from_request(self.catalog, request, today=legal_day(now))
        except LicenseError:
            # What was begun is completed by the rules of the day it was begun on.
            known = self.register.find_request(client, idempotency_key, digest)
            if known is None:
                raise
            return known
        reserved = self.register.reserve(
            self._reservation(draft),
            client=client,
            idempotency_key=idempotency_key,
            request_digest=digest,
            using=self.desk.used,
            now=now,
        )
        self.on_step(IssuingStep.RESERVED)
        return reserved.record

    def _complete(self, record: LicenseRecord, by: str) -> IssuedLicense:
        pdf, placement = placed(self.renderer.render(self.page(record)))
        self.on_step(IssuingStep.RENDERED)
        prepared = self.desk.sealer.prepare(pdf, placement, now=self.clock())
        self.on_step(IssuingStep.PREPARED)
        try:
            self._intend(record, prepared, by)
        except IllegalTransition:
            # Another process completed the licence meanwhile: the key is left alone.
            return self._stored(self.register.find(record.identifier))
        sealed = self._seal(record, prepared, by)
        file_sm3 = sealed.sm3.hex()
        self.store.put(sealed.data, file_sm3)
        self.on_step(IssuingStep.STORED)
        completed = self.register.complete(
            record,
            file_sm3=file_sm3,
            sealed_at=prepared.signed_at,
            seal=self.desk.alias,
            by=by,
            now=self.clock(),
        )
        self.on_step(IssuingStep.COMPLETED)
        if completed.file_sm3 != file_sm3:
            return self._stored(completed)
        return IssuedLicense(completed, sealed.data, created=True)

    def _intend(self, record: LicenseRecord, prepared: PreparedPdf, by: str) -> None:
        self.register.intend(
            record,
            digest=prepared.digest.hex(),
            key=self.desk.key,
            seal=self.desk.alias,
            by=by,
            now=self.clock(),
        )
        self.on_step(IssuingStep.INTENDED)

    def _seal(self, record: LicenseRecord, prepared: PreparedPdf, by: str) -> SealedPdf:
        try:
            sealed = self.desk.sealer.seal(prepared)
            self.on_step(IssuingStep.SEALED)
            batch = (
                record.license_type,
                record.type_version,
                self.desk.alias,
                self.desk.certificate,
            )
            self.self_check(sealed.data, batch, self.clock())
        except (KeystoreError, SigningError, SelfCheckFailed) as error:
            cause = type(error).__name__
            self.register.failed(record, cause=cause, by=by, now=self.clock())
            raise
        self.on_step(IssuingStep.CHECKED)
        return sealed

    def _stored(self, record: LicenseRecord) -> IssuedLicense:
        assert record.file_sm3 is not None  # noqa: S101 - complete() never leaves it out
        return IssuedLicense(record, self.store.get(record.file_sm3), created=False)

    def page(self, record: LicenseRecord) -> LicensePage:
        """Return what a licence of this register prints."""
        return page_of(record, self.catalog, self.public_base_url)

    def _reservation(self, draft: LicenseDraft) -> Reservation:
        kind, year = draft.license_type, draft.issue_date.year
        return Reservation(
            license_type=kind.slug,
            type_version=kind.version,
            authority_code=self.authority.code,
            authority_name=self.authority.name,
            holder_name=draft.holder.name,
            holder_code=draft.holder.code,
            holder_code_type=draft.holder.code_type,
            fields=draft.fields,
            issue_date=draft.issue_date,
            valid_from=draft.valid_from,
            valid_until=draft.valid_until,
            sequence_year=year if "{year}" in kind.number_style.pattern else NO_YEAR,
            number_for=lambda sequence: kind.number_style.format(
                year=year, sequence=sequence, province=self.authority.province
            ),
            identifier_for=lambda sequence: str(
                LicenseIdentifier.build(
                    type_code=kind.code,
                    issuer_code=self.authority.code,
                    serial=f"{year}{sequence:0{SERIAL_DIGITS}d}",
                    version=1,
                )
            ),
        )


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


def request_digest(request: Mapping[str, Any]) -> str:
    """Return SM3 (hex) of the request in one canonical form: key order does not matter."""
    text = json.dumps(request, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return sm3(text.encode()).hex()
