"""Where the audit trail is signed: one key for this alone, opened for each checkpoint."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from api.errors import AuditKeyNotSetUp, BadSettings
from api.issuing_parts import open_keyring
from api.settings import Settings
from keystore import Certificate, Sm2PublicKey
from keystore.errors import KeyNotFound, KeystoreError
from licenses.checkpoints import AUDIT_SIGNING, Checkpoint, Checkpoints
from licenses.errors import LicenseError

__all__ = ["NOT_SIGNED", "AuditDesk", "audit_keys"]

NOT_SIGNED = (AuditKeyNotSetUp, BadSettings, KeystoreError, LicenseError, OSError)
"""What keeps a checkpoint from being signed now, and not the next one."""


class AuditDesk:
    """Signs the head of the trail with the key `audit_key` of keys.toml."""

    def __init__(self, settings: Settings, engine: Engine, clock: Callable[[], datetime]) -> None:
        """Remember; no key is opened yet."""
        self._settings = settings
        self._checkpoints = Checkpoints(engine)
        self._clock = clock

    def sign(self) -> Checkpoint:
        """Sign and keep a checkpoint; raises `AuditKeyNotSetUp` and what the key raises."""
        alias = self._settings.audit_key
        with open_keyring(self._settings) as keyring:
            try:
                certificate = keyring.credential(alias).certificate
            except KeyNotFound as error:
                raise AuditKeyNotSetUp(f"keys.toml has no key '{alias}'") from error
            if AUDIT_SIGNING not in certificate.extended_key_usage:
                raise AuditKeyNotSetUp(f"the certificate of '{alias}' is not for the audit trail")
            return self._checkpoints.sign(keyring.signer(alias), self._clock())


def audit_keys(settings: Settings, certificates: Iterable[Path] = ()) -> tuple[Sm2PublicKey, ...]:
    """Return the keys whose checkpoints count: those with a certificate for this, earlier ones too.

    They are looked for among `certificates` and in `certificates/`, never in the database.
    """
    files = (*certificates, *sorted(settings.certificates_dir.glob("*.pem")))
    found = [Certificate.load_pem_chain(path.read_bytes())[0] for path in files]
    keys = [one.public_key for one in found if AUDIT_SIGNING in one.extended_key_usage]
    return tuple(key for key in keys if isinstance(key, Sm2PublicKey))
