"""Clients: the systems that may ask for tokens, and how they prove who they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Row, bindparam, select

from licenses import client_locks as locks
from licenses import client_rows as rows
from licenses.audit import AuditAction, Happening, append
from licenses.client_secrets import (
    Cost,
    Stretch,
    StretchedSecret,
    fits,
    new_secret,
    scrypt,
    secret_id,
)
from licenses.database import read_session, write_session
from licenses.errors import ClientRefused
from licenses.models import CLIENT, CLIENT_SECRET
from licenses.roles import SCOPES
from licenses.seal_models import PERSON

__all__ = ["ClientRecord", "Clients", "SecretRecord"]

_ALL = select(CLIENT).where(CLIENT.c.name.not_in(select(PERSON.c.name))).order_by(CLIENT.c.name)
_SECRETS = (
    select(CLIENT_SECRET)
    .where(CLIENT_SECRET.c.client == bindparam("wanted"))
    .order_by(CLIENT_SECRET.c.created_at)
)
_SECRET = select(CLIENT_SECRET).where(
    CLIENT_SECRET.c.client == bindparam("wanted"), CLIENT_SECRET.c.id == bindparam("secret")
)


@dataclass(frozen=True, slots=True)
class SecretRecord:
    """One secret by its public part, for lists; `expires_at` None is until the next rotation."""

    id: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """One client; its scopes are the API's words, a person's are those of the role."""

    name: str
    scopes: frozenset[str]
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    secrets: tuple[SecretRecord, ...]


class Clients:
    """The verbs, over one database."""

    def __init__(self, engine: Engine, stretch: Stretch = scrypt) -> None:
        """`stretch` turns a secret into what is kept of it."""
        self._engine = engine
        self._stretch = stretch

    def add(self, name: str, scopes: frozenset[str], *, by: str, now: datetime) -> str:
        """Register a client and return its secret, which nobody can ever show again.

        Raises `InvalidClientName` and `ClientExists`.
        """
        text, kept = new_secret(self._stretch)
        with write_session(self._engine) as connection:
            rows.add(connection, name, scopes, kept, now)
            details = {"scopes": " ".join(sorted(scopes)), "secret": kept.id}
            append(connection, Happening(AuditAction.CLIENT_ADDED, name, by, now, details))
        return text

    def rotate(self, name: str, *, overlap: timedelta, by: str, now: datetime) -> str:
        """Return a new secret; older ones stay good for `overlap` (zero: a leak, out at once).

        Raises `UnknownClient`.
        """
        text, kept = new_secret(self._stretch)
        with write_session(self._engine) as connection:
            rows.require_client(connection, name)
            rows.replace_secrets(connection, name, kept, now=now, old_until=now + overlap)
            details = {"secret": kept.id, "old_until": (now + overlap).isoformat()}
            append(connection, Happening(AuditAction.CLIENT_ROTATED, name, by, now, details))
        return text

    def disable(self, name: str, *, by: str, now: datetime) -> None:
        """Refuse the client from now on; tokens it holds live out their minutes.

        Raises `UnknownClient`.
        """
        with write_session(self._engine) as connection:
            rows.require_client(connection, name)
            rows.disable(connection, name, now)
            append(connection, Happening(AuditAction.CLIENT_DISABLED, name, by, now, {}))

    def unlock(self, name: str, *, by: str, now: datetime) -> None:
        """Forget the wrong secrets sent under the client's name; raises `UnknownClient`."""
        with write_session(self._engine) as connection:
            rows.require_client(connection, name)
            locks.forget_failures(connection, name)
            append(connection, Happening(AuditAction.CLIENT_UNLOCKED, name, by, now, {}))

    def find(self, name: str) -> ClientRecord:
        """Return one client; raises `UnknownClient`."""
        with read_session(self._engine) as connection:
            return _record(connection, rows.find(connection, name))

    def all(self) -> tuple[ClientRecord, ...]:
        """Return every client by name, disabled ones too; people are listed among people."""
        with read_session(self._engine) as connection:
            return tuple(_record(connection, row) for row in connection.execute(_ALL).all())

    def authenticate(self, name: str, secret: str, *, now: datetime) -> ClientRecord:
        """Return the client whose secret this is.

        Raises `ClientRefused` for an unknown name, a wrong or expired secret and a disabled
        client alike, after the same work in each case, and `ClientLocked` after repeated
        failures with the public part of a secret in force.
        """
        with read_session(self._engine) as connection:
            kept = _candidate(connection, name, secret, now)
            has_failures = kept is not None and locks.refuse_locked(connection, name, now)
        if not fits(secret, kept, self._stretch):
            if kept is not None:
                with write_session(self._engine, durable=False) as connection:
                    locks.note_failure(connection, name, now)
            raise ClientRefused("the client or its secret is not accepted")
        if has_failures:
            with write_session(self._engine, durable=False) as connection:
                locks.forget_failures(connection, name)
        return self.find(name)


def _candidate(
    connection: Connection, name: str, secret: str, now: datetime
) -> StretchedSecret | None:
    """Find the one secret meant by its public part: one comparison, however many there are."""
    if not rows.is_name(name):
        return None
    row = rows.look(connection, name)
    wanted = {"wanted": name, "secret": secret_id(secret) or ""}
    kept = connection.execute(_SECRET, wanted).one_or_none()
    if row is None or row.disabled_at is not None or kept is None:
        return None
    if kept.expires_at is not None and kept.expires_at <= now:
        return None
    cost = Cost(kept.cost_n, kept.cost_r, kept.cost_p)
    return StretchedSecret(kept.id, kept.salt, kept.hash, cost)


def _record(connection: Connection, row: Row[tuple[object, ...]]) -> ClientRecord:
    found = connection.execute(_SECRETS, {"wanted": row.name})
    role = rows.role_of(connection, row.name)
    return ClientRecord(
        name=row.name,
        scopes=frozenset(row.scopes.split()) if role is None else SCOPES[role],
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        locked_until=locks.locked_until(connection, row.name),
        secrets=tuple(SecretRecord(s.id, s.created_at, s.expires_at) for s in found),
    )
