"""The issuing path as the routes hold it: put together when first asked for, kept from then on."""

from collections.abc import Callable
from threading import Lock

from api.issuing_together import IssuingTogether
from keystore import Keyring
from licenses.issuing import LicenseIssuer
from licenses.issuing_path import IssuedLicense
from licenses.issuing_requests import IssuingRequest

__all__ = ["IssuingDesk"]


class IssuingDesk:
    """Verifying goes on while a device is away; its key opens itself again when it is back."""

    def __init__(
        self, open_keyring: Callable[[], Keyring], make: Callable[[Keyring], LicenseIssuer]
    ) -> None:
        """`make` opens the seal's key; the keyring remembers what became of it."""
        self._open_keyring, self._make = open_keyring, make
        self._lock = Lock()
        self._keyring: Keyring | None = None
        self._issuer: LicenseIssuer | None = None
        self._together = IssuingTogether()

    def issue(self, request: IssuingRequest) -> IssuedLicense:
        """Issue a licence, together with the requests that wait for the same path.

        Raises what `issuer` and `LicenseIssuer.issue` raise.
        """
        return self._together.issue(self.issuer(), request)

    def issuer(self) -> LicenseIssuer:
        """Return the issuing path; raises what the keyring and its devices raise."""
        with self._lock:
            if self._keyring is None:
                self._keyring = self._open_keyring()
            if self._issuer is None:
                self._issuer = self._make(self._keyring)
            return self._issuer

    def require_ready(self) -> None:
        """Raise what keeps the seal's key from signing now."""
        self.issuer()
        if self._keyring is not None:
            self._keyring.require_open()

    def close(self) -> None:
        """Close the keys; the next use puts everything together anew."""
        with self._lock:
            if self._keyring is not None:
                self._keyring.close()
            self._keyring = self._issuer = None
