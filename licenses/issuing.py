"""Issuing licences: reserve, render, prepare, intend, seal, check, store, complete.

The order is the promise. The number exists before any page; the intent is on the disk before the
key is touched; no transaction is open while a device works. A process may die between any two
steps: the same request sent again completes what was begun, under the same number. Requests that
came together go from step to step together; each ends by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from keystore.errors import KeystoreError
from licenses.authority import Authority
from licenses.catalog import Catalog
from licenses.drafts import LicenseDraft, draft_from_request
from licenses.errors import (
    IllegalTransition,
    LicenseError,
    RegisterUnavailable,
    SelfCheckFailed,
)
from licenses.holders import Holder
from licenses.issuing_requests import IssuingRequest, request_digest, reservation_of
from licenses.issuing_verbs import IssuingVerbs
from licenses.license_pages import LicensePage, page_of
from licenses.lifecycle import LicenseState, legal_day
from licenses.records import LicenseRecord, Reservation
from licenses.register import Register
from licenses.rendering import Renderer
from licenses.seal_desk import SealDesk, placed
from licenses.self_check import SelfCheck
from licenses.stages import Ended, advance, going
from licenses.storage import FileStore
from licenses.turns import Turns
from signing import PreparedPdf, SealedPdf, SealPlacement, UnsignedPdf
from signing.errors import SigningError

__all__ = ["MOST_TOGETHER", "IssuedLicense", "IssuingStep", "LicenseIssuer"]

MOST_TOGETHER = 16
"""Requests worth taking together: more gain little, and all wait for the last of them."""


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
class _Asked:
    """A request that was read: its draft, or the licence that an earlier copy of it began."""

    what: Reservation | LicenseRecord
    client: str
    idempotency_key: str
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Rendered:
    record: LicenseRecord
    page: UnsignedPdf
    place: SealPlacement


@dataclass(frozen=True, slots=True)
class _Prepared:
    record: LicenseRecord
    pdf: PreparedPdf
    is_overtaken: bool = False
    """Another process completed the licence meanwhile: the key is left alone."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    record: LicenseRecord
    """As reserved; once the register has it, as completed there."""
    at: datetime
    pdf: SealedPdf


_Work = TypeVar("_Work")
_Next = TypeVar("_Next")
_End = Ended[IssuedLicense]


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
        (ended,) = self.issue_all([IssuingRequest(request, client, idempotency_key)])
        return ended.answer()

    def issue_all(self, requests: Sequence[IssuingRequest]) -> list[Ended[IssuedLicense]]:
        """Issue several licences, step by step together; return how each ended, in their order.

        Together they cost less than one after the other: one transaction for each step's words,
        and every step's code and data still at hand. What ends one is what `issue` would raise.
        """
        firsts: dict[tuple[str, str], int] = {}
        for place, one in enumerate(requests):
            firsts.setdefault(one.name, place)
        with self.turns.of_all(firsts):
            asked: list[_Asked | _End] = advance(
                [requests[place] for place in firsts.values()], self._read
            )
            ended = dict(zip(firsts.values(), self._issued(asked), strict=True))
        return [
            ended[place]
            if place == firsts[one.name]
            else self._copied(one, requests[firsts[one.name]], ended[firsts[one.name]])
            for place, one in enumerate(requests)
        ]

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
            reservation = reservation_of(self._draft_of(old), self.authority)
            digest = request_digest({"reissue": old.identifier})
            (ended,) = self._issued([_Asked(reservation, client, key, digest, self.clock())])
            made = ended.answer()
            successor = made.record.identifier
            if old.replaced_by != successor:
                now = self.clock()
                self.register.replace(old.identifier, successor=successor, by=client, now=now)
        return made

    def page(self, record: LicenseRecord) -> LicensePage:
        """Return what a licence of this register prints."""
        return page_of(record, self.catalog, self.public_base_url)

    def find_issued(self, request: IssuingRequest) -> IssuedLicense | None:
        """Return the licence this request was answered with before, without waiting for others.

        Raises `IdempotencyConflict` as `issue`, and `StoredFileDamaged`.
        """
        known = self.register.find_request(*request.name, request_digest(request.body))
        if known is None or known.state is LicenseState.RESERVED:
            return None
        return self._stored(known).answer()

    def _copied(self, copy: IssuingRequest, first: IssuingRequest, end: _End) -> _End:
        """Return what a copy in the same company is told: what became of the first."""
        if request_digest(copy.body) != request_digest(first.body):
            return self.issue_all([copy])[0]
        made = end.outcome
        return Ended(replace(made, created=False)) if isinstance(made, IssuedLicense) else end

    def _issued(self, asked: Sequence[_Asked | _End]) -> list[_End]:
        reserved = self._together(IssuingStep.RESERVED, asked, self._reserve)
        begun = advance(reserved, self._unless_issued)
        rendered = self._each(IssuingStep.RENDERED, begun, self._render)
        prepared = self._each(IssuingStep.PREPARED, rendered, self._prepare)
        announced = self._together(IssuingStep.INTENDED, prepared, self._intend)
        intended = advance(announced, self._unless_overtaken)
        at_once = self.desk.at_once
        sealed = self._each(IssuingStep.SEALED, intended, self._seal, at_once=at_once)
        checked = self._each(IssuingStep.CHECKED, sealed, self._check)
        stored = self._each(IssuingStep.STORED, checked, self._store)
        completed = self._together(IssuingStep.COMPLETED, stored, self._complete)
        return [end for end in advance(completed, self._answer) if isinstance(end, Ended)]

    def _each(
        self,
        step: IssuingStep,
        works: Sequence[_Work | _End],
        stage: Callable[[_Work], _Next],
        *,
        at_once: int = 1,
    ) -> list[_Next | _End]:
        def one(work: _Work) -> _Next:
            done = stage(work)
            self.on_step(step)
            return done

        return advance(works, one, at_once=at_once)

    def _together(
        self,
        step: IssuingStep,
        works: Sequence[_Work | _End],
        stage: Callable[[IssuingVerbs, _Work], _Next | _End],
    ) -> list[_Next | _End]:
        """Run a stage that writes; several share a transaction, and hear of it when it is kept."""
        is_shared = going(works) > 1
        sharing = self.register.together() if is_shared else nullcontext(self.register)
        try:
            with sharing as verbs:
                done = advance(works, partial(stage, verbs))
        except RegisterUnavailable as error:
            return [work if isinstance(work, Ended) else _unavailable(error) for work in works]
        for work in done:
            if not isinstance(work, Ended):
                self.on_step(step)
        return done

    def _read(self, request: IssuingRequest) -> _Asked:
        what: Reservation | LicenseRecord
        digest, now = request_digest(request.body), self.clock()
        try:
            draft = draft_from_request(self.catalog, request.body, today=legal_day(now))
            what = reservation_of(draft, self.authority)
        except LicenseError:
            # What was begun is completed by the rules of the day it was begun on.
            known = self.register.find_request(*request.name, digest)
            if known is None:
                raise
            what = known
        return _Asked(what, *request.name, digest, now)

    def _reserve(self, verbs: IssuingVerbs, asked: _Asked) -> LicenseRecord:
        if isinstance(asked.what, LicenseRecord):
            return asked.what
        return verbs.reserve(
            asked.what,
            client=asked.client,
            idempotency_key=asked.idempotency_key,
            request_digest=asked.digest,
            using=self.desk.used,
            now=asked.at,
        ).record

    def _unless_issued(self, record: LicenseRecord) -> LicenseRecord | _End:
        return record if record.state is LicenseState.RESERVED else self._stored(record)

    def _render(self, record: LicenseRecord) -> _Rendered:
        return _Rendered(record, *placed(self.renderer.render(self.page(record))))

    def _prepare(self, work: _Rendered) -> _Prepared:
        prepared = self.desk.sealer.prepare(work.page, work.place, now=self.clock())
        return _Prepared(work.record, prepared)

    def _intend(self, verbs: IssuingVerbs, work: _Prepared) -> _Prepared:
        try:
            verbs.intend(
                work.record,
                digest=work.pdf.digest.hex(),
                key=self.desk.key,
                seal=self.desk.alias,
                by=work.record.client,
                now=self.clock(),
            )
        except IllegalTransition:
            return replace(work, is_overtaken=True)
        return work

    def _unless_overtaken(self, work: _Prepared) -> _Prepared | _End:
        if not work.is_overtaken:
            return work
        return self._stored(self.register.find(work.record.identifier))

    def _seal(self, work: _Prepared) -> _Sealed:
        with self._failure_told(work.record):
            return _Sealed(work.record, work.pdf.signed_at, self.desk.sealer.seal(work.pdf))

    def _check(self, work: _Sealed) -> _Sealed:
        record, desk = work.record, self.desk
        batch = record.license_type, record.type_version, desk.alias, desk.certificate
        with self._failure_told(record):
            self.self_check(work.pdf.data, batch, self.clock())
        return work

    @contextmanager
    def _failure_told(self, record: LicenseRecord) -> Iterator[None]:
        try:
            yield
        except (KeystoreError, SigningError, SelfCheckFailed) as error:
            cause = type(error).__name__
            self.register.failed(record, cause=cause, by=record.client, now=self.clock())
            raise

    def _store(self, work: _Sealed) -> _Sealed:
        self.store.put(work.pdf.data, work.pdf.sm3.hex())
        return work

    def _complete(self, verbs: IssuingVerbs, work: _Sealed) -> _Sealed:
        completed = verbs.complete(
            work.record,
            file_sm3=work.pdf.sm3.hex(),
            sealed_at=work.at,
            seal=self.desk.alias,
            by=work.record.client,
            now=self.clock(),
        )
        return _Sealed(completed, work.at, work.pdf)

    def _answer(self, work: _Sealed) -> _End:
        if work.record.file_sm3 != work.pdf.sm3.hex():
            return self._stored(work.record)
        return Ended(IssuedLicense(work.record, work.pdf.data, created=True))

    def _stored(self, record: LicenseRecord) -> _End:
        assert record.file_sm3 is not None  # noqa: S101 - complete() never leaves it out
        return Ended(IssuedLicense(record, self.store.get(record.file_sm3), created=False))

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


def _unavailable(error: RegisterUnavailable) -> _End:
    """Return an error for one of several: each is raised in a thread of its own."""
    own = RegisterUnavailable(str(error))
    own.__cause__ = error
    return Ended(own)
