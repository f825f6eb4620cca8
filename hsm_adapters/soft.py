"""`soft:` keys in files, encrypted; for development, tests and small offices.

    soft:path=keys/signer.key?pin-source=secrets/keys.pass
    soft:path=/var/lib/qianyin/keys/maker.key

Without `pin-source` the caller is asked for the passphrase.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keystore.erasing import erase
from keystore.errors import KeyNotFound, KeyRefused, KeyUnavailable, MalformedKey
from keystore.pins import pin_for
from keystore.pkcs8 import PrivateKey, decrypt_private_key, encrypt_private_key
from keystore.ports import GeneratesKeys, KeyProvider, SecretSource, SigningKey
from keystore.private_files import write_new
from keystore.sm2 import Sm2PublicKey, Sm2Signature
from keystore.sm2_backends import BackendRefused, backend
from keystore.suites import require_digest
from keystore.uri import KeyUri

__all__ = ["SoftKey", "SoftProvider"]

KEY_FILE_MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class SoftKey(SigningKey):
    """A key held by the native library of this process."""

    public: Sm2PublicKey
    _handle: object = field(repr=False)

    @property
    def public_key(self) -> Sm2PublicKey:
        """The key's public half."""
        return self.public

    def sign_digest(self, digest: bytes) -> Sm2Signature:
        """Sign e; raise `KeyRefused` for anything but 32 bytes."""
        try:
            return Sm2Signature.from_der(backend().sign(self._handle, require_digest(digest)))
        except BackendRefused as error:
            raise KeyUnavailable("the native library did not sign") from error


class SoftProvider(KeyProvider, GeneratesKeys):
    """Opens and makes key files."""

    def open(self, uri: KeyUri, secrets: SecretSource) -> AbstractContextManager[SigningKey]:
        """Open the key file; see the port for what is raised."""
        return _opened(uri, secrets)

    def generate(self, uri: KeyUri, secrets: SecretSource) -> Sm2PublicKey:
        """Make a key file readable by its owner alone; an existing one is never overwritten."""
        pin, (scalar, point) = pin_for(uri, secrets), backend().generate()
        pair = PrivateKey(bytearray(scalar), point)
        pem = encrypt_private_key(pair, pin)
        erase(pin, pair.scalar)
        try:
            is_new = write_new(Path(uri.require("path")), pem)
        except OSError as error:
            raise KeyUnavailable(f"the key file cannot be written: {uri}") from error
        if not is_new:
            raise KeyRefused(f"there is a key already: {uri}")
        return Sm2PublicKey(pair.point)


@contextmanager
def _opened(uri: KeyUri, secrets: SecretSource) -> Iterator[SoftKey]:
    data, pin = _read(uri), pin_for(uri, secrets)
    try:
        key = decrypt_private_key(data, pin)
    finally:
        erase(pin)
    try:
        handle = backend().load_private(key.scalar, key.point)
    except BackendRefused as error:
        raise MalformedKey(f"the key file holds no SM2 key pair: {uri}") from error
    finally:
        erase(key.scalar)
    yield SoftKey(Sm2PublicKey(key.point), handle)


def _read(uri: KeyUri) -> bytes:
    try:
        with Path(uri.require("path")).open("rb") as file:
            return file.read(KEY_FILE_MAX_BYTES)
    except FileNotFoundError as error:
        raise KeyNotFound(f"there is no key file: {uri}") from error
    except OSError as error:
        raise KeyUnavailable(f"the key file cannot be read: {uri}") from error
