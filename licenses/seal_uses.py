"""Uses of seals: allowed, counted and written down in one transaction; and listed, one a line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, select

from keystore.errors import KeystoreError
from licenses import seals
from licenses.audit import AuditAction, Happening, append, happening_of
from licenses.database import Database, read_session, write_session
from licenses.errors import KeyUseRefused, UseRefused
from licenses.grant_records import Asked
from licenses.grants import note_use, require_one, take
from licenses.key_gate import KeyUse, require_license, require_use
from licenses.models import AUDIT_ENTRY
from licenses.records import UsedKey
from licenses.seal_models import SEAL_USE
from signing.errors import SigningError

__all__ = [
    "DOCUMENT",
    "MAX_USES",
    "SealUse",
    "SealUses",
    "UsePage",
    "counted_use",
    "document_use",
    "refusals_told",
    "require_foreseen",
]

DOCUMENT = "document"
"""In place of a licence type: a PDF somebody else made."""
# Uses a page may hold; whoever wants more asks again with `older_than`.
MAX_USES = 200
_ENDS = (AuditAction.COMPLETED, AuditAction.FAILED)
_USES = (
    select(SEAL_USE.c.grant_id, AUDIT_ENTRY)
    .join(AUDIT_ENTRY, AUDIT_ENTRY.c.id == SEAL_USE.c.id)
    .where(SEAL_USE.c.seal == bindparam("of_seal"))
    .order_by(SEAL_USE.c.id.desc())
)
_AFTER = (
    select(AUDIT_ENTRY)
    .where(
        AUDIT_ENTRY.c.subject.in_(bindparam("subjects", expanding=True)),
        AUDIT_ENTRY.c.action.in_([AuditAction.INTENDED.value, *(one.value for one in _ENDS)]),
    )
    .order_by(AUDIT_ENTRY.c.id)
)


@dataclass(frozen=True, slots=True)
class SealUse:
    """One use; `outcome` is empty where none is known, else `completed` or an error's name."""

    line: int
    """The audit trail's."""
    at: datetime
    client: str
    grant: int
    subject: str
    digest: str
    key: str
    outcome: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class UsePage:
    """Some uses, newest first; `older_than` asks for the next page, None at the end."""

    uses: tuple[SealUse, ...]
    older_than: int | None


@contextmanager
def refusals_told(database: Database, asked: Asked, key: UsedKey) -> Iterator[None]:
    """Give each refusal of the seal's or the key's use a line, after what it undid."""
    try:
        yield
    except UseRefused as refusal:
        told = {"seal": asked.seal, "cause": type(refusal).__name__}
        _tell(database, asked, AuditAction.USE_REFUSED, asked.subject, told)
        raise
    except KeyUseRefused as refusal:
        told = {"subject": asked.subject, "reason": refusal.reason}
        _tell(database, asked, AuditAction.KEY_REFUSED, key.sm3, told)
        raise


def require_foreseen(connection: Connection, asked: Asked, key: UsedKey) -> None:
    """Raise what seal, grants, or the key's state and policy have against the use by now.

    Nothing is counted: whoever passes may yet be refused by `counted_use`.
    """
    require_one(connection, asked)
    require_license(connection, key.sm3, asked.license_type, asked.at)


@contextmanager
def counted_use(
    database: Database, asked: Asked, *, digest: str, key: UsedKey
) -> Iterator[Connection]:
    """Open the transaction of one use: what the block requires, the count, the intent's line.

    Raises a kind of `UseRefused`, and `KeyUseRefused` where the block does; nothing else is kept
    then.
    """
    with refusals_told(database, asked, key), write_session(database) as connection:
        yield connection
        grant = take(connection, asked)
        told = {"digest": digest, "key": key.uri, "key_sm3": key.sm3}
        told |= {"seal": asked.seal, "grant": str(grant)}
        line = Happening(AuditAction.INTENDED, asked.subject, asked.client, asked.at, told)
        note_use(connection, append(connection, line).sequence, asked, grant)


@contextmanager
def document_use(engine: Engine, asked: Asked, *, digest: str, key: UsedKey) -> Iterator[None]:
    """Allow and count the use of a seal on a document that is no licence, then its outcome.

    Raises a kind of `UseRefused`, and `KeyUseRefused` where the key may not be used.
    """
    with counted_use(engine, asked, digest=digest, key=key) as connection:
        require_use(connection, KeyUse(key.sm3, asked.subject, asked.license_type, asked.at))
    try:
        yield
    except (KeystoreError, SigningError) as error:
        told = {"cause": type(error).__name__}
        _tell(engine, asked, AuditAction.FAILED, asked.subject, told)
        raise
    _tell(engine, asked, AuditAction.COMPLETED, asked.subject, {"seal": asked.seal})


def _tell(
    database: Database, asked: Asked, action: AuditAction, subject: str, details: Mapping[str, str]
) -> None:
    with write_session(database) as connection:
        append(connection, Happening(action, subject, asked.client, asked.at, details))


class SealUses:
    """The lists, over one database."""

    def __init__(self, engine: Engine) -> None:
        """`engine` comes from `licenses.database.open_database`."""
        self._engine = engine

    def page(
        self,
        seal: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        older_than: int | None = None,
        limit: int = MAX_USES,
    ) -> UsePage:
        """Return a seal's uses, newest first, at most `limit`; raises `UnknownSeal`."""
        limit = max(1, min(limit, MAX_USES))
        query = _USES.limit(limit + 1)
        if since is not None:
            query = query.where(AUDIT_ENTRY.c.at >= since)
        if until is not None:
            query = query.where(AUDIT_ENTRY.c.at < until)
        if older_than is not None:
            query = query.where(SEAL_USE.c.id < older_than)
        with read_session(self._engine) as connection:
            seals.find(connection, seal)
            found = connection.execute(query, {"of_seal": seal}).all()
            ends = _ends(connection, {row.subject for row in found})
        uses = tuple(_use(row, ends) for row in found[:limit])
        return UsePage(uses, found[limit - 1].id if len(found) > limit else None)

    def all(
        self, seal: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[SealUse]:
        """Give every use, newest first, a page at a time."""
        older_than: int | None = None
        while True:
            page = self.page(seal, since=since, until=until, older_than=older_than)
            yield from page.uses
            older_than = page.older_than
            if older_than is None:
                return


def _ends(connection: Connection, subjects: set[str]) -> dict[int, tuple[str, datetime]]:
    """Return what became of each intent of these subjects: its line → outcome and when."""
    open_line: dict[str, int] = {}
    ends: dict[int, tuple[str, datetime]] = {}
    for row in connection.execute(_AFTER, {"subjects": list(subjects)}):
        if row.action == AuditAction.INTENDED:
            open_line[row.subject] = row.id
        elif row.subject in open_line:
            told = happening_of(row)
            outcome = told.details.get("cause", "completed")
            ends[open_line.pop(row.subject)] = outcome, told.at
    return ends


def _use(row: object, ends: Mapping[int, tuple[str, datetime]]) -> SealUse:
    told = happening_of(row)  # type: ignore[arg-type]
    line = int(row.id)  # type: ignore[attr-defined]
    outcome, ended_at = ends.get(line, ("", None))
    return SealUse(
        line=line,
        at=told.at,
        client=told.actor,
        grant=int(row.grant_id),  # type: ignore[attr-defined]
        subject=told.subject,
        digest=told.details["digest"],
        key=told.details["key"],
        outcome=outcome,
        ended_at=ended_at,
    )
