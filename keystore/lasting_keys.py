"""LastingKey: a key that is opened when first used, and again when its device was lost.

PooledKey: several devices that hold one key, used in turns; one that is away is passed over.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from itertools import count
from threading import Lock
from typing import TypeVar

from keystore.breaker import Breaker
from keystore.errors import KeyBusy, KeyLost, KeystoreError, KeyUnavailable, WrongPin
from keystore.ports import SigningKey
from keystore.public_keys import PublicKey
from keystore.suites import Signature

__all__ = ["LastingKey", "PooledKey"]

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")
Opening = Callable[[], AbstractContextManager[SigningKey]]

FAILURES_UNTIL_REOPENED = 2
"""An adapter may mend a lost session itself; a second failure in a row says that it did not."""


class _Opened:
    """One opening of the key, closed when it was lost and the last thread has left it."""

    def __init__(self, opening: Opening) -> None:
        with ExitStack() as stack:
            self.key = stack.enter_context(opening())
            self._closing = stack.pop_all()
        self._users, self._is_discarded, self._lock = 0, False, Lock()

    def enter(self) -> None:
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        self._close_after(-1)

    def discard(self) -> None:
        self._close_after(0, discard=True)

    def _close_after(self, change: int, *, discard: bool = False) -> None:
        with self._lock:
            self._users += change
            self._is_discarded |= discard
            is_over = self._is_discarded and self._users == 0
        if is_over:
            self._closing.close()


class LastingKey(SigningKey):
    """Safe for many threads; nothing is tried while the breaker is open, and no PIN twice."""

    def __init__(self, name: str, opening: Opening, breaker: Breaker) -> None:
        """`opening` opens the key and says whether it is the right one; `name` is for the log."""
        self._name, self._opening, self._breaker = name, opening, breaker
        self._opened: _Opened | None = None
        self._refused = False
        self._lock = Lock()

    def __repr__(self) -> str:
        """Name the key."""
        return f"LastingKey({self._name})"

    @property
    def public_key(self) -> PublicKey:
        """The key's public half; opens the key."""
        opened = self._borrowed()
        try:
            return opened.key.public_key
        finally:
            opened.leave()

    def require_open(self) -> None:
        """Open the key where it is not; raises what opening it raises."""
        self._borrowed().leave()

    def sign_digest(self, digest: bytes) -> Signature:
        """Sign; a device that was lost is opened again by the next call."""
        opened = self._borrowed()
        try:
            signature = opened.key.sign_digest(digest)
        except KeyBusy:
            raise
        except KeyUnavailable as error:
            self._note_loss(opened, error)
            raise
        except WrongPin:  # shown for each use, and changed meanwhile
            self._refused = True
            self.close()
            raise
        finally:
            opened.leave()
        self._breaker.succeeded()
        return signature

    def close(self) -> None:
        """Close; the next use opens the key again."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.discard()

    def _borrowed(self) -> _Opened:
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            self._opened.enter()
            return self._opened

    def _open(self) -> _Opened:
        if self._refused:
            raise WrongPin(f"the PIN of {self._name} was refused; it is not tried again")
        self._breaker.require_closed()
        try:
            opened = _Opened(self._opening)
        except KeyUnavailable as error:
            self._breaker.failed()
            log.warning("key %s cannot be opened: %s", self._name, error)
            raise
        except WrongPin:
            self._refused = True
            raise
        log.info("opened key %s", self._name)
        return opened

    def _note_loss(self, opened: _Opened, error: KeyUnavailable) -> None:
        log.warning("key %s failed: %s", self._name, error)
        with self._lock:
            if self._opened is not opened:
                return  # another thread has noted it
            self._breaker.failed()
            is_lost = isinstance(error, KeyLost)
            if not is_lost and self._breaker.failures < FAILURES_UNTIL_REOPENED:
                return
            self._opened = None
        opened.discard()


class PooledKey(SigningKey):
    """The devices take turns; a call fails when all of them do."""

    def __init__(self, members: tuple[LastingKey, ...]) -> None:
        """Each member is the same key in another device."""
        self._members, self._turn = members, count()

    @property
    def public_key(self) -> PublicKey:
        """The key's public half, from the first device that answers."""
        return self._first(lambda member: member.public_key)

    def require_open(self) -> None:
        """Raise unless one device at least is open; all are tried."""
        self._first(LastingKey.require_open)

    def sign_digest(self, digest: bytes) -> Signature:
        """Sign with the device whose turn it is, else with the next that answers."""
        return self._first(lambda member: member.sign_digest(digest))

    def close(self) -> None:
        """Close all."""
        for member in self._members:
            member.close()

    def _first(self, ask: Callable[[LastingKey], _Answer]) -> _Answer:
        first = next(self._turn)
        faults: list[KeystoreError] = []
        for place in range(len(self._members)):
            member = self._members[(first + place) % len(self._members)]
            try:
                return ask(member)
            except (KeyUnavailable, WrongPin) as error:
                faults.append(error)
        raise next((one for one in faults if isinstance(one, KeyUnavailable)), faults[0])
