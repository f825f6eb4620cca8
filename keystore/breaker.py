"""Breaker: how long a device that failed is left alone; longer each further time."""

from collections.abc import Callable
from threading import Lock

from keystore.errors import KeyUnavailable

__all__ = ["Breaker"]

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 30.0
FORGIVEN = 1
"""A single failure costs no waiting: sessions are lost, and found again at once."""


class Breaker:
    """Counts failures in a row; from the second on, nothing is tried for a while."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` counts seconds."""
        self._clock, self._lock = clock, Lock()
        self.failures, self._until = 0, float("-inf")

    def require_closed(self) -> None:
        """Raise `KeyUnavailable` while the device is left alone."""
        with self._lock:
            left = self._until - self._clock()
        if left > 0:
            raise KeyUnavailable(
                f"the device failed {self.failures} times in a row and is left alone for a while",
                retry_after=max(1, round(left)),
            )

    def failed(self) -> None:
        """Count a failure."""
        with self._lock:
            self.failures += 1
            # The exponent is bounded: a device may be away for weeks.
            doubled = FIRST_SECONDS * 2.0 ** min(self.failures - FORGIVEN - 1, 16)
            wait = min(LONGEST_SECONDS, doubled) if self.failures > FORGIVEN else 0.0
            self._until = self._clock() + wait

    def succeeded(self) -> None:
        """Forget the failures."""
        with self._lock:
            self.failures, self._until = 0, float("-inf")
