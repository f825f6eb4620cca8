"""The verbs that issue: reserve, intend, complete. Each is one short write.

A licence is reserved (number and identifier taken), a key's use is intended (written down before
the key is touched), and the sealed file completes it. No transaction is open while a device
works, and each verb may be repeated after a crash. Several at once may share a transaction
(`Register.together`).
"""

import secrets
from datetime import datetime

from sqlalchemy import Connection

from licenses import license_rows as rows
from licenses import seals
from licenses.audit import AuditAction, Happening, append
from licenses.database import Database, write_session
from licenses.errors import IdempotencyConflict, IllegalTransition
from licenses.grant_records import Asked
from licenses.key_gate import KeyUse, require_use
from licenses.lifecycle import LicenseState, Step, after
from licenses.records import LicenseRecord, Reservation, Reserved, UsedKey, UsedSeal
from licenses.seal_uses import counted_use, refusals_told, require_foreseen

__all__ = ["IssuingVerbs", "same_request"]

# Random bytes in the access code a QR code carries: 128 bits, as for a session's name.
ACCESS_CODE_BYTES = 16


class IssuingVerbs:
    """The writes of one licence's issuing, over a database or a transaction that several share."""

    def __init__(self, database: Database) -> None:
        """`database` comes from `licenses.database`."""
        self._database = database

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
            refusals_told(self._database, asked, using.key),
            write_session(self._database, durable=False) as connection,
        ):
            known = rows.of_request(connection, client, idempotency_key)
            if known is not None:
                return Reserved(same_request(known, request_digest), created=False)
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
        with counted_use(self._database, asked, digest=digest, key=key) as connection:
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
        with write_session(self._database) as connection:
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
        with write_session(self._database) as connection:
            append(
                connection,
                Happening(AuditAction.FAILED, record.identifier, by, now, {"cause": cause}),
            )


def same_request(known: LicenseRecord, request_digest: str) -> LicenseRecord:
    """Return what the request was answered with; raises `IdempotencyConflict` for another one."""
    if known.request_digest != request_digest:
        raise IdempotencyConflict("this Idempotency-Key was used before with a different request")
    return known


def _winner(connection: Connection, identifier: str) -> LicenseRecord:
    record = rows.present(rows.of_identifier(connection, identifier))
    if record.state is LicenseState.RESERVED:
        raise IllegalTransition("no intent was written down before the key was used")
    return record
