"""The key that signs access tokens: EC P-256, encrypted on disk, made at the first start."""

import hashlib
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.errors import BadSettings
from keystore.erasing import erase
from keystore.private_files import read_private, write_new
from keystore.vault import Vault
from keystore.wrapping import Purpose, is_wrapped

__all__ = ["PASSPHRASE_FILE", "TokenKey", "open_token_key"]

KEY_FILE = "token-key.pem"
PASSPHRASE_FILE = "token-key.passphrase"  # noqa: S105  (a file name)
_PASSPHRASE_BYTES = 32
_FILE_MAX_BYTES = 4096
_OWNER_ONLY_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The key pair as PEM, and its name in token headers."""

    private_pem: str = field(repr=False)
    public_pem: str
    key_id: str


def open_token_key(vault: Vault) -> TokenKey:
    """Read the key in the vault's folder, making it first where there is none.

    Several processes may start at once: the first to put the file there wins, the others read it.
    Raises `BadSettings` when the files cannot be used, `ReadableByOthers`, and as `Vault.opened`.
    """
    vault.folder.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY_FOLDER)
    passphrase = _passphrase(vault)
    try:
        key_file = vault.folder / KEY_FILE
        if not key_file.exists():
            write_new(key_file, _new_key(passphrase))
        return _load(bytes(read_private(key_file, most_bytes=_FILE_MAX_BYTES)), passphrase)
    finally:
        erase(passphrase)


def _passphrase(vault: Vault) -> bytearray:
    path = vault.folder / PASSPHRASE_FILE
    if not path.exists():
        made = secrets.token_hex(_PASSPHRASE_BYTES).encode()
        write_new(path, vault.closed(made, path, Purpose.TOKEN_KEY))
    content = read_private(path, most_bytes=_FILE_MAX_BYTES)
    return vault.opened(path, Purpose.TOKEN_KEY) if is_wrapped(content) else content


def _new_key(passphrase: bytearray) -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(bytes(passphrase)),
    )


def _load(pem: bytes, passphrase: bytearray) -> TokenKey:
    try:
        key = serialization.load_pem_private_key(pem, bytes(passphrase))
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
