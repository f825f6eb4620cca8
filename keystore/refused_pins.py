"""A PIN refused when a key is opened or made is not shown again, by no process of the deployment.

Three tries lock a token. So whoever opens a key takes a turn, and leaves a note of a refusal beside
`keys.toml`: salted hashes, never a PIN. It goes when a key opens, or when an operator says so; a
PIN that was not refused yet is tried. A refusal while signing is remembered by its process alone.
"""

import hashlib
import hmac
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Self

from keystore.erasing import erase
from keystore.errors import KeyBusy, KeyUnavailable, WrongPin
from keystore.pins import pin_for
from keystore.private_files import replace_private
from keystore.sm2 import sm3
from keystore.uri import KeyUri
from keystore.vault import Vault

__all__ = ["RefusedPins", "shown_once"]

log = logging.getLogger(__name__)

FOLDER = "refused-pins"
SALT_BYTES = 16
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 1
"""16 MiB and some 50 ms for each opening after a refusal: a note must not tell a short PIN."""
MOST_REFUSED = 16
TURN_SECONDS = 120.0
"""Longer than a device in a process of its own may take to open."""
LOOK_SECONDS = 0.05
_NOT_THE_KEY = frozenset({"pin-source", "isolated", "call-timeout", "key-type", "sm2-generation"})
"""Parts of a URI that say how a key is opened or made, not which."""


@dataclass(frozen=True, slots=True)
class RefusedPins:
    """What is remembered of one key."""

    folder: Path
    key: str

    @classmethod
    def of(cls, uri: KeyUri, vault: Vault) -> Self:
        """Return the memory of a deployment for a key."""
        bare = replace(uri, query=tuple(one for one in uri.query if one[0] not in _NOT_THE_KEY))
        return cls(vault.places.folder / FOLDER, str(bare))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let one process at a time show a PIN; raises `KeyBusy`, and `KeyUnavailable`."""
        until = time.monotonic() + TURN_SECONDS
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self._path("lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise KeyUnavailable(f"refusals cannot be noted in {self.folder}") from error
        try:
            while not _taken(lock):
                if time.monotonic() > until:
                    raise KeyBusy("another process is still opening this key")
                time.sleep(LOOK_SECONDS)
            yield
        finally:
            os.close(lock)

    def require_new(self, pin: bytearray) -> None:
        """Raise `WrongPin` for a PIN that was refused before."""
        salt, refused = self._read()
        if refused and any(hmac.compare_digest(_stretched(pin, salt), one) for one in refused):
            raise WrongPin(
                "the PIN was refused before and is not tried again; write the right one into its "
                f"file, or: qianyin key forget-refusal '{self.key}'"
            )

    def note(self, pin: bytearray) -> None:
        """Remember a refusal; raises `OSError`, and `KeyUnavailable` for a damaged note."""
        salt, refused = self._read()
        salt = salt or os.urandom(SALT_BYTES)
        hashes = [*refused, _stretched(pin, salt)][-MOST_REFUSED:]
        said = {"key": self.key, "salt": salt.hex(), "refused": [one.hex() for one in hashes]}
        replace_private(self._path("json"), json.dumps(said, indent=1).encode())

    def forget(self) -> bool:
        """Remember nothing of this key any more; say whether there was something."""
        try:
            self._path("json").unlink()
        except FileNotFoundError:
            return False
        return True

    def _path(self, ending: str) -> Path:
        return self.folder / f"{sm3(self.key.encode())[:SALT_BYTES].hex()}.{ending}"

    def _read(self) -> tuple[bytes, list[bytes]]:
        try:
            said = json.loads(self._path("json").read_bytes())
            return bytes.fromhex(said["salt"]), [bytes.fromhex(one) for one in said["refused"]]
        except FileNotFoundError:
            return b"", []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise KeyUnavailable(f"the note of refusals cannot be read: {self.key}") from error


@contextmanager
def shown_once(uri: KeyUri, vault: Vault) -> Iterator[None]:
    """Open or make a key within; a PIN from a file that is refused here is never shown again.

    Raises `WrongPin` for one that was refused before, and as `pin_for`.
    """
    memory, pin = RefusedPins.of(uri, vault), pin_for(uri, vault)
    try:
        with memory.turn():
            memory.require_new(pin)
            try:
                yield
            except WrongPin:
                _note(memory, pin)
                raise
            memory.forget()
    finally:
        erase(pin)


def _note(memory: RefusedPins, pin: bytearray) -> None:
    try:
        memory.note(pin)
    except (OSError, KeyUnavailable) as error:  # the refusal itself is what must be told
        log.error("a refused PIN cannot be noted, other processes may show it: %s", error)


def _taken(lock: int) -> bool:
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stretched(pin: bytearray, salt: bytes) -> bytes:
    return hashlib.scrypt(pin, salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, dklen=32)
