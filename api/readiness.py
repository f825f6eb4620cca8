"""Whether this process can do all it is for; asked by whoever sends it requests."""

import logging
from collections.abc import Callable, Mapping
from threading import Lock

from api.errors import ApiError
from keystore.errors import KeystoreError
from licenses.errors import LicenseError
from signing.errors import SigningError
from verify.errors import VerifyError

__all__ = ["Readiness"]

_LOG = logging.getLogger(__name__)
_FRESH_SECONDS = 5.0  # so that asking costs the device and the database nothing

_EXPECTED = (ApiError, KeystoreError, LicenseError, SigningError, VerifyError, OSError)


class Readiness:
    """Runs named checks, each a callable that raises one of our errors when it is not well."""

    def __init__(
        self, checks: Mapping[str, Callable[[], object]], clock: Callable[[], float]
    ) -> None:
        """`clock` counts seconds."""
        self._checks = checks
        self._clock = clock
        self._lock = Lock()
        self._answer: dict[str, bool] = {}
        self._until = float("-inf")

    def __call__(self) -> dict[str, bool]:
        """Return each check's answer, at most five seconds old."""
        with self._lock:
            if self._clock() >= self._until:
                self._answer = {name: _passes(name, check) for name, check in self._checks.items()}
                self._until = self._clock() + _FRESH_SECONDS
            return dict(self._answer)


def _passes(name: str, check: Callable[[], object]) -> bool:
    try:
        return check() is not False
    except _EXPECTED as error:
        _LOG.warning("not ready: %s (%s)", name, type(error).__name__)
        return False
