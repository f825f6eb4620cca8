"""The issuing path as the routes hold it: opened when first asked for, again when a key left."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from threading import Lock
from typing import Any

from keystore.errors import KeyUnavailable
from licenses.issuing import IssuedLicense, LicenseIssuer

__all__ = ["IssuingDesk"]


class IssuingDesk:
    """Verifying goes on while a device is away; issuing does again when it is back."""

    def __init__(self, make: Callable[[ExitStack], LicenseIssuer]) -> None:
        """`make` opens the keys; what must be closed it puts on the stack."""
        self._make = make
        self._lock = Lock()
        self._open: LicenseIssuer | None = None
        self._closing = ExitStack()

    def issuer(self) -> LicenseIssuer:
        """Return the open path; raises what the keyring and its devices raise."""
        with self._lock:
            if self._open is None:
                self._open = self._make(self._closing)
            return self._open

    def issue(
        self, request: Mapping[str, Any], *, client: str, idempotency_key: str
    ) -> IssuedLicense:
        """Issue, as `LicenseIssuer.issue`; a key that does not answer is opened anew next time."""
        try:
            return self.issuer().issue(request, client=client, idempotency_key=idempotency_key)
        except KeyUnavailable:
            self.close()
            raise

    def close(self) -> None:
        """Close the keys; the next use opens them again."""
        with self._lock:
            self._open = None
            self._closing.close()
