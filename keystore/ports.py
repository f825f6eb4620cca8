"""What an adapter for keys must offer; nothing here knows a device."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from keystore.public_keys import PublicKey
from keystore.suites import Signature
from keystore.uri import KeyUri

__all__ = [
    "ChecksHealth",
    "GeneratesKeys",
    "KeepsMasterKeys",
    "KeyProvider",
    "ListsKeys",
    "RunsForeignCode",
    "SecretSource",
    "SigningKey",
]

SecretSource = Callable[[str], str]
"""Asked for "pin" when the device wants one; what it answers is never stored."""


class SigningKey(Protocol):
    """One private key, somewhere we cannot look; usable from several threads."""

    @property
    def public_key(self) -> PublicKey:
        """The key's public half; it says which suite the key signs in (`suite_of`)."""
        ...

    def sign_digest(self, digest: bytes) -> Signature:
        """Sign the 32 bytes of `suites.message_digest`; for SM2 that is e, Z_A included.

        Raises `KeyUnavailable` (later may help; `KeyBusy` where the session is still good),
        `KeyRefused` (`WrongPin` where that is the reason) or `AdapterFault` (a garbled answer).
        """
        ...


class KeyProvider(Protocol):
    """A kind of device, or a file format, that keys come from; made without arguments."""

    def open(self, uri: KeyUri, secrets: SecretSource) -> AbstractContextManager[SigningKey]:
        """Open a key, trying the PIN once at most.

        Raises `KeyNotFound`, `KeyUnavailable`, `WrongPin` or another `KeyRefused`.
        """
        ...


@runtime_checkable
class GeneratesKeys(Protocol):
    """Optional: a provider that can make a key where it will live."""

    def generate(self, uri: KeyUri, secrets: SecretSource) -> PublicKey:
        """Make a key under this name; never overwrites (`KeyRefused`)."""
        ...


@runtime_checkable
class ListsKeys(Protocol):
    """Optional: a provider that can say which keys a device holds, without their PINs."""

    def list_keys(self, uri: KeyUri) -> dict[str, PublicKey]:
        """Return the public keys by the URI that opens each; `uri` names device and limits."""
        ...


@runtime_checkable
class ChecksHealth(Protocol):
    """Optional: a provider that can ask its device how it is, without a PIN."""

    def check_health(self, uri: KeyUri) -> str:
        """Return maker, model and version in a line; raise `KeyUnavailable` and its kin."""
        ...


@runtime_checkable
class KeepsMasterKeys(Protocol):
    """Optional: a provider whose device keeps a master key, and alone gives it back."""

    def keep_master_key(self, uri: KeyUri, key: bytearray) -> None:
        """Entrust a key to the device, under a name that is free (`KeyRefused`)."""
        ...

    def give_master_key(self, uri: KeyUri) -> bytearray:
        """Return it in a buffer that is the caller's; raises as `KeyProvider.open`."""
        ...


@runtime_checkable
class RunsForeignCode(Protocol):
    """Optional: a provider that loads a vendor's library, and so is given its own process."""

    runs_foreign_code: bool
