"""The lock-out: wrong secrets under a name make the name wait, longer each time.

Counted is only what has the public part of a secret that is in force: names are easily guessed,
and who knows no more than a name must not be able to lock its owner out.
"""

import math
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from keystore import sm3
from licenses.errors import ClientLocked
from licenses.models import CLIENT_FAILURE

FAILURES_BEFORE_LOCK = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(hours=1)
# A name that was left alone for so long begins anew.
FORGOTTEN_AFTER = timedelta(days=1)

_HERE = CLIENT_FAILURE.c.name_sm3 == bindparam("wanted")
_FIND = select(CLIENT_FAILURE).where(_HERE)
_ADD = insert(CLIENT_FAILURE)
_CHANGE = update(CLIENT_FAILURE).where(_HERE)
_FORGET = delete(CLIENT_FAILURE).where(_HERE)
_FORGET_OLD = delete(CLIENT_FAILURE).where(CLIENT_FAILURE.c.last_at < bindparam("before"))


def locked_until(connection: Connection, name: str) -> datetime | None:
    """Return when the name's last lock ends or ended."""
    row = connection.execute(_FIND, {"wanted": _digest(name)}).one_or_none()
    moment: datetime | None = None if row is None else row.locked_until
    return moment


def refuse_locked(connection: Connection, name: str, now: datetime) -> bool:
    """Say whether failures are noted under the name; raises `ClientLocked` while it is locked."""
    row = connection.execute(_FIND, {"wanted": _digest(name)}).one_or_none()
    if row is not None and row.locked_until is not None and row.locked_until > now:
        raise ClientLocked(
            "too many wrong secrets; try again later",
            math.ceil((row.locked_until - now).total_seconds()),
        )
    return row is not None


def note_failure(connection: Connection, name: str, now: datetime) -> None:
    """Count one wrong secret, and lock the name from the fifth on."""
    connection.execute(_FORGET_OLD, {"before": now - FORGOTTEN_AFTER})
    digest = _digest(name)
    row = connection.execute(_FIND, {"wanted": digest}).one_or_none()
    failures = 1 if row is None else row.failures + 1
    values = {"failures": failures, "last_at": now, "locked_until": _lock(failures, now)}
    if row is None:
        connection.execute(_ADD, {"name_sm3": digest, **values})
    else:
        connection.execute(_CHANGE, {"wanted": digest, **values})


def forget_failures(connection: Connection, name: str) -> None:
    """Begin anew: the right secret came, or an operator said so."""
    connection.execute(_FORGET, {"wanted": _digest(name)})


def _lock(failures: int, now: datetime) -> datetime | None:
    beyond = failures - FAILURES_BEFORE_LOCK
    if beyond < 0:
        return None
    doublings = min(beyond, 20)  # an hour is reached long before; keeps the number small
    return now + min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def _digest(name: str) -> str:
    return sm3(name.encode("utf-8", "backslashreplace")).hex()
