"""Whether the configured seal can be used now: what is in the way, and how to mend it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Engine

from api.endings import endings
from api.issuing_parts import open_keyring
from api.settings import Settings
from keystore import Keyring
from licenses.errors import UnknownSeal
from licenses.grants import Grants
from licenses.key_life import MAY_SIGN, KeyState
from licenses.keys import Keys
from licenses.seals import Seals, SealState
from verify import key_sm3

__all__ = ["obstacles"]

_MEND_SEAL: Mapping[SealState, str] = {
    SealState.REGISTERED: "qianyin seal propose make, or import",
    SealState.MADE: "qianyin seal propose grant",
    SealState.IMPORTED: "qianyin seal propose grant",
    SealState.SUSPENDED: "qianyin seal propose resume",
    SealState.RENEWED: "set QIANYIN_SEAL to the seal in its place, and restart",
    SealState.DESTROYED: "set QIANYIN_SEAL to another seal, and restart",
}
_ANOTHER_KEY = "qianyin key rollover, and a seal that lists the other"
_MEND_KEY: Mapping[KeyState, str] = {
    **dict.fromkeys(KeyState, _ANOTHER_KEY),
    KeyState.GENERATED: "qianyin key request",
    KeyState.REQUESTED: "qianyin key import",
    KeyState.CERTIFIED: "qianyin key activate",
}
_MEND_END = "a new certificate, and qianyin seal propose make --renews"


def obstacles(settings: Settings, engine: Engine, now: datetime) -> Iterator[str]:
    """Yield a sentence for each thing that keeps the seal from being used."""
    yield from _of_seal(settings.seal, engine, now)
    with open_keyring(settings) as keyring:
        key = keyring.seal(settings.seal).key
        yield from _of_key(key, keyring, engine)
        for one in endings(keyring):
            if (one.kind, one.alias) in {("seal", settings.seal), ("key", key)} and one.at <= now:
                yield f"the {one.kind} '{one.alias}' ended {one.at:%Y-%m-%d}: {_MEND_END}"


def _of_seal(alias: str, engine: Engine, now: datetime) -> Iterator[str]:
    try:
        state = Seals(engine).find(alias).state
    except UnknownSeal:
        yield f"the seal '{alias}' is not registered: qianyin seal register"
        return
    if state is not SealState.ACTIVE:
        yield f"the seal '{alias}' is {state}: {_MEND_SEAL[state]}"
    elif all(one.is_used_up or not one.is_in_force(now) for one in Grants(engine).of_seal(alias)):
        yield f"nobody may use the seal '{alias}' now: qianyin seal propose grant"


def _of_key(alias: str, keyring: Keyring, engine: Engine) -> Iterator[str]:
    known = Keys(engine).find(key_sm3(keyring.credential(alias).public_key))
    if known is not None and known.state not in MAY_SIGN:
        yield f"the key '{alias}' is {known.state}: {_MEND_KEY[known.state]}"
