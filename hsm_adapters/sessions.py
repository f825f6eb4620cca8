"""Sessions of one open device: few, and each for one thread at a time."""

import ctypes
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TypeAlias

from keystore.erasing import erase
from keystore.errors import KeyBusy, WrongPin

__all__ = ["Pin", "Sessions", "ShownPin"]

WAIT_SECONDS = 5.0

ShownPin: TypeAlias = "ctypes.Array[ctypes.c_char]"
"""What a function in C takes as a text; not a copy."""


class Pin:
    """A PIN for as long as the key is open; overwritten at the end, printed nowhere."""

    def __init__(self, pin: bytearray) -> None:
        """Take it over; what held it is overwritten."""
        self._length, self._held = len(pin), pin + b"\0"
        erase(pin)
        self._is_refused, self._lock = False, Lock()

    @contextmanager
    def shown(self) -> Iterator[ShownPin]:
        """Lend it for one try, to one thread at a time; refused once, it is never shown again.

        It is lent where it lies, not copied, with a zero behind it. Raises `WrongPin` without
        a try: of eight threads seven would lock a token.
        """
        with self._lock:
            if self._is_refused:
                raise WrongPin("the device refused the PIN before; it is not tried again")
            try:
                yield (ctypes.c_char * self._length).from_buffer(self._held)
            except WrongPin:
                self._is_refused = True
                raise

    def forget(self) -> None:
        """Overwrite it."""
        erase(self._held)


class Sessions:
    """Opens sessions when they are wanted, `most` at once; one that fails is not used again."""

    def __init__(
        self, opening: Callable[[], int], closing: Callable[[int], None], most: int
    ) -> None:
        """`opening` returns a session ready to sign; `closing` ends one and raises nothing."""
        self._opening, self._closing = opening, closing
        # Last in, first out: sessions nobody needs are never opened.
        self._places: queue.LifoQueue[int | None] = queue.LifoQueue()
        for _ in range(most):
            self._places.put(None)
        self._open: set[int] = set()
        self._lock = Lock()

    @contextmanager
    def one(self) -> Iterator[int]:
        """Lend a session; raises `KeyBusy` when none comes free."""
        try:
            session = self._places.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise KeyBusy("all sessions of the device are in use") from None
        kept = None
        try:
            session = session or self._opened()
            yield session
            kept = session
        except KeyBusy:
            kept = session
            raise
        finally:
            if kept is None:
                self._close(session)
            self._places.put(kept)

    def close(self) -> None:
        """Close all; nobody is using one any more."""
        for session in tuple(self._open):
            self._close(session)

    def _opened(self) -> int:
        session = self._opening()
        with self._lock:
            self._open.add(session)
        return session

    def _close(self, session: int | None) -> None:
        with self._lock:
            if session not in self._open:
                return
            self._open.remove(session)
        self._closing(session)
