"""The register of licences: all their SQL, behind verbs, each one short transaction."""

import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine

from licenses import license_rows as rows
from licenses.audit import AuditAction, Happening, append, history
from licenses.database import read_session, write_session, writes_together
from licenses.errors import IllegalTransition, LicenseNotFound
from licenses.issuing_verbs import IssuingVerbs, same_request
from licenses.lifecycle import LicenseState, Step, after
from licenses.records import Intent, LicenseRecord, Page

__all__ = ["MAX_PAGE", "Register"]

# Licences a page may hold; whoever wants more asks again with `older_than`.
MAX_PAGE = 200


class Register(IssuingVerbs):
    """All verbs, over one database; safe to share between threads, not across fork()."""

    def __init__(self, engine: Engine) -> None:
        """`engine` comes from `licenses.database.open_database`."""
        super().__init__(engine)
        self._engine = engine

    @contextmanager
    def together(self) -> Iterator[IssuingVerbs]:
        """Give the issuing verbs in one transaction that they share, each kept or undone alone.

        What they wrote is on the disk when this returns. Raises `RegisterUnavailable` where the
        database failed in one of them: then nothing is kept of any.
        """
        with writes_together(self._engine) as together:
            yield IssuingVerbs(together)

    def find_request(
        self, client: str, idempotency_key: str, request_digest: str
    ) -> LicenseRecord | None:
        """Return the licence of a request seen before; raises `IdempotencyConflict` as `reserve`.

        Asked before the request is checked again: what was begun is completed by the rules of the
        day it was begun on.
        """
        with read_session(self._engine) as connection:
            known = rows.of_request(connection, client, idempotency_key)
        return same_request(known, request_digest) if known is not None else None

    def abandoned(self, *, before: datetime) -> tuple[Intent, ...]:
        """Return the intents older than `before` of which no outcome is known, for the start-up."""
        with read_session(self._engine) as connection:
            return tuple(intent for intent in rows.unfinished(connection) if intent.at < before)

    def find(self, identifier: str) -> LicenseRecord:
        """Return one licence; raises `LicenseNotFound`."""
        with read_session(self._engine) as connection:
            return rows.present(rows.of_identifier(connection, identifier))

    def find_by_access(self, identifier: str, access_code: str) -> LicenseRecord:
        """Return the licence whose QR code was scanned.

        Raises `LicenseNotFound` for an unknown licence and for a wrong code alike, after a
        comparison that takes the same time wherever the codes differ.
        """
        record = self.find(identifier)
        given = access_code.encode("utf-8", "backslashreplace")
        if not hmac.compare_digest(record.access_code.encode(), given):
            raise LicenseNotFound("the register holds no such licence")
        return record

    def find_by_file(self, file_sm3: str) -> LicenseRecord:
        """Return the licence issued as the file of this digest (hex); raises `LicenseNotFound`."""
        with read_session(self._engine) as connection:
            return rows.present(rows.of_file(connection, file_sm3))

    def page(
        self,
        *,
        license_type: str | None = None,
        state: LicenseState | None = None,
        older_than: int | None = None,
        limit: int = MAX_PAGE,
    ) -> Page:
        """Return licences, newest first, at most `limit` and never more than `MAX_PAGE`."""
        with read_session(self._engine) as connection:
            wanted = {"license_type": license_type, "state": state}
            return rows.page(connection, wanted, older_than, max(1, min(limit, MAX_PAGE)))

    def history(self, identifier: str) -> tuple[Happening, ...]:
        """Return what the audit trail tells of one licence, oldest first."""
        with read_session(self._engine) as connection:
            return history(connection, identifier)

    def suspend(self, identifier: str, *, reason: str, by: str, now: datetime) -> LicenseRecord:
        """Put the licence out of force for a while."""
        values = {"suspended_at": now, "suspended_reason": reason}
        return self._step(identifier, Step.SUSPEND, values, by, now)

    def resume(self, identifier: str, *, by: str, now: datetime) -> LicenseRecord:
        """Put a suspended licence back in force."""
        values = {"suspended_at": None, "suspended_reason": None}
        return self._step(identifier, Step.RESUME, values, by, now)

    def revoke(self, identifier: str, *, reason: str, by: str, now: datetime) -> LicenseRecord:
        """Put the licence out of force for good, from the legal day of `now` on."""
        values = {"revoked_at": now, "revoked_reason": reason}
        return self._step(identifier, Step.REVOKE, values, by, now)

    def replace(self, identifier: str, *, successor: str, by: str, now: datetime) -> LicenseRecord:
        """Put the licence out of force in favour of another, issued one of the same type."""
        values = {"revoked_at": now, "replaced_by": successor}
        return self._step(identifier, Step.REPLACE, values, by, now)

    def _step(
        self,
        identifier: str,
        step: Step,
        values: Mapping[str, object],
        by: str,
        now: datetime,
    ) -> LicenseRecord:
        with write_session(self._engine) as connection:
            record = rows.present(rows.of_identifier(connection, identifier))
            values = {**values, "state": after(record.state, step)}
            details = {}
            if step is Step.REPLACE:
                successor = rows.of_identifier(connection, str(values["replaced_by"]))
                details = {"successor": _fit(successor, record)}
            rows.change(connection, identifier, values)
            append(connection, Happening(_ACTION[step], identifier, by, now, details))
        return rows.changed(record, values)


_ACTION = {
    Step.SUSPEND: AuditAction.SUSPENDED,
    Step.RESUME: AuditAction.RESUMED,
    Step.REVOKE: AuditAction.REVOKED,
    Step.REPLACE: AuditAction.REPLACED,
}


def _fit(successor: LicenseRecord | None, record: LicenseRecord) -> str:
    successor = rows.present(successor)
    if (
        successor.state is not LicenseState.ISSUED
        or successor.license_type != record.license_type
        or successor.identifier == record.identifier
    ):
        raise IllegalTransition("only another issued licence of the same type can replace this one")
    return successor.identifier
