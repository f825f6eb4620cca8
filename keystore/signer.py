"""Signers: digest, ask the key, check the answer; no adapter is believed."""

from dataclasses import dataclass

from keystore.errors import AdapterFault, InvalidSignature, KeyRefused
from keystore.ports import SigningKey
from keystore.public_keys import PublicKey
from keystore.sm2 import Sm2PublicKey, Sm2Signature
from keystore.suites import Signature, message_digest, verify_message

__all__ = ["Signer", "sign_message"]


def sign_message(
    key: SigningKey, public_key: PublicKey, message: bytes, *, signer_id: bytes
) -> Signature:
    """Return a signature in the key's suite that verifies under `public_key`.

    Raises `AdapterFault` for any other answer, and what the key raises. `signer_id` is used for
    SM2 only.
    """
    signature = key.sign_digest(message_digest(public_key, message, signer_id=signer_id))
    try:
        verify_message(public_key, message, signature, signer_id=signer_id)
    except InvalidSignature as error:
        raise AdapterFault("the key answered with a signature that is not its own") from error
    return signature


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs messages with one SM2 key: every answer is verified before anyone sees it."""

    key: SigningKey
    public_key: Sm2PublicKey
    """The key the certificate names; the device must answer with this one."""

    @classmethod
    def of(cls, key: SigningKey) -> "Signer":
        """Take an open key at its word about its public half; `KeyRefused` unless it is SM2."""
        if not isinstance(key.public_key, Sm2PublicKey):
            raise KeyRefused("an SM2 key is needed here; the device's is of another kind")
        return cls(key, key.public_key)

    def sign(self, message: bytes, *, signer_id: bytes) -> Sm2Signature:
        """Return a signature that verifies under `public_key`; see `sign_message`."""
        signature = sign_message(self.key, self.public_key, message, signer_id=signer_id)
        if not isinstance(signature, Sm2Signature):
            raise AdapterFault("the key answered with a signature of another kind")
        return signature
