"""Whether this process can do all it is for, and whether it may use the seal now."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

from api.errors import ApiError
from keystore.errors import KeystoreError
from licenses.errors import LicenseError
from signing.errors import SigningError
from verify.errors import VerifyError

__all__ = ["Readiness", "Ready"]

_LOG = logging.getLogger(__name__)
_FRESH_SECONDS = 5.0  # so that asking costs the device and the database nothing

_EXPECTED = (ApiError, KeystoreError, LicenseError, SigningError, VerifyError, OSError)


@dataclass(frozen=True, slots=True)
class Ready:
    """Each check's answer, and what people decided that keeps the seal from being used."""

    checks: Mapping[str, bool]
    obstacles: tuple[str, ...]


class Readiness:
    """Runs named checks, each a callable that raises one of our errors when it is not well.

    Obstacles are no check: a seal that was suspended must not take the page away from whoever
    verifies.
    """

    def __init__(
        self,
        checks: Mapping[str, Callable[[], object]],
        obstacles: Callable[[], Iterable[str]],
        clock: Callable[[], float],
    ) -> None:
        """`clock` counts seconds."""
        self._checks, self._obstacles, self._clock = checks, obstacles, clock
        self._lock = Lock()
        self._answer = Ready({}, ())
        self._until = float("-inf")

    def __call__(self) -> Ready:
        """Return what was found at most five seconds ago."""
        with self._lock:
            if self._clock() >= self._until:
                checks = {name: _passes(name, check) for name, check in self._checks.items()}
                self._answer = Ready(checks, _told(self._obstacles))
                self._until = self._clock() + _FRESH_SECONDS
            return self._answer


def _passes(name: str, check: Callable[[], object]) -> bool:
    try:
        return check() is not False
    except _EXPECTED as error:
        _LOG.warning("not ready: %s (%s)", name, type(error).__name__)
        return False


def _told(obstacles: Callable[[], Iterable[str]]) -> tuple[str, ...]:
    try:
        return tuple(obstacles())
    except _EXPECTED as error:
        _LOG.warning("whether the seal can be used is not known (%s)", type(error).__name__)
        return ()
