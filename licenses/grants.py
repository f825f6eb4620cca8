"""Grants in the register: given, carried over, withdrawn, and one more use counted."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, func, insert, select, update

from licenses import seals
from licenses.audit import AuditAction, Happening, append
from licenses.database import read_session, write_session
from licenses.errors import (
    GrantNotInForce,
    GrantUsedUp,
    NotGranted,
    SealNotActive,
    TypeNotGranted,
    UseRefused,
)
from licenses.grant_records import Asked, Grant, NewGrant
from licenses.people import active
from licenses.prepared import Prepared
from licenses.roles import Right, require_right
from licenses.seal_models import SEAL, SEAL_GRANT, SEAL_USE
from licenses.seals import SealState, SealStep

__all__ = [
    "Grants",
    "give",
    "note_use",
    "require_one",
    "take",
]

_COLUMNS = tuple(SEAL_GRANT.c)
_OF_SEAL = select(*_COLUMNS).where(SEAL_GRANT.c.seal == bindparam("of_seal"))
_NEXT = select(func.coalesce(func.max(SEAL_GRANT.c.id), 0) + 1)
_WITHDRAW = (
    update(SEAL_GRANT)
    .where(SEAL_GRANT.c.id == bindparam("wanted"), SEAL_GRANT.c.withdrawn_at.is_(None))
    .values(withdrawn_at=bindparam("now"))
)
_CARRY = update(SEAL_GRANT).where(SEAL_GRANT.c.seal == bindparam("old"))
_LOOK = Prepared(
    select(SEAL.c.state, SEAL.c.renewed_by, *_COLUMNS)
    .select_from(
        SEAL.outerjoin(
            SEAL_GRANT,
            and_(SEAL_GRANT.c.seal == SEAL.c.alias, SEAL_GRANT.c.client == bindparam("asking")),
        )
    )
    .where(SEAL.c.alias == bindparam("of_seal"))
)
_BEFORE = Prepared(select(SEAL_USE.c.grant_id).where(SEAL_USE.c.subject == bindparam("of_subject")))
_COUNT = Prepared(update(SEAL_GRANT).where(SEAL_GRANT.c.id == bindparam("wanted")))
_NOTE = Prepared(insert(SEAL_USE))


class Grants:
    """What one person may see and stop, over one database; giving is a proposal."""

    def __init__(self, engine: Engine) -> None:
        """`engine` comes from `licenses.database.open_database`."""
        self._engine = engine

    def of_seal(self, alias: str) -> tuple[Grant, ...]:
        """Return a seal's grants, oldest first; raises `UnknownSeal`."""
        with read_session(self._engine) as connection:
            seals.find(connection, alias)
            found = connection.execute(_OF_SEAL, {"of_seal": alias})
            return tuple(sorted((_grant(row) for row in found), key=lambda one: one.id))

    def withdraw(self, seal: str, grant: int, *, by: str, now: datetime) -> None:
        """End a grant at once, alone; raises `ActNotAllowed`, and `NotGranted` for none such."""
        with write_session(self._engine) as connection:
            require_right(active(connection, by).role, Right.STOP)
            of_seal = _WITHDRAW.where(SEAL_GRANT.c.seal == seal)
            if connection.execute(of_seal, {"wanted": grant, "now": now}).rowcount != 1:
                raise NotGranted(f"the seal '{seal}' has no grant {grant} in force")
            details = {"grant": str(grant)}
            line = Happening(AuditAction.GRANT_WITHDRAWN, seals.subject(seal), by, now, details)
            append(connection, line)


def give(connection: Connection, new: NewGrant, *, proposal: int, by: str, now: datetime) -> int:
    """Give a grant within the caller's transaction, and make the seal active; return its id."""
    seals.step(connection, new.seal, SealStep.GRANT, by=by, now=now)
    number = int(connection.execute(_NEXT).scalar_one())
    values = {name: getattr(new, name) for name in NewGrant.__dataclass_fields__}
    values |= {"license_types": " ".join(new.license_types), "proposal": proposal}
    counts = {"used": 0, "used_that_day": 0}
    connection.execute(insert(SEAL_GRANT), {"id": number, **values, **counts})
    details = {"grant": str(number), "client": new.client, "proposal": str(proposal)}
    append(
        connection,
        Happening(AuditAction.GRANT_GIVEN, seals.subject(new.seal), by, now, details),
    )
    return number


def carry_over(connection: Connection, *, old: str, new: str) -> None:
    """Let a renewed seal's grants be the new seal's, with what was used of them."""
    connection.execute(_CARRY, {"old": old, "seal": new})


def require_one(connection: Connection, asked: Asked) -> None:
    """Raise what `take` would raise now; counts nothing."""
    _chosen(_candidates(connection, asked), asked, before=frozenset())


def take(connection: Connection, asked: Asked) -> int:
    """Return the grant that allows what is asked, one use of it counted; in a `write_session`.

    What was counted before under a grant still in force is not counted again. Raises a kind of
    `UseRefused`: the reason of the grant that came nearest.
    """
    grants = _candidates(connection, asked)
    used = _BEFORE.rows(connection, {"of_subject": asked.subject})
    before = frozenset(row[0] for row in used)
    grant = _chosen(grants, asked, before)
    if grant.id not in before:
        _write_count(connection, grant.counted(asked.at))
    return grant.id


def _chosen(grants: Iterable[Grant], asked: Asked, before: frozenset[int]) -> Grant:
    """Return the oldest grant that allows it, before all others one that was counted `before`."""
    refusals: list[UseRefused] = []
    for grant in sorted(grants, key=lambda one: (one.id not in before, one.id)):
        try:
            grant.require(asked)
            if grant.id not in before:
                grant.require_left(asked.at)
        except UseRefused as refusal:
            refusals.append(refusal)
        else:
            return grant
    raise max(refusals, key=lambda one: _NEARNESS.index(type(one)))


_NEARNESS = (TypeNotGranted, GrantNotInForce, GrantUsedUp)


def note_use(connection: Connection, line: int, asked: Asked, grant: int) -> None:
    """Note the use told in the audit trail's `line`, for the lists."""
    values = {"id": line, "seal": asked.seal, "grant_id": grant, "subject": asked.subject}
    _NOTE.run(connection, values)


def _candidates(connection: Connection, asked: Asked) -> list[Grant]:
    found = _LOOK.rows(connection, {"asking": asked.client, "of_seal": asked.seal})
    if not found:
        raise SealNotActive(
            f"the seal '{asked.seal}' is not registered: qianyin seal register, then propose its"
            " import (docs/operations.md)"
        )
    state, renewed_by = found[0][:2]
    if state != SealState.ACTIVE:
        by = f" by '{renewed_by}'" if renewed_by else ""
        raise SealNotActive(f"the seal '{asked.seal}' is {state}{by}, not ACTIVE")
    grants = [_grant_of(row[2:]) for row in found if row[2] is not None]
    if not grants:
        raise NotGranted(f"the use of the seal '{asked.seal}' is not granted to {asked.client}")
    return grants


def _write_count(connection: Connection, grant: Grant) -> None:
    counts = {name: getattr(grant, name) for name in ("used", "used_on", "used_that_day")}
    _COUNT.run(connection, {"wanted": grant.id, **counts})


_NAMES = tuple(column.name for column in _COLUMNS)


def _grant(row: Iterable[Any]) -> Grant:
    return _grant_of(tuple(row))


def _grant_of(values: tuple[Any, ...]) -> Grant:
    named = dict(zip(_NAMES, values, strict=True))
    return Grant(**{**named, "license_types": tuple(named["license_types"].split())})
