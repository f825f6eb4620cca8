"""The register of licences: all their SQL, behind verbs.

A licence is reserved (number and identifier taken), a key's use is intended (written down before
the key is touched), and the sealed file completes it. Each verb is one short transaction, none
of them open while a device works, and each of them may be repeated after a crash.
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine

from licenses import license_rows as rows
from licenses import seals
from licenses.audit import AuditAction, Happening, append, history
from licenses.database import read_session, write_session
from licenses.errors import IdempotencyConflict, IllegalTransition, LicenseNotFound
from licenses.grant_records import Asked
from licenses.key_gate import KeyUse, require_use
from licenses.lifecycle import LicenseState, Step, after
from licenses.records import (
    Intent,
    LicenseRecord,
    Page,
    Reservation,
    Reserved,
    UsedKey,
    UsedSeal,
)
from licenses.seal_uses import counted_use, refusals_told, require_foreseen

__all__ = ["MAX_PAGE", "Register"]

# Licences a page may hold; whoever wants more asks again with `older_than`.
MAX_PAGE = 200
# Random bytes in the access code a QR code carries: 128 bits, as for a session's name.
ACCESS_CODE_BYTES = 16


class Register:
    """The verbs, over one database; safe to share between threads, not across fork()."""

    def __init__(self, engine: Engine) -> None:
        """`engine` comes from `licenses.database.open_database`."""
        self._engine = engine

    def find_request(
        self, client: str, idempotency_key: str, request_digest: str
    ) -> LicenseRecord | None:
        """Return the licence of a request seen before; raises `IdempotencyConflict` as `reserve`.

        Asked before the request is checked again: what was begun is completed by the rules of the
        day it was begun on.
        """
        with read_session(self._engine) as connection:
            known = rows.of_request(connection, client, idempotency_key)
        return _same_request(known, request_digest) if known is not None else None

    def reserve(
        self,
        reservation: Reservation,
        *,
        client: str,
        idempotency_key: str,
        request_digest: str,
        using: UsedSeal,
        now: datetime,
    ) -> Reserved:
        """Take a number and an identifier, or give back what the same request took before.

        `request_digest` is the SM3 of the request in hex. Raises `IdempotencyConflict` where the
        client used this key for another request, and `BadLicenseType` where the type's style
        gives a number or identifier twice; and for a new request what `intend` raises where
        seal, grant or key would refuse it by now: it takes no number. A power cut may undo it
        until the intent is written, which harms nobody: no key was touched and the same request
        takes the same number again.
        """
        asked = Asked(
            using.alias, client, reservation.license_type, seals.subject(using.alias), now
        )
        with (
            refusals_told(self._engine, asked, using.key),
            write_session(self._engine, durable=False) as connection,
        ):
            known = rows.of_request(connection, client, idempotency_key)
            if known is not None:
                return Reserved(_same_request(known, request_digest), created=False)
            require_foreseen(connection, asked, using.key)
            sequence = rows.next_sequence(connection, reservation)
            record = LicenseRecord(
                **rows.reserved_values(reservation, sequence),
                state=LicenseState.RESERVED,
                access_code=secrets.token_urlsafe(ACCESS_CODE_BYTES),
                client=client,
                idempotency_key=idempotency_key,
                request_digest=request_digest,
                created_at=now,
            )
            rows.add(connection, record)
        return Reserved(record, created=True)

    def intend(
        self, record: LicenseRecord, *, digest: str, key: UsedKey, seal: str, by: str, now: datetime
    ) -> None:
        """Write down that `key` is about to sign `digest` (hex); on the disk when this returns.

        Raises `IllegalTransition` where the licence is no longer reserved: another process
        completed it, and the key is best left alone; `KeyUseRefused` where the key's state or
        policy does not allow this use, and a kind of `UseRefused` where no grant allows this use
        of the seal, both in the audit trail. What is allowed is counted in the same transaction.
        """
        asked = Asked(seal, by, record.license_type, record.identifier, now)
        with counted_use(self._engine, asked, digest=digest, key=key) as connection:
            after(rows.state_of(connection, record.identifier), Step.COMPLETE)
            use = KeyUse(key.sm3, record.identifier, record.license_type, now)
            require_use(connection, use)

    def complete(
        self,
        record: LicenseRecord,
        *,
        file_sm3: str,
        sealed_at: datetime,
        seal: str,
        by: str,
        now: datetime,
    ) -> LicenseRecord:
        """Issue the licence with the stored file of this digest; returns what is in the register.

        The first to complete wins. Whoever comes second gets the winner's record, whose
        `file_sm3` is not theirs: they serve the stored file and drop their own. Raises
        `IllegalTransition` where no intent was written down before.
        """
        values = {
            "state": after(LicenseState.RESERVED, Step.COMPLETE),
            "file_sm3": file_sm3,
            "sealed_at": sealed_at,
            "seal": seal,
        }
        with write_session(self._engine) as connection:
            if not rows.complete(connection, record.identifier, values):
                return _winner(connection, record.identifier)
            details = {"file_sm3": file_sm3, "seal": seal}
            append(
                connection,
                Happening(AuditAction.COMPLETED, record.identifier, by, now, details),
            )
        return rows.changed(record, values)

    def failed(self, record: LicenseRecord, *, cause: str, by: str, now: datetime) -> None:
        """Write down that an intended use came to nothing; `cause` is an error's name, no text.

        The licence stays reserved, and the same request may try again.
        """
        with write_session(self._engine) as connection:
            append(
                connection,
                Happening(AuditAction.FAILED, record.identifier, by, now, {"cause": cause}),
            )

    def abandoned(self, *, before: datetime) -> tuple[Intent, ...]:
        """Return the intents older than `before` of which no outcome is known, for the start-up."""
        with read_session(self._engine) as connection:
            return tuple(intent for intent in rows.unfinished(connection) if intent.at < before)

    def find(self, identifier: str) -> LicenseRecord:
        """Return one licence; raises `LicenseNotFound`."""
        with read_session(self._engine) as connection:
            return _present(rows.of_identifier(connection, identifier))

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
            return _present(rows.of_file(connection, file_sm3))

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
            record = _present(rows.of_identifier(connection, identifier))
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


def _present(record: LicenseRecord | None) -> LicenseRecord:
    if record is None:
        raise LicenseNotFound("the register holds no such licence")
    return record


def _same_request(known: LicenseRecord, request_digest: str) -> LicenseRecord:
    if known.request_digest != request_digest:
        raise IdempotencyConflict("this Idempotency-Key was used before with a different request")
    return known


def _winner(connection: Connection, identifier: str) -> LicenseRecord:
    record = _present(rows.of_identifier(connection, identifier))
    if record.state is LicenseState.RESERVED:
        raise IllegalTransition("no intent was written down before the key was used")
    return record


def _fit(successor: LicenseRecord | None, record: LicenseRecord) -> str:
    successor = _present(successor)
    if (
        successor.state is not LicenseState.ISSUED
        or successor.license_type != record.license_type
        or successor.identifier == record.identifier
    ):
        raise IllegalTransition("only another issued licence of the same type can replace this one")
    return successor.identifier
