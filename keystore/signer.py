"""Signer: digest, ask the key, check the answer."""

from dataclasses import dataclass

from keystore.errors import AdapterFault, InvalidSignature
from keystore.ports import SigningKey
from keystore.sm2 import Sm2PublicKey, Sm2Signature

__all__ = ["Signer"]


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs messages with one key and trusts no adapter: every answer is verified."""

    key: SigningKey
    public_key: Sm2PublicKey
    """The key the certificate names; the device must answer with this one."""

    def sign(self, message: bytes, *, signer_id: bytes) -> Sm2Signature:
        """Return a signature that verifies under `public_key`.

        Raises `AdapterFault` for any other answer, and what the key raises.
        """
        digest = self.public_key.message_digest(message, signer_id=signer_id)
        signature = self.key.sign_digest(digest)
        try:
            self.public_key.verify_digest(digest, signature)
        except InvalidSignature as error:
            raise AdapterFault("the key answered with a signature that is not its own") from error
        return signature
