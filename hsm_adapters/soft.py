"""`soft:` keys in files, encrypted; for development, tests and small offices.

    soft:path=keys/signer.key?pin-source=secrets/keys.pass
    soft:path=/var/lib/qianyin/keys/maker.key

Without `pin-source` the caller is asked for the passphrase.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from keystore.errors import KeyNotFound, KeyRefused, KeyUnavailable, MalformedKey
from keystore.pins import pin_for
from keystore.pkcs8 import PrivateKey, decrypt_private_key, encrypt_private_key
from keystore.ports import GeneratesKeys, KeyProvider, SecretSource, SigningKey
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
        pair = PrivateKey(*backend().generate())
        pem = encrypt_private_key(pair, pin_for(uri, secrets))
        try:
            is_new = _write_new(Path(uri.require("path")), pem)
        except OSError as error:
            raise KeyUnavailable(f"the key file cannot be written: {uri}") from error
        if not is_new:
            raise KeyRefused(f"there is a key already: {uri}")
        return Sm2PublicKey(pair.point)


@contextmanager
def _opened(uri: KeyUri, secrets: SecretSource) -> Iterator[SoftKey]:
    key = decrypt_private_key(_read(uri), pin_for(uri, secrets))
    try:
        handle = backend().load_private(key.scalar, key.point)
    except BackendRefused as error:
        raise MalformedKey(f"the key file holds no SM2 key pair: {uri}") from error
    yield SoftKey(Sm2PublicKey(key.point), handle)


def _write_new(path: Path, data: bytes) -> bool:
    """Write all of it, or nothing; say whether the name was free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            return False
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def _read(uri: KeyUri) -> bytes:
    try:
        with Path(uri.require("path")).open("rb") as file:
            return file.read(KEY_FILE_MAX_BYTES)
    except FileNotFoundError as error:
        raise KeyNotFound(f"there is no key file: {uri}") from error
    except OSError as error:
        raise KeyUnavailable(f"the key file cannot be read: {uri}") from error
