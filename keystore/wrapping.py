"""Wrapped secrets: one line of text that only a master key opens, by SM4-GCM.

    qianyin-wrapped-1 sm4-gcm 3f0a…(master key) pin hsm.pin 9c41…(nonce) base64…(text and tag)

Everything before the nonce is authenticated with the secret: a line that is given another name,
purpose or master key opens no more. The 128-bit master key serves SM4 directly; a nonce is 96
random bits, of which 2^32 under one key are safe (NIST SP 800-38D, 8.3), and a deployment has ten.
"""

import binascii
import os
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self, cast
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from keystore.erasing import erase
from keystore.errors import SecretDamaged
from keystore.sm2 import sm3

__all__ = ["MASTER_KEY_BYTES", "MasterKey", "Purpose", "WrappedSecret", "is_wrapped", "wrap"]

MASTER_KEY_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
SM4_BLOCK_BYTES = 16
MAGIC = b"qianyin-wrapped-"
_ID_LABEL = b"qianyin master key"
_ID_BYTES = 8


class Purpose(StrEnum):
    """What a secret is for; one for another purpose is not taken for it."""

    PIN = "pin"
    """Opens a key: a device's PIN, a key file's passphrase."""
    TOKEN_KEY = "token-key"  # noqa: S105 - a purpose
    """Opens the key that signs access tokens."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A key that wraps secrets, in a buffer that its owner overwrites."""

    key: bytearray = field(repr=False)

    @property
    def id(self) -> str:
        """Its name, made of the key itself: another key cannot be taken for it."""
        return sm3(_ID_LABEL, memoryview(self.key))[:_ID_BYTES].hex()


_FORM = re.compile(
    rf"(qianyin-wrapped-1 sm4-gcm ([0-9a-f]{{16}}) ({'|'.join(Purpose)}) ([!-~]{{1,600}}) )"
    r"([0-9a-f]{24}) ([A-Za-z0-9+/=]{24,8192})\n?"
)


def is_wrapped(data: bytes | bytearray) -> bool:
    """Say whether this is a wrapped secret, of whatever version, and no secret in clear."""
    return data.startswith(MAGIC)


def wrap(secret: bytes | bytearray, master: MasterKey, *, purpose: Purpose, name: str) -> bytes:
    """Return the line for a secret under its name."""
    nonce = os.urandom(NONCE_BYTES)
    header = f"qianyin-wrapped-1 sm4-gcm {master.id} {purpose} {quote(name)} "
    encryptor = Cipher(_sm4(master), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(header.encode("ascii"))
    body = encryptor.update(secret) + encryptor.finalize() + encryptor.tag
    return f"{header}{nonce.hex()} {b64encode(body).decode('ascii')}\n".encode("ascii")


@dataclass(frozen=True, slots=True)
class WrappedSecret:
    """A line, read and not yet opened: what it says of itself is believed once it opens."""

    header: str
    master: str
    purpose: Purpose
    name: str
    nonce: bytes = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def read(cls, line: bytes | bytearray) -> Self:
        """Raises `SecretDamaged` for what is not exactly in this form."""
        found = _FORM.fullmatch(line.decode("ascii", "replace"))
        if found is None:
            raise SecretDamaged("the wrapped secret is cut short, or of a form not known here")
        header, master, purpose, name, nonce, text = found.groups()
        try:
            body = b64decode(text, validate=True)
        except binascii.Error:
            body = b""
        if b64encode(body).decode("ascii") != text:
            raise SecretDamaged("the wrapped secret is damaged")
        return cls(header, master, Purpose(purpose), unquote(name), bytes.fromhex(nonce), body)

    def open(self, master: MasterKey, *, purpose: Purpose, name: str) -> bytearray:
        """Return the secret, the caller's to overwrite; raises `SecretDamaged` for any other."""
        if (self.purpose, self.name) != (purpose, name):
            raise SecretDamaged(
                f"the wrapped secret is '{self.name}' ({self.purpose}); "
                f"here belongs '{name}' ({purpose})"
            )
        body, tag = self.body[:-TAG_BYTES], self.body[-TAG_BYTES:]
        secret = bytearray(len(body) + SM4_BLOCK_BYTES - 1)
        try:
            cipher = Cipher(_sm4(master), modes.GCM(self.nonce, tag)).decryptor()
            cipher.authenticate_additional_data(self.header.encode("ascii"))
            cipher.update_into(body, secret)
            cipher.finalize()
        except (InvalidTag, ValueError):
            erase(secret)
            raise SecretDamaged(f"the wrapped secret '{name}' was changed") from None
        del secret[len(body) :]
        return secret


def _sm4(master: MasterKey) -> algorithms.SM4:
    # It takes any buffer, as AES does, and says so of AES only.
    return algorithms.SM4(cast("bytes", master.key))
