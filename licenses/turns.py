"""Taking turns: requests with the same name wait for each other, others do not."""

from collections.abc import Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any

__all__ = ["Turns"]


class Turns:
    """One lock a name, kept only while somebody holds or wants it; within this process."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._guard = Lock()
        self._waiting: dict[Hashable, tuple[Lock, int]] = {}

    @contextmanager
    def of_all(self, names: Iterable[Any]) -> Iterator[None]:
        """Hold several names that can be put in an order; all take them in this one."""
        with ExitStack() as held:
            for name in sorted(names):
                held.enter_context(self.of(name))
            yield

    @contextmanager
    def of(self, name: Hashable) -> Iterator[None]:
        """Hold the name for the length of the block."""
        with self._guard:
            lock, holders = self._waiting.get(name, (Lock(), 0))
            self._waiting[name] = lock, holders + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, holders = self._waiting[name]
                if holders == 1:
                    del self._waiting[name]
                else:
                    self._waiting[name] = lock, holders - 1
