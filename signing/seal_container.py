"""The electronic seal as signature value: SES_Signature version 4 (GB/T 38540-2020, 7)."""

from dataclasses import dataclass

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from keystore import SIGNER_ID_GM, Certificate, Credential, Seal, Signer
from keystore.algorithms import SM2_WITH_SM3
from keystore.errors import InvalidSignature
from keystore.ses import SES_Signature, TBS_Sign
from keystore.x509_asn1 import raw
from signing.containers import SignatureContainer
from signing.documents import PreparedPdf
from signing.errors import SealNotInForce

__all__ = ["SealContainer"]

VERSION_2020 = 4
FRAME_BYTES = 512
"""Room for the TBS_Sign fields, the value and the DER headers around seal and certificate."""


@dataclass(frozen=True, slots=True)
class SealContainer(SignatureContainer):
    """A seal, the credential it lists, and the key that answers for it."""

    seal: Seal
    credential: Credential
    maker_chain: tuple[Certificate, ...]
    """The certificates above the seal's maker; SES has no room for them, the document has."""
    signer: Signer
    filter: str
    sub_filter: str

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """Signer and maker with all that is above them, each once."""
        return tuple(dict.fromkeys((*self.credential.chain, self.seal.maker, *self.maker_chain)))

    @property
    def reserved_bytes(self) -> int:
        """Seal and certificate stand in the value whole."""
        return len(self.seal.der) + len(self.credential.certificate.der) + FRAME_BYTES

    def require_in_force(self, prepared: PreparedPdf) -> None:
        """Check what 7.2 asks before the key is used; raise `SealNotInForce`."""
        moment, certificate = prepared.signed_at, self.credential.certificate
        if not certificate.not_before <= moment <= certificate.not_after:
            raise SealNotInForce(
                f"the certificate of {certificate.common_name} is not valid on {moment:%Y-%m-%d}"
            )
        if not self.seal.is_valid_at(moment):
            raise SealNotInForce(f"the seal {self.seal.name} is not in force on {moment:%Y-%m-%d}")
        if not self.seal.lists(certificate):
            raise SealNotInForce(f"the seal {self.seal.name} does not list its signer")
        try:
            self.seal.verify_maker_signature(signer_id=SIGNER_ID_GM)
        except InvalidSignature as error:
            raise SealNotInForce(f"the maker did not sign the seal {self.seal.name}") from error

    def value(self, prepared: PreparedPdf) -> bytes:
        """Return DER(SES_Signature) over the prepared document."""
        to_sign = asn1.encode_der(
            TBS_Sign(
                version=VERSION_2020,
                eseal=raw(self.seal.der),
                timeInfo=asn1.GeneralizedTime(prepared.signed_at),
                dataHash=asn1.BitString(prepared.digest, 0),
                propertyInfo=asn1.IA5String(_property_info(prepared)),
                extDatas=None,
                extDatasUntagged=None,
            )
        )
        signature = self.signer.sign(to_sign, signer_id=SIGNER_ID_GM)
        return asn1.encode_der(
            SES_Signature(
                toSign=raw(to_sign),
                cert=self.credential.certificate.der,
                signatureAlgID=ObjectIdentifier(SM2_WITH_SM3),
                signature=asn1.BitString(signature.to_der(), 0),
                timeStamp=None,
                timeStampUntagged=None,
            )
        )


def _property_info(prepared: PreparedPdf) -> str:
    """Name what is protected; for PDF no convention is known, so it is the ByteRange itself."""
    return f"/ByteRange[{' '.join(map(str, prepared.byte_range))}]"
