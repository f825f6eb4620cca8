"""Signed data as signature value: GB/T 35275-2017, or RFC 5652 under Adobe's names."""

from dataclasses import dataclass

from keystore import Certificate, Credential, Signer
from signing.containers import SignatureContainer
from signing.documents import PreparedPdf
from signing.signed_data import CmsDialect, SignedContent, require_valid, signed_data

__all__ = ["CmsContainer"]

FRAME_BYTES = 1024
"""Room for attributes, value and DER headers around the certificates."""


@dataclass(frozen=True, slots=True)
class CmsContainer(SignatureContainer):
    """A credential and its key, writing one dialect."""

    credential: Credential
    signer: Signer
    dialect: CmsDialect
    filter: str
    sub_filter: str

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The credential's own chain; it also stands in the value itself."""
        return self.credential.chain

    @property
    def reserved_bytes(self) -> int:
        """All certificates, the signer's issuer once more, and the attributes."""
        certificates = sum(len(one.der) for one in self.chain)
        return certificates + len(self.credential.certificate.issuer_der) + FRAME_BYTES

    def require_in_force(self, prepared: PreparedPdf) -> None:
        """Raise `SealNotInForce` outside the certificate's validity."""
        require_valid(self.credential, prepared.signed_at)

    def value(self, prepared: PreparedPdf) -> bytes:
        """Return DER(ContentInfo), detached."""
        return signed_data(
            SignedContent(prepared.digest, prepared.signed_at, None),
            dialect=self.dialect,
            credential=self.credential,
            signer=self.signer,
        )
