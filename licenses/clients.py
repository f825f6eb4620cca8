"""Clients: the systems that may ask for tokens, and how they prove who they are."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Row, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from licenses import client_locks as locks
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
from licenses.errors import ClientExists, ClientRefused, InvalidClientName, UnknownClient
from licenses.models import CLIENT, CLIENT_SECRET

__all__ = ["ClientRecord", "Clients", "SecretRecord"]

_NAME = re.compile(r"[a-z][a-z0-9-]{1,63}")
_ALL = select(CLIENT).order_by(CLIENT.c.name)
_FIND = select(CLIENT).where(CLIENT.c.name == bindparam("wanted"))
_SECRETS = (
    select(CLIENT_SECRET)
    .where(CLIENT_SECRET.c.client == bindparam("wanted"))
    .order_by(CLIENT_SECRET.c.created_at)
)
_SECRET = select(CLIENT_SECRET).where(
    CLIENT_SECRET.c.client == bindparam("wanted"), CLIENT_SECRET.c.id == bindparam("secret")
)
_EXPIRE = (
    update(CLIENT_SECRET)
    .where(
        CLIENT_SECRET.c.client == bindparam("wanted"),
        or_(CLIENT_SECRET.c.expires_at.is_(None), CLIENT_SECRET.c.expires_at > bindparam("end")),
    )
    .values(expires_at=bindparam("end"))
)
_DISABLE = update(CLIENT).where(CLIENT.c.name == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class SecretRecord:
    """One secret by its public part, for lists; `expires_at` None is until the next rotation."""

    id: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """One client; its scopes are the API's words and mean nothing here."""

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
        if not _NAME.fullmatch(name):
            raise InvalidClientName("a name is 2 to 64 of a-z, 0-9 and -, a letter first")
        text, kept = new_secret(self._stretch)
        words = " ".join(sorted(scopes))
        with write_session(self._engine) as connection:
            try:
                row = {"name": name, "scopes": words, "created_at": now}
                connection.execute(insert(CLIENT), row)
            except IntegrityError as e:
                raise ClientExists(f"a client named {name} is registered already") from e
            _keep(connection, name, kept, now)
            details = {"scopes": words, "secret": kept.id}
            append(connection, Happening(AuditAction.CLIENT_ADDED, name, by, now, details))
        return text

    def rotate(self, name: str, *, overlap: timedelta, by: str, now: datetime) -> str:
        """Return a new secret; older ones stay good for `overlap` (zero: a leak, out at once).

        Raises `UnknownClient`.
        """
        text, kept = new_secret(self._stretch)
        with write_session(self._engine) as connection:
            _row(connection, name)
            connection.execute(_EXPIRE, {"wanted": name, "end": now + overlap})
            _keep(connection, name, kept, now)
            details = {"secret": kept.id, "old_until": (now + overlap).isoformat()}
            append(connection, Happening(AuditAction.CLIENT_ROTATED, name, by, now, details))
        return text

    def disable(self, name: str, *, by: str, now: datetime) -> None:
        """Refuse the client from now on; tokens it holds live out their minutes.

        Raises `UnknownClient`.
        """
        with write_session(self._engine) as connection:
            _row(connection, name)
            connection.execute(_DISABLE, {"wanted": name, "disabled_at": now})
            append(connection, Happening(AuditAction.CLIENT_DISABLED, name, by, now, {}))

    def unlock(self, name: str, *, by: str, now: datetime) -> None:
        """Forget the wrong secrets sent under the client's name; raises `UnknownClient`."""
        with write_session(self._engine) as connection:
            _row(connection, name)
            locks.forget_failures(connection, name)
            append(connection, Happening(AuditAction.CLIENT_UNLOCKED, name, by, now, {}))

    def find(self, name: str) -> ClientRecord:
        """Return one client; raises `UnknownClient`."""
        with read_session(self._engine) as connection:
            return _record(connection, _row(connection, name))

    def all(self) -> tuple[ClientRecord, ...]:
        """Return every client by name, disabled ones too."""
        with read_session(self._engine) as connection:
            return tuple(_record(connection, row) for row in connection.execute(_ALL).all())

    def authenticate(self, name: str, secret: str, *, now: datetime) -> ClientRecord:
        """Return the client whose secret this is.

        Raises `ClientRefused` for an unknown name, a wrong or expired secret and a disabled
        client alike, after the same work in each case, and `ClientLocked` after repeated
        failures, for names that exist and names that do not.
        """
        with read_session(self._engine) as connection:
            has_failures = locks.refuse_locked(connection, name, now)
            kept = _candidate(connection, name, secret, now)
        if not fits(secret, kept, self._stretch):
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
    if not _NAME.fullmatch(name):
        return None
    row = connection.execute(_FIND, {"wanted": name}).one_or_none()
    wanted = {"wanted": name, "secret": secret_id(secret) or ""}
    kept = connection.execute(_SECRET, wanted).one_or_none()
    if row is None or row.disabled_at is not None or kept is None:
        return None
    if kept.expires_at is not None and kept.expires_at <= now:
        return None
    cost = Cost(kept.cost_n, kept.cost_r, kept.cost_p)
    return StretchedSecret(kept.id, kept.salt, kept.hash, cost)


def _keep(connection: Connection, name: str, kept: StretchedSecret, now: datetime) -> None:
    values = {
        "id": kept.id,
        "client": name,
        "salt": kept.salt,
        "hash": kept.hash,
        "cost_n": kept.cost.n,
        "cost_r": kept.cost.r,
        "cost_p": kept.cost.p,
        "created_at": now,
    }
    connection.execute(insert(CLIENT_SECRET), values)


def _row(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    row = connection.execute(_FIND, {"wanted": name}).one_or_none()
    if row is None:
        raise UnknownClient(f"no client named {name} is registered")
    return row


def _record(connection: Connection, row: Row[tuple[object, ...]]) -> ClientRecord:
    found = connection.execute(_SECRETS, {"wanted": row.name})
    return ClientRecord(
        name=row.name,
        scopes=frozenset(row.scopes.split()),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        locked_until=locks.locked_until(connection, row.name),
        secrets=tuple(SecretRecord(s.id, s.created_at, s.expires_at) for s in found),
    )
