"""What an adapter for keys must offer; nothing here knows a device."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from keystore.sm2 import Sm2PublicKey, Sm2Signature
from keystore.uri import KeyUri

__all__ = ["GeneratesKeys", "KeyProvider", "SecretSource", "SigningKey"]

SecretSource = Callable[[str], str]
"""Asked for "pin" when the device wants one; what it answers is never stored."""


class SigningKey(Protocol):
    """One private key, somewhere we cannot look; usable from several threads."""

    @property
    def public_key(self) -> Sm2PublicKey:
        """The key's public half."""
        ...

    def sign_digest(self, digest: bytes) -> Sm2Signature:
        """Sign the 32 bytes of `Sm2PublicKey.message_digest`.

        Raises `KeyUnavailable` or `KeyRefused`.
        """
        ...


class KeyProvider(Protocol):
    """A kind of device, or a file format, that keys come from."""

    def open(self, uri: KeyUri, secrets: SecretSource) -> AbstractContextManager[SigningKey]:
        """Open a key. Raises `KeyNotFound`, `KeyUnavailable` or `KeyRefused`."""
        ...


@runtime_checkable
class GeneratesKeys(Protocol):
    """Optional: a provider that can make a key where it will live."""

    def generate(self, uri: KeyUri, secrets: SecretSource) -> Sm2PublicKey:
        """Make a key under this name; never overwrites (`KeyRefused`)."""
        ...
