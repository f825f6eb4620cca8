"""What the process of a key answered, as our values and errors; anything else is its fault."""

from keystore.errors import (
    AdapterFault,
    KeyBusy,
    KeyLost,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    MalformedKey,
    MalformedUri,
    WrongPin,
)
from keystore.faults import answer_of
from keystore.isolation.frames import BrokenConversation, Message, text_of
from keystore.public_keys import PublicKey
from keystore.suites import Signature, SuiteName, from_spki, signature_from_der

__all__ = ["master_key_in", "public_key_in", "signature_in"]

LONGEST_RETRY_SECONDS = 3600
_ERRORS: dict[str, type[KeystoreError]] = {
    one.__name__: one
    for one in (AdapterFault, KeyNotFound, KeyRefused, MalformedKey, MalformedUri, WrongPin)
}
_AWAY = {one.__name__: one for one in (KeyUnavailable, KeyBusy, KeyLost)}


def master_key_in(message: Message) -> bytearray:
    """Return the key of a `given`; raises what a `failed` tells, and repeats nothing."""
    _require(message, "given")
    try:
        return bytearray.fromhex(text_of(message, "key"))
    except ValueError:
        raise AdapterFault("the key's process answered with what is no master key") from None


def public_key_in(message: Message) -> PublicKey:
    """Return the public key of an `opened`; raises what a `failed` tells."""
    _require(message, "opened")
    with answer_of("the key's process", "public key"):
        return from_spki(bytes.fromhex(text_of(message, "spki")))


def signature_in(message: Message) -> Signature:
    """Return the signature of a `signed`; raises what a `failed` tells."""
    _require(message, "signed")
    with answer_of("the key's process", "signature"):
        suite = SuiteName(text_of(message, "suite"))
        return signature_from_der(suite, bytes.fromhex(text_of(message, "value")))


def _require(message: Message, kind: str) -> None:
    found = text_of(message, "kind")
    if found == "failed":
        raise _error_in(message)
    if found != kind:
        raise BrokenConversation(f"a frame is not '{kind}'")


def _error_in(message: Message) -> KeystoreError:
    name, sentence = text_of(message, "error"), text_of(message, "message")
    if name in _AWAY:
        wait = message.get("retry_after")
        if not isinstance(wait, int) or not 0 < wait <= LONGEST_RETRY_SECONDS:
            raise BrokenConversation("a frame has no retry_after")
        return _AWAY[name](sentence, retry_after=wait)
    return _ERRORS.get(name, AdapterFault)(sentence)
