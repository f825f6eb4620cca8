"""Whether a key may be used for one licence: asked inside the transaction that writes the intent.

Writers take turns, so what is counted here is exact whoever races for the last use. A licence
that was intended with this key before was counted then, and is not counted again.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from licenses.errors import KeyUseRefused
from licenses.key_life import MAY_SIGN, KeyState
from licenses.key_tables import SIGNING_KEY
from licenses.prepared import Prepared

__all__ = ["KeyUse", "require_use"]

_STATE = Prepared(select(SIGNING_KEY.c.state).where(SIGNING_KEY.c.sm3 == bindparam("wanted")))


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One licence about to be signed by the key of this SM3."""

    key_sm3: str
    identifier: str
    license_type: str
    at: datetime


def require_use(connection: Connection, use: KeyUse) -> None:
    """Raise `KeyUseRefused` unless the key's state allows this use."""
    found = _STATE.rows(connection, {"wanted": use.key_sm3})
    if not found:
        return
    state = KeyState(found[0][0])
    if state not in MAY_SIGN:
        raise KeyUseRefused(f"the key is {state}", reason=f"state-{state.lower()}")
