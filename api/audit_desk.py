"""Where the audit trail is signed: one key for this alone, opened for each checkpoint."""

import logging
import threading
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

__all__ = ["AuditDesk", "CheckpointThread", "audit_keys"]

_LOG = logging.getLogger(__name__)


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


class CheckpointThread:
    """Signs now and then, until it is stopped; what fails is tried again in the next round."""

    def __init__(self, sign: Callable[[], object], seconds: float) -> None:
        """`seconds` lie between two checkpoints."""
        self._sign = sign
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)

    def start(self) -> None:
        """Begin; the first checkpoint comes after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for a signature that is under way."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            self.round()

    def round(self) -> None:
        """Sign once; a failure is a warning, by its name."""
        try:
            self._sign()
        except (AuditKeyNotSetUp, BadSettings, KeystoreError, LicenseError, OSError) as error:
            _LOG.warning("the audit trail was not signed: %s", type(error).__name__)
