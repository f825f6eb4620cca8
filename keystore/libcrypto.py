"""SM2 by the libcrypto that this Python itself links (OpenSSL 3), through ctypes.

Calls release the GIL. Keys live in `EVP_PKEY`s, which libcrypto clears when they are freed.
"""

import _hashlib
import ctypes
import secrets
from ctypes import (
    POINTER,
    addressof,
    byref,
    c_char,
    c_char_p,
    c_int,
    c_long,
    c_size_t,
    c_ubyte,
    c_void_p,
    string_at,
)

from keystore.erasing import erase
from keystore.sm2_backends import FIELD_BYTES, ORDER, BackendRefused, Sm2Backend, require_scalar

__all__ = ["Libcrypto"]

SIGNATURE_MAX_BYTES = 72
VERSION_TEXT = 0

# DER around the values, for the curve 1.2.156.10197.1.301: SubjectPublicKeyInfo up to the point,
# and PKCS#8 PrivateKeyInfo with an ECPrivateKey that leaves the public key to be derived.
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_PKCS8 = bytes.fromhex("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420")

_PROTOTYPES: dict[str, tuple[type | None, tuple[object, ...]]] = {
    "OpenSSL_version": (c_char_p, (c_int,)),
    "ERR_clear_error": (None, ()),
    "d2i_PUBKEY": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "d2i_AutoPrivateKey": (c_void_p, (c_void_p, POINTER(c_char_p), c_long)),
    "i2d_PUBKEY": (c_int, (c_void_p, POINTER(c_void_p))),
    "CRYPTO_free": (None, (c_void_p, c_char_p, c_int)),
    "EVP_PKEY_free": (None, (c_void_p,)),
    "EVP_PKEY_CTX_new": (c_void_p, (c_void_p, c_void_p)),
    "EVP_PKEY_CTX_free": (None, (c_void_p,)),
    "EVP_PKEY_sign_init": (c_int, (c_void_p,)),
    "EVP_PKEY_sign": (c_int, (c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t)),
    "EVP_PKEY_verify_init": (c_int, (c_void_p,)),
    "EVP_PKEY_verify": (c_int, (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)),
}


class _Key:
    """Owns one `EVP_PKEY`."""

    __slots__ = ("_lib", "pointer")

    def __init__(self, lib: ctypes.CDLL, pointer: int | None) -> None:
        if not pointer:
            lib.ERR_clear_error()
            raise BackendRefused("libcrypto does not accept this SM2 key")
        self._lib, self.pointer = lib, pointer

    def __del__(self) -> None:
        pointer = getattr(self, "pointer", None)
        if pointer:
            self._lib.EVP_PKEY_free(pointer)


class Libcrypto(Sm2Backend):
    """OpenSSL ≥ 3 built with SM2; raises `OSError` or `AttributeError` where it is not there."""

    def __init__(self) -> None:
        """Bind the functions; nothing is called yet but the version."""
        self._lib = ctypes.CDLL(_hashlib.__file__)
        for name, (result, arguments) in _PROTOTYPES.items():
            function = getattr(self._lib, name)
            function.restype, function.argtypes = result, arguments

    @property
    def name(self) -> str:
        """The library and its version."""
        return str(self._lib.OpenSSL_version(VERSION_TEXT).decode("ascii"))

    def generate(self) -> tuple[bytes, bytes]:
        """Return a new pair; the scalar is drawn by the operating system."""
        scalar = (1 + secrets.randbelow(ORDER - 2)).to_bytes(FIELD_BYTES, "big")
        der = bytearray(_PKCS8 + scalar)
        return scalar, self._public_point(self._load(self._lib.d2i_AutoPrivateKey, der))

    def load_private(self, scalar: bytes | bytearray, point: bytes) -> _Key:
        """Take a pair after its point is derived anew."""
        der = bytearray(_PKCS8) + require_scalar(scalar)
        try:
            key = self._load(self._lib.d2i_AutoPrivateKey, der)
        finally:
            erase(der)
        if self._public_point(key) != point:
            raise BackendRefused("the public key is not this private key's")
        return key

    def _public_point(self, key: _Key) -> bytes:
        out = c_void_p()
        length = self._lib.i2d_PUBKEY(key.pointer, byref(out))
        try:
            return string_at(out, length)[len(_SPKI) :] if length > 0 else b""
        finally:
            self._lib.CRYPTO_free(out, b"", 0)

    def load_public(self, point: bytes) -> _Key:
        """Take a point; libcrypto checks that it lies on the curve."""
        return self._load(self._lib.d2i_PUBKEY, bytearray(_SPKI + point))

    def _load(self, decode: "ctypes._FuncPointer", der: bytearray) -> _Key:
        place = c_char_p(addressof((c_char * len(der)).from_buffer(der)))
        return _Key(self._lib, decode(None, byref(place), len(der)))

    def sign(self, private: object, digest: bytes) -> bytes:
        """Return the DER signature over e."""
        context = self._lib.EVP_PKEY_CTX_new(_pointer(private), None)
        out, length = (c_ubyte * SIGNATURE_MAX_BYTES)(), c_size_t(SIGNATURE_MAX_BYTES)
        try:
            ready = self._lib.EVP_PKEY_sign_init(context) == 1
            if not ready or self._lib.EVP_PKEY_sign(context, out, length, digest, len(digest)) != 1:
                self._lib.ERR_clear_error()
                raise BackendRefused("libcrypto did not sign")
        finally:
            self._lib.EVP_PKEY_CTX_free(context)
        return bytes(out[: length.value])

    def verify(self, public: object, digest: bytes, signature: bytes) -> bool:
        """Say whether the DER signature is over e."""
        context = self._lib.EVP_PKEY_CTX_new(_pointer(public), None)
        try:
            if self._lib.EVP_PKEY_verify_init(context) != 1:
                raise BackendRefused("libcrypto cannot verify with this key")
            valid = self._lib.EVP_PKEY_verify(
                context, signature, len(signature), digest, len(digest)
            )
        finally:
            self._lib.EVP_PKEY_CTX_free(context)
        if valid != 1:
            self._lib.ERR_clear_error()
        return bool(valid == 1)


def _pointer(key: object) -> int:
    assert isinstance(key, _Key)  # noqa: S101 - handles never leave the keystore
    return key.pointer
