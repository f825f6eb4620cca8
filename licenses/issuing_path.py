"""The path of a licence: reserve, render, prepare, intend, seal, check, store, complete.

The order is the promise. The number exists before any page; the intent is on the disk before the
key is touched; no transaction is open while a device works. A process may die between any two
steps: the same request sent again completes what was begun, under the same number. Requests that
came together go from step to step together; each ends by itself.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TypeVar

from keystore.errors import KeystoreError
from licenses.authority import Authority
from licenses.catalog import Catalog
from licenses.errors import IllegalTransition, RegisterUnavailable, SelfCheckFailed
from licenses.issuing_verbs import IssuingVerbs
from licenses.license_pages import LicensePage, page_of
from licenses.lifecycle import LicenseState
from licenses.records import LicenseRecord, Reservation
from licenses.register import Register
from licenses.rendering import Renderer
from licenses.seal_desk import SealDesk, placed
from licenses.self_check import SelfCheck
from licenses.stages import Ended, advance, going
from licenses.storage import FileStore
from signing import PreparedPdf, SealedPdf, SealPlacement, UnsignedPdf
from signing.errors import SigningError

__all__ = ["Asked", "IssuedLicense", "IssuingPath", "IssuingStep"]


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
class Asked:
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
class IssuingPath:
    """The steps, over their collaborators."""

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

    def page(self, record: LicenseRecord) -> LicensePage:
        """Return what a licence of this register prints."""
        return page_of(record, self.catalog, self.public_base_url)

    def taken(self, asked: Sequence[Asked | _End]) -> list[_End]:
        """Take requests that were read to their ends, in their order."""
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
        ends: list[_End] = advance(completed, self._answer)
        return ends

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

    def _reserve(self, verbs: IssuingVerbs, asked: Asked) -> LicenseRecord:
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


def _unavailable(error: RegisterUnavailable) -> _End:
    """Return an error for one of several: each is raised in a thread of its own."""
    own = RegisterUnavailable(str(error))
    own.__cause__ = error
    return Ended(own)
