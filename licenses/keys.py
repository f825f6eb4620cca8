"""What the register knows of keys: where each stands, and which licences one has sealed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, insert, or_, select, update

from licenses.audit import AuditAction, Happening, append
from licenses.database import read_session, write_session
from licenses.errors import IllegalKeyStep
from licenses.key_life import KeyState, KeyStep, state_after
from licenses.key_policies import KeyPolicy
from licenses.key_tables import SIGNING_KEY
from licenses.license_rows import COLUMNS, record_of_row
from licenses.lifecycle import LicenseState, legal_day
from licenses.models import AUDIT_ENTRY, LICENSE
from licenses.records import LicenseRecord

__all__ = ["Affected", "KeyName", "KeyRecord", "Keys"]

_FIND = select(SIGNING_KEY).where(SIGNING_KEY.c.sm3 == bindparam("wanted"))
_CHANGE = update(SIGNING_KEY).where(SIGNING_KEY.c.sm3 == bindparam("wanted"))
_BATCH = 1_000  # licences held in memory at a time


@dataclass(frozen=True, slots=True)
class KeyName:
    """A key by what never changes, and by what it is called at the moment."""

    sm3: str
    alias: str
    uri: str
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as recorded; moments are aware UTC."""

    sm3: str
    alias: str
    uri: str
    state: KeyState
    changed_at: datetime
    not_after: datetime | None
    distrusted_from: datetime | None


@dataclass(frozen=True, slots=True)
class Affected:
    """A licence a distrusted key sealed; `is_failing`: sealed since, else without proof."""

    record: LicenseRecord
    is_failing: bool

    def can_be_issued_again(self, now: datetime) -> bool:
        """Say whether it is in force: one suspended or over has nothing to be renewed."""
        until = self.record.valid_until
        is_over = until is not None and until < legal_day(now)
        return self.record.state is LicenseState.ISSUED and not is_over


class Keys:
    """The verbs, over one database; safe to share between threads, not across fork()."""

    def __init__(self, engine: Engine) -> None:
        """`engine` comes from `licenses.database.open_database`."""
        self._engine = engine

    def find(self, sm3: str) -> KeyRecord | None:
        """Return a key, None where it was never recorded."""
        with read_session(self._engine) as connection:
            return _find(connection, sm3)

    def all(self) -> tuple[KeyRecord, ...]:
        """Return every key recorded, by alias and age."""
        query = select(SIGNING_KEY).order_by(SIGNING_KEY.c.alias, SIGNING_KEY.c.changed_at)
        with read_session(self._engine) as connection:
            return tuple(_record(row._mapping) for row in connection.execute(query))

    def step(self, name: KeyName, step: KeyStep, *, by: str, now: datetime) -> KeyState:
        """Take one step of a key's life, in the audit trail too; raises `IllegalKeyStep`."""
        with write_session(self._engine) as connection:
            return _step(connection, name, step, by, now)

    def roll_over(self, old: KeyName, new: KeyName, *, by: str, now: datetime) -> None:
        """Put `new` in the place of `old`, both at once; an unrecorded old key is recorded."""
        if old.sm3 == new.sm3:
            raise IllegalKeyStep("a key cannot take its own place")
        with write_session(self._engine) as connection:
            if _find(connection, old.sm3) is None:
                _step(connection, old, KeyStep.ACTIVATE, by, now)
            _step(connection, old, KeyStep.ROLL_OVER, by, now)
            _step(connection, new, KeyStep.ACTIVATE, by, now)

    def set_policy(self, name: KeyName, policy: KeyPolicy, *, by: str, now: datetime) -> None:
        """Replace a key's rules; what was counted stays counted. An unrecorded key is recorded."""
        with write_session(self._engine) as connection:
            if _find(connection, name.sm3) is None:
                _step(connection, name, KeyStep.ACTIVATE, by, now)
            row = policy.to_row()
            connection.execute(_CHANGE, {"wanted": name.sm3, "policy": row})
            details = {"alias": name.alias, "policy": json.dumps(row, sort_keys=True)}
            append(connection, Happening(AuditAction.KEY_POLICY_SET, name.sm3, by, now, details))

    def distrust(self, name: KeyName, *, since: datetime, by: str, now: datetime) -> datetime:
        """Let the key sign nothing more; return from when on it counts: the earliest ever said."""
        with write_session(self._engine) as connection:
            known = _find(connection, name.sm3)
            before = known.distrusted_from if known else None
            earliest = since if before is None else min(since, before)
            if before == earliest:
                return earliest
            _step(connection, name, KeyStep.DISTRUST, by, now, since=earliest)
            connection.execute(_CHANGE, {"wanted": name.sm3, "distrusted_from": earliest})
        return earliest

    def affected(self, name: KeyName, since: datetime) -> tuple[Affected, ...]:
        """Return every licence the key sealed, oldest first: none can prove when it was sealed."""
        with read_session(self._engine) as connection:
            return tuple(
                Affected(one, one.sealed_at is None or one.sealed_at >= since)
                for one in _sealed_by(connection, name)
            )


def _sealed_by(connection: Connection, name: KeyName) -> Iterator[LicenseRecord]:
    # The details are JSON: the key's SM3 stands there, or (in older lines) its URI alone.
    said = or_(
        AUDIT_ENTRY.c.details.contains(f'"key_sm3":"{name.sm3}"', autoescape=True),
        AUDIT_ENTRY.c.details.contains(f'"key":"{name.uri}"', autoescape=True),
    )
    intended = select(AUDIT_ENTRY.c.subject).where(
        AUDIT_ENTRY.c.action == AuditAction.INTENDED.value, said
    )
    query = (
        select(*COLUMNS)
        .where(LICENSE.c.state != LicenseState.RESERVED.value, LICENSE.c.identifier.in_(intended))
        .order_by(LICENSE.c.id)
    )
    for row in connection.execution_options(yield_per=_BATCH).execute(query):
        yield record_of_row(tuple(row))


def _find(connection: Connection, sm3: str) -> KeyRecord | None:
    row = connection.execute(_FIND, {"wanted": sm3}).one_or_none()
    return None if row is None else _record(row._mapping)


def _record(row: object) -> KeyRecord:
    values = {name: row[name] for name in KeyRecord.__slots__}  # type: ignore[index]
    return KeyRecord(**{**values, "state": KeyState(values["state"])})


def _step(
    connection: Connection,
    name: KeyName,
    step: KeyStep,
    by: str,
    now: datetime,
    since: datetime | None = None,
) -> KeyState:
    known = _find(connection, name.sm3)
    state = state_after(known.state if known else None, step)
    values = {"alias": name.alias, "uri": name.uri, "state": state.value, "changed_at": now}
    if name.not_after is not None:
        values["not_after"] = name.not_after
    if known is None:
        connection.execute(insert(SIGNING_KEY), {"sm3": name.sm3, **values})
    else:
        connection.execute(_CHANGE, {"wanted": name.sm3, **values})
    details = {"alias": name.alias, "key": name.uri}
    if since is not None:
        details["from"] = since.isoformat()
    append(connection, Happening(AuditAction(step.value), name.sm3, by, now, details))
    return state
