"""Credential: a key's name and the certificate chain that fits it."""

from dataclasses import dataclass
from itertools import pairwise

from keystore.certificates import Certificate
from keystore.errors import CertificateMismatch, InvalidSignature
from keystore.public_keys import PublicKey
from keystore.sm2 import SIGNER_ID_GM, Sm2PublicKey
from keystore.uri import KeyUri

__all__ = ["Credential", "require_chain", "require_link"]


@dataclass(frozen=True, slots=True)
class Credential:
    """A key URI with its chain, leaf first, root last; the links are proven when it is made."""

    uri: KeyUri
    chain: tuple[Certificate, ...]
    mirrors: tuple[KeyUri, ...] = ()
    """Further devices that hold the same key."""

    def __post_init__(self) -> None:
        """Raise `CertificateMismatch` unless each certificate is signed by the next."""
        require_chain(self.chain)

    @property
    def certificate(self) -> Certificate:
        """The key's own certificate."""
        return self.chain[0]

    @property
    def public_key(self) -> Sm2PublicKey:
        """The SM2 key of the certificate; `CertificateMismatch` when it is of another kind."""
        key = self.certificate.public_key
        if not isinstance(key, Sm2PublicKey):
            raise CertificateMismatch("the credential's certificate does not hold an SM2 key")
        return key

    def require_key(self, public_key: PublicKey) -> None:
        """Raise `CertificateMismatch` unless the certificate is of this key."""
        if self.certificate.public_key != public_key:
            raise CertificateMismatch(
                f"the certificate of {self.certificate.common_name} is not of the key {self.uri}"
            )


def require_chain(chain: tuple[Certificate, ...]) -> None:
    """Raise `CertificateMismatch` for an empty chain, or one that does not hold together."""
    if not chain:
        raise CertificateMismatch("a credential needs a certificate")
    for child, issuer in pairwise(chain):
        require_link(child, issuer)


def require_link(child: Certificate, issuer: Certificate) -> None:
    """Raise `CertificateMismatch` unless `issuer` is an authority that signed `child`."""
    if child.issuer_der != issuer.subject_der or not issuer.is_ca:
        raise CertificateMismatch(
            f"{issuer.common_name} is not the issuer of {child.common_name}, or is no authority"
        )
    try:
        issuer.verify_issued(child, signer_id=SIGNER_ID_GM)
    except InvalidSignature as error:
        raise CertificateMismatch(
            f"{issuer.common_name} did not sign the certificate of {child.common_name}"
        ) from error
