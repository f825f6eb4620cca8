"""The life of a seal: its states, the steps between them, and the register of seals."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from licenses.audit import AuditAction, Happening, append
from licenses.database import read_session, write_session
from licenses.errors import IllegalTransition, SealExists, UnknownSeal
from licenses.people import active
from licenses.roles import Right, require_right
from licenses.seal_models import SEAL

__all__ = ["STEPS", "SealRecord", "SealState", "SealStep", "Seals", "find", "require", "step"]


class SealState(StrEnum):
    """What the register of seals stores; only an ACTIVE seal may be used."""

    REGISTERED = "REGISTERED"
    MADE = "MADE"
    IMPORTED = "IMPORTED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    RENEWED = "RENEWED"
    DESTROYED = "DESTROYED"


class SealStep(StrEnum):
    """Everything that can happen to a registered seal."""

    MAKE = "make"
    IMPORT = "import"
    GRANT = "grant"
    SUSPEND = "suspend"
    RESUME = "resume"
    RENEW = "renew"
    DESTROY = "destroy"


_BEFORE_DESTROYED = frozenset(SealState) - {SealState.DESTROYED}

STEPS: dict[tuple[SealState, SealStep], SealState] = {
    (SealState.REGISTERED, SealStep.MAKE): SealState.MADE,
    (SealState.REGISTERED, SealStep.IMPORT): SealState.IMPORTED,
    (SealState.MADE, SealStep.GRANT): SealState.ACTIVE,
    (SealState.IMPORTED, SealStep.GRANT): SealState.ACTIVE,
    (SealState.ACTIVE, SealStep.GRANT): SealState.ACTIVE,
    (SealState.ACTIVE, SealStep.SUSPEND): SealState.SUSPENDED,
    (SealState.SUSPENDED, SealStep.RESUME): SealState.ACTIVE,
    (SealState.ACTIVE, SealStep.RENEW): SealState.RENEWED,
    (SealState.SUSPENDED, SealStep.RENEW): SealState.RENEWED,
    **{(state, SealStep.DESTROY): SealState.DESTROYED for state in _BEFORE_DESTROYED},
}

_ALL = select(SEAL).order_by(SEAL.c.alias)
_FIND = select(SEAL).where(SEAL.c.alias == bindparam("wanted"))
_CHANGE = update(SEAL).where(SEAL.c.alias == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class SealRecord:
    """A seal as the register holds it; `esl_sm3` (hex) is of its file, once there is one."""

    alias: str
    name: str
    state: SealState
    registered_at: datetime
    esl_sm3: str | None
    reason: str | None
    renewed_by: str | None


class Seals:
    """What one person may do to seals, over one database; the rest are proposals."""

    def __init__(self, engine: Engine) -> None:
        """`engine` comes from `licenses.database.open_database`."""
        self._engine = engine

    def register(self, alias: str, name: str, *, by: str, now: datetime) -> SealRecord:
        """Announce a seal, before there is one; raises `ActNotAllowed` and `SealExists`."""
        with write_session(self._engine) as connection:
            require_right(active(connection, by).role, Right.REGISTER)
            if connection.execute(_FIND, {"wanted": alias}).one_or_none() is not None:
                raise SealExists(f"a seal '{alias}' is registered already")
            values = {"alias": alias, "name": name, "state": SealState.REGISTERED.value}
            connection.execute(insert(SEAL), {**values, "registered_at": now})
            append(
                connection,
                Happening(AuditAction.SEAL_REGISTERED, subject(alias), by, now, {"name": name}),
            )
            return find(connection, alias)

    def suspend(self, alias: str, *, reason: str, by: str, now: datetime) -> SealRecord:
        """Take a seal out of use at once: one person stops, two resume."""
        with write_session(self._engine) as connection:
            require_right(active(connection, by).role, Right.STOP)
            return step(connection, alias, SealStep.SUSPEND, by=by, now=now, reason=reason)

    def find(self, alias: str) -> SealRecord:
        """Return one seal; raises `UnknownSeal`."""
        with read_session(self._engine) as connection:
            return find(connection, alias)

    def all(self) -> tuple[SealRecord, ...]:
        """Return every seal by alias."""
        with read_session(self._engine) as connection:
            return tuple(_record(row) for row in connection.execute(_ALL))


def subject(alias: str) -> str:
    """Return how the audit trail names a seal."""
    return f"seal:{alias}"


def find(connection: Connection, alias: str) -> SealRecord:
    """Return one seal; raises `UnknownSeal`."""
    row = connection.execute(_FIND, {"wanted": alias}).one_or_none()
    if row is None:
        raise UnknownSeal(f"no seal '{alias}' is registered: qianyin seal register")
    return _record(row)


def require(connection: Connection, alias: str, wanted: SealStep) -> SealState:
    """Return the state the step leads to; raises `UnknownSeal` and `IllegalTransition`."""
    state = find(connection, alias).state
    try:
        return STEPS[state, wanted]
    except KeyError as e:
        raise IllegalTransition(f"a seal that is {state} cannot {wanted}") from e


def step(
    connection: Connection,
    alias: str,
    wanted: SealStep,
    *,
    by: str,
    now: datetime,
    **values: str | None,
) -> SealRecord:
    """Take one step within the caller's transaction; `values` are columns that change with it."""
    state = require(connection, alias, wanted)
    connection.execute(_CHANGE, {"wanted": alias, "state": state.value, **values})
    details = {"step": wanted.value, "state": state.value}
    if values.get("esl_sm3"):
        details["esl_sm3"] = str(values["esl_sm3"])
    append(connection, Happening(AuditAction.SEAL_STEPPED, subject(alias), by, now, details))
    return find(connection, alias)


def _record(row: object) -> SealRecord:
    named = dict(row._mapping)  # type: ignore[attr-defined]
    return SealRecord(**{**named, "state": SealState(named["state"])})
