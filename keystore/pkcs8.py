"""Private keys at rest: PKCS #8 ENCRYPTED PRIVATE KEY that `openssl pkey` opens (RFC 5958, 7468).

PBES2 with PBKDF2-HMAC-SHA256 and SM4-CBC: OpenSSL 3.0 knows no HMAC-SM3 for PBKDF2.
"""

import binascii
import os
import textwrap
from typing import cast

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.x509 import ObjectIdentifier

from keystore.erasing import erase
from keystore.errors import KeyRefused, MalformedAsn1, MalformedKey, WrongPin
from keystore.private_key_der import PrivateKey, decode, encode
from keystore.x509_asn1 import AlgorithmIdentifier

__all__ = ["PrivateKey", "decrypt_private_key", "encrypt_private_key"]

ITERATIONS = 310_000
"""PBKDF2-HMAC-SHA256 rounds, OWASP's figure of 2023; about 0.1 s a key at start."""
ITERATIONS_MAX = 10_000_000
SALT_BYTES = 16
KEY_BYTES = 16
BLOCK_BITS = 128
BLOCK_BYTES = BLOCK_BITS // 8
PEM_COLUMNS = 64
PEM_BEGIN, PEM_END = (
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----",
    b"-----END ENCRYPTED PRIVATE KEY-----",
)

_PBES2 = ObjectIdentifier("1.2.840.113549.1.5.13")
_PBKDF2 = ObjectIdentifier("1.2.840.113549.1.5.12")
_HMAC_SHA256 = ObjectIdentifier("1.2.840.113549.2.9")
_SM4_CBC = ObjectIdentifier("1.2.156.10197.1.104.2")


@asn1.sequence
class _Pbkdf2Parameters:
    salt: bytes
    iterations: int
    key_length: int | None
    prf: AlgorithmIdentifier


@asn1.sequence
class _Kdf:
    algorithm: ObjectIdentifier
    parameters: _Pbkdf2Parameters


@asn1.sequence
class _Encryption:
    algorithm: ObjectIdentifier
    iv: bytes


@asn1.sequence
class _Pbes2Parameters:
    kdf: _Kdf
    encryption: _Encryption


@asn1.sequence
class _Pbes2:
    algorithm: ObjectIdentifier
    parameters: _Pbes2Parameters


@asn1.sequence
class _EncryptedPrivateKeyInfo:
    encryption: _Pbes2
    data: bytes


def encrypt_private_key(key: PrivateKey, passphrase: bytes | bytearray) -> bytes:
    """Return the key as EncryptedPrivateKeyInfo, PEM."""
    if not passphrase:
        raise KeyRefused("a private key is never written without a passphrase")
    salt, iv = os.urandom(SALT_BYTES), os.urandom(BLOCK_BYTES)
    padder = padding.PKCS7(BLOCK_BITS).padder()
    padded = padder.update(encode(key)) + padder.finalize()
    derived = _derive(passphrase, salt, ITERATIONS)
    try:
        encryptor = Cipher(_sm4(derived), modes.CBC(iv)).encryptor()
        encrypted = encryptor.update(padded) + encryptor.finalize()
    finally:
        erase(derived)
    prf = AlgorithmIdentifier(algorithm=_HMAC_SHA256, parameters=asn1.Null())
    pbkdf2 = _Pbkdf2Parameters(salt=salt, iterations=ITERATIONS, key_length=None, prf=prf)
    parameters = _Pbes2Parameters(
        kdf=_Kdf(algorithm=_PBKDF2, parameters=pbkdf2),
        encryption=_Encryption(algorithm=_SM4_CBC, iv=iv),
    )
    return _armoured(
        _EncryptedPrivateKeyInfo(
            encryption=_Pbes2(algorithm=_PBES2, parameters=parameters),
            data=encrypted,
        )
    )


def decrypt_private_key(data: bytes, passphrase: bytes | bytearray) -> PrivateKey:
    """Open a key in PEM or DER.

    Raises `WrongPin` for a wrong passphrase, `MalformedKey` for other formats.
    """
    try:
        sealed = asn1.decode_der(_EncryptedPrivateKeyInfo, _unarmoured(data))
    except ValueError as error:
        raise MalformedKey(
            "the key file is not PKCS #8 encrypted with PBKDF2-HMAC-SHA256 and SM4-CBC"
        ) from error
    parameters = sealed.encryption.parameters
    _require_known(sealed.encryption)
    pbkdf2 = parameters.kdf.parameters
    key = _derive(passphrase, pbkdf2.salt, pbkdf2.iterations)
    text = bytearray(len(sealed.data) + BLOCK_BYTES - 1)
    try:
        cipher = Cipher(_sm4(key), modes.CBC(parameters.encryption.iv)).decryptor()
        size = cipher.update_into(sealed.data, text)
        cipher.finalize()
        return decode(memoryview(text)[: _unpadded(text, size)])
    except (ValueError, MalformedAsn1):
        # The cause is left out: it could quote bytes of the key.
        raise WrongPin("the passphrase does not open the key file") from None
    finally:
        erase(key, text)


def _armoured(sealed: _EncryptedPrivateKeyInfo) -> bytes:
    text = binascii.b2a_base64(asn1.encode_der(sealed), newline=False).decode("ascii")
    lines = [line.encode("ascii") for line in textwrap.wrap(text, PEM_COLUMNS)]
    return b"\n".join((PEM_BEGIN, *lines, PEM_END, b""))


def _unarmoured(data: bytes) -> bytes:
    """Return the DER; raise `ValueError` (with nothing of the file in it) for other PEM labels."""
    if not data.lstrip().startswith(b"-----"):
        return data
    body = data.strip().removeprefix(PEM_BEGIN).removesuffix(PEM_END)
    return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)


def _require_known(encryption: _Pbes2) -> None:
    parameters = encryption.parameters
    named = (
        encryption.algorithm,
        parameters.kdf.algorithm,
        parameters.kdf.parameters.prf.algorithm,
        parameters.encryption.algorithm,
    )
    pbkdf2 = parameters.kdf.parameters
    is_known = (
        named == (_PBES2, _PBKDF2, _HMAC_SHA256, _SM4_CBC)
        and pbkdf2.key_length in (None, KEY_BYTES)
        and 0 < pbkdf2.iterations <= ITERATIONS_MAX
    )
    if not is_known:
        raise MalformedKey("the key file is encrypted in a way this product does not write")


def _derive(passphrase: bytes | bytearray, salt: bytes, rounds: int) -> bytearray:
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=salt, iterations=rounds)
    key = bytearray(KEY_BYTES)
    kdf.derive_into(passphrase, key)
    return key


def _sm4(key: bytearray) -> algorithms.SM4:
    # It takes any buffer, as AES does, and says so of AES only.
    return algorithms.SM4(cast("bytes", key))


def _unpadded(text: bytearray, size: int) -> int:
    """Return the size without the padding (PKCS #7); raise `ValueError` where there is none."""
    count = text[size - 1] if size else 0
    if not 0 < count <= BLOCK_BYTES or text[size - count : size] != bytes([count]) * count:
        raise ValueError
    return size - count
