"""Where reports are signed: one key, for this alone, opened when first asked for."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock

from api.errors import ReportSigningNotSetUp
from api.issuing_parts import open_keyring
from api.settings import Settings
from keystore import Credential, Keyring, Signer
from keystore.errors import KeyNotFound, KeyUnavailable
from signing import GBT_35275, RFC_5652, CmsDialect, signed_message
from verify import REPORT_SIGNING

__all__ = ["ReportDesk", "SignedForm"]


class SignedForm(StrEnum):
    """Which standard's names a signed report goes by."""

    CMS = "cms"
    """RFC 5652."""
    GBT35275 = "gbt35275"


_DIALECTS: Mapping[SignedForm, CmsDialect] = {
    SignedForm.CMS: RFC_5652,
    SignedForm.GBT35275: GBT_35275,
}


@dataclass(frozen=True, slots=True)
class _ReportKey:
    credential: Credential
    signer: Signer


class ReportDesk:
    """Signs reports; verifying goes on without it, whether the key is away or was never set."""

    def __init__(self, settings: Settings) -> None:
        """Remember; no key is opened yet."""
        self._settings = settings
        self._lock = Lock()
        self._key: _ReportKey | None = None
        self._closing = ExitStack()

    def sign(self, report: bytes, form: SignedForm, *, at: datetime) -> bytes:
        """Return the report inside signed data (DER).

        Raises `ReportSigningNotSetUp`, `SealNotInForce` and what the key raises; a key that does
        not answer is opened anew next time.
        """
        key = self._opened()
        try:
            return signed_message(
                report,
                dialect=_DIALECTS[form],
                credential=key.credential,
                signer=key.signer,
                at=at,
            )
        except KeyUnavailable:
            self.close()
            raise

    def close(self) -> None:
        """Close the key; the next use opens it again."""
        with self._lock:
            self._key = None
            self._closing.close()

    def _opened(self) -> _ReportKey:
        with self._lock:
            if self._key is None:
                self._key = self._open()
            return self._key

    def _open(self) -> _ReportKey:
        alias = self._settings.report_key
        with ExitStack() as opening:
            try:
                keyring: Keyring = opening.enter_context(open_keyring(self._settings))
                credential = keyring.credential(alias)
            except KeyNotFound as error:
                raise ReportSigningNotSetUp(f"keys.toml has no key '{alias}'") from error
            if REPORT_SIGNING not in credential.certificate.extended_key_usage:
                raise ReportSigningNotSetUp(f"the certificate of '{alias}' is not for reports")
            key = _ReportKey(credential, keyring.signer(alias))
            self._closing.push(opening.pop_all())
            return key
