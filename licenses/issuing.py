"""Issuing licences: one request or several, once each, and licences that were issued before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from licenses.drafts import LicenseDraft, draft_from_request
from licenses.errors import IllegalTransition, LicenseError
from licenses.holders import Holder
from licenses.issuing_path import Asked, IssuedLicense, IssuingPath
from licenses.issuing_requests import IssuingRequest, request_digest, reservation_of
from licenses.lifecycle import LicenseState, legal_day
from licenses.records import LicenseRecord, Reservation
from licenses.stages import Ended, advance
from licenses.turns import Turns

__all__ = ["MOST_TOGETHER", "LicenseIssuer"]

MOST_TOGETHER = 16
"""Requests worth taking together: more gain little, and all wait for the last of them."""

_End = Ended[IssuedLicense]


@dataclass(frozen=True, slots=True)
class LicenseIssuer(IssuingPath):
    """The path, and who goes it: each request once, whoever sends it again."""

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
            asked: list[Asked | _End] = advance(
                [requests[place] for place in firsts.values()], self._read
            )
            ended = dict(zip(firsts.values(), self.taken(asked), strict=True))
        told = []
        for place, one in enumerate(requests):
            first = firsts[one.name]
            is_copy = place != first
            told.append(
                self._copied(one, requests[first], ended[first]) if is_copy else ended[first]
            )
        return told

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
            (ended,) = self.taken([Asked(reservation, client, key, digest, self.clock())])
            made = ended.answer()
            successor = made.record.identifier
            if old.replaced_by != successor:
                now = self.clock()
                self.register.replace(old.identifier, successor=successor, by=client, now=now)
        return made

    def find_issued(self, request: IssuingRequest) -> IssuedLicense | None:
        """Return the licence this request was answered with before, without waiting for others.

        Raises `IdempotencyConflict` as `issue`, and `StoredFileDamaged`.
        """
        known = self.register.find_request(*request.name, request.digest)
        if known is None or known.state is LicenseState.RESERVED:
            return None
        return self._stored(known).answer()

    def _copied(self, copy: IssuingRequest, first: IssuingRequest, end: _End) -> _End:
        """Return what a copy in the same company is told: what became of the first."""
        if copy.digest != first.digest:
            return self.issue_all([copy])[0]
        made = end.outcome
        return Ended(replace(made, created=False)) if isinstance(made, IssuedLicense) else end

    def _read(self, request: IssuingRequest) -> Asked:
        what: Reservation | LicenseRecord
        digest, now = request.digest, self.clock()
        try:
            draft = draft_from_request(self.catalog, request.body, today=legal_day(now))
            what = reservation_of(draft, self.authority)
        except LicenseError:
            # What was begun is completed by the rules of the day it was begun on.
            known = self.register.find_request(*request.name, digest)
            if known is None:
                raise
            what = known
        return Asked(what, *request.name, digest, now)

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
