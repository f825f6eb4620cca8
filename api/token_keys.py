"""The key that signs access tokens: EC P-256, encrypted on disk, made at the first start."""

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.errors import BadSettings

__all__ = ["TokenKey", "open_token_key"]

KEY_FILE = "token-key.pem"
PASSPHRASE_FILE = "token-key.passphrase"  # noqa: S105  (a file name)
_PASSPHRASE_BYTES = 32
_OWNER_ONLY = 0o600
_OWNER_ONLY_FOLDER = 0o700
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The key pair as PEM, and its name in token headers."""

    private_pem: str = field(repr=False)
    public_pem: str
    key_id: str


def open_token_key(folder: Path) -> TokenKey:
    """Read the key in `folder`, making it first where there is none.

    Several processes may start at once: the first to put the file there wins, the others read it.
    Raises `BadSettings` when the files cannot be used or others may read them.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY_FOLDER)
    passphrase = _once(folder / PASSPHRASE_FILE, secrets.token_hex(_PASSPHRASE_BYTES).encode())
    key_file = folder / KEY_FILE
    if not key_file.exists():
        _once(key_file, _new_key(passphrase))
    return _load(_read_private(key_file), passphrase)


def _new_key(passphrase: bytes) -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def _once(path: Path, content: bytes) -> bytes:
    """Write `content` unless the file is there already; return what is in it then."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its content counts
        finally:
            draft.unlink()
    return _read_private(path)


def _read_private(path: Path) -> bytes:
    if path.stat().st_mode & _OTHERS:
        raise BadSettings(f"{path.name} may be read by others: chmod 600 it")
    return path.read_bytes()


def _load(pem: bytes, passphrase: bytes) -> TokenKey:
    try:
        key = serialization.load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError) as e:
        raise BadSettings("the token key cannot be opened with its passphrase") from e
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadSettings("the token key is not an EC P-256 key")
    public = key.public_key()
    spki = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public_pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return TokenKey(
        private_pem.decode(), public_pem.decode(), hashlib.sha256(spki).hexdigest()[:16]
    )
