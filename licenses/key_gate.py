"""Whether a key may be used for one licence: asked inside the transaction that writes the intent.

Writers take turns, so what is counted here is exact whoever races for the last use. A licence
that was intended with this key before was counted then, and is not counted again.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from licenses.errors import KeyUseRefused
from licenses.key_life import MAY_SIGN, KeyState
from licenses.key_policies import KeyPolicy
from licenses.key_tables import KEY_COUNT, SIGNING_KEY
from licenses.lifecycle import legal_day
from licenses.models import AUDIT_ENTRY
from licenses.prepared import Prepared

__all__ = ["KeyUse", "require_license", "require_purpose", "require_use"]

IN_ALL = ""
"""The day under which a key's uses of all days are counted."""

_KEY = Prepared(
    select(SIGNING_KEY.c.state, SIGNING_KEY.c.policy).where(
        SIGNING_KEY.c.sm3 == bindparam("wanted")
    )
)
_INTENDED = Prepared(
    select(AUDIT_ENTRY.c.details).where(
        AUDIT_ENTRY.c.subject == bindparam("licence"),
        AUDIT_ENTRY.c.action == bindparam("intended"),
    )
)
_HERE = KEY_COUNT.c.sm3 == bindparam("of_key"), KEY_COUNT.c.day == bindparam("of_day")
_COUNT = Prepared(
    update(KEY_COUNT).where(*_HERE).values(used=KEY_COUNT.c.used + 1).returning(KEY_COUNT.c.used)
)
_BEGIN_COUNT = Prepared(insert(KEY_COUNT))


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One licence about to be signed by the key of this SM3."""

    key_sm3: str
    identifier: str
    license_type: str
    at: datetime


def require_use(connection: Connection, use: KeyUse) -> None:
    """Count the use; raise `KeyUseRefused` unless the key's state and policy allow it.

    A refusal must roll the caller's transaction back: what was counted is then not counted.
    """
    policy = require_license(connection, use.key_sm3, use.license_type, use.at)
    if policy is not None and not _was_counted(connection, use):
        _count(connection, use, policy)


def require_license(
    connection: Connection, key_sm3: str, license_type: str, at: datetime
) -> KeyPolicy | None:
    """Return the key's policy; raise `KeyUseRefused` where it signs no licence of this type now."""
    policy = require_purpose(connection, key_sm3, "license", at)
    if policy is not None and policy.license_types and license_type not in policy.license_types:
        raise _refused("license-type")
    return policy


def require_purpose(
    connection: Connection, key_sm3: str, purpose: str, at: datetime
) -> KeyPolicy | None:
    """Return the key's policy; raise `KeyUseRefused` where state, purpose or hour forbid."""
    found = _KEY.rows(connection, {"wanted": key_sm3})
    if not found:
        return None
    state, row = KeyState(found[0][0]), found[0][1]
    if state not in MAY_SIGN:
        raise KeyUseRefused(f"the key is {state}", reason=f"state-{state.lower()}")
    if row is None:
        return None
    policy = KeyPolicy.from_row(row)
    if purpose not in policy.purposes:
        raise _refused("purpose")
    if not policy.is_open(at):
        raise _refused("hours")
    return policy


def _refused(reason: str) -> KeyUseRefused:
    return KeyUseRefused(f"the key's policy does not allow this: {reason}", reason=reason)


def _was_counted(connection: Connection, use: KeyUse) -> bool:
    wanted = {"licence": use.identifier, "intended": "license.intended"}
    told: list[dict[str, Any]] = [json.loads(row[0]) for row in _INTENDED.rows(connection, wanted)]
    return any(one.get("key_sm3") == use.key_sm3 for one in told)


def _count(connection: Connection, use: KeyUse, policy: KeyPolicy) -> None:
    day = legal_day(use.at).isoformat()
    for label, limit, reason in (
        (day, policy.per_day, "used-up-today"),
        (IN_ALL, policy.in_all, "used-up"),
    ):
        counted = _COUNT.rows(connection, {"of_key": use.key_sm3, "of_day": label})
        if not counted:
            _BEGIN_COUNT.run(connection, {"sm3": use.key_sm3, "day": label, "used": 1})
        used = int(counted[0][0]) if counted else 1
        if limit is not None and used > limit:
            raise KeyUseRefused(f"the key's uses are used up: {limit}", reason=reason)
