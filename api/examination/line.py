"""First come, first served: things that few have and more wait for.

A plain queue lets somebody who only just came overtake whom it is waking, who then waits again.
"""

from collections import deque
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Line"]

_Thing = TypeVar("_Thing")


class Line(Generic[_Thing]):
    """Hands out what is put into it; safe to use from many threads."""

    def __init__(self) -> None:
        """Begin with nothing to give and nobody waiting."""
        self._lock = Lock()
        self._things: deque[_Thing] = deque()
        self._waiting: deque[Future[_Thing]] = deque()

    def put(self, thing: _Thing) -> None:
        """Give it to whoever waits longest, or keep it for the next."""
        with self._lock:
            while self._waiting:
                first = self._waiting.popleft()
                if first.set_running_or_notify_cancel():
                    first.set_result(thing)
                    return
            self._things.append(thing)

    def get(self, seconds: float) -> _Thing:
        """Return the next thing; raises `TimeoutError` after waiting for so long."""
        with self._lock:
            if self._things:
                return self._things.popleft()
            promised: Future[_Thing] = Future()
            self._waiting.append(promised)
        try:
            return promised.result(seconds)
        except TimeoutError:
            if promised.cancel():
                raise
            return promised.result()  # it came at the last moment

    def drain(self) -> list[_Thing]:
        """Take back all that nobody has."""
        with self._lock:
            things = list(self._things)
            self._things.clear()
            return things
