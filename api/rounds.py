"""Rounds: something a thread of its own does now and then, until the service stops."""

import logging
import threading
from collections.abc import Callable

__all__ = ["Rounds"]

_LOG = logging.getLogger(__name__)


class Rounds:
    """What a round raises that is forgiven is a warning, and the next round tries again."""

    def __init__(
        self,
        name: str,
        act: Callable[[], object],
        seconds: float,
        *,
        first_after: float,
        forgiven: tuple[type[Exception], ...],
    ) -> None:
        """`seconds` lie between two rounds; `name` says in the log what failed."""
        self.name, self._act, self._forgiven = name, act, forgiven
        self._first_after, self._seconds = first_after, seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def turn(self) -> None:
        """Do one round now."""
        try:
            self._act()
        except self._forgiven as error:
            _LOG.warning("%s: %s: %s", self.name, type(error).__name__, error)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round that is under way, without waiting for it."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait for the end, so long at most."""
        self._thread.join(seconds)

    def _run(self) -> None:
        wait = self._first_after
        while not self._stopping.wait(wait):
            wait = self._seconds
            self.turn()
