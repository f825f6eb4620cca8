"""Certificate revocation lists: who was revoked, when, and until when the list speaks."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ExtensionOID

from keystore.certificates import Certificate
from keystore.errors import InvalidSignature, MalformedCertificate
from keystore.public_keys import verify_with_key
from keystore.rsa_pss import pss_parameters_of_frame
from keystore.x509_asn1 import (
    FOREIGN_FAULTS,
    SignedFrame,
    require_equal_algorithms,
    require_whole,
)

__all__ = ["RevocationList"]

_Crl = x509.CertificateRevocationList
INTEGER_TAG = b"\x02"
# A delta or a part is not whole, even where its maker forgot to mark it as critical.
_OF_PARTS = frozenset({ExtensionOID.DELTA_CRL_INDICATOR, ExtensionOID.ISSUING_DISTRIBUTION_POINT})


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A CRL: who was revoked when, by whom, and until when the list speaks."""

    der: bytes = field(repr=False)
    x509: _Crl = field(repr=False)
    issuer_der: bytes = field(repr=False)
    this_update: datetime
    next_update: datetime | None
    revoked: dict[int, datetime] = field(repr=False)
    algorithm: str
    """The OID of the algorithm it was signed with."""
    is_whole: bool
    """Whether it speaks for all certificates of its issuer (RFC 5280, 5.2)."""

    @classmethod
    def from_der(cls, der: bytes) -> "RevocationList":
        """Read; raise `MalformedCertificate`. Of two entries for one serial the earlier counts."""
        try:
            parsed = x509.load_der_x509_crl(der)
            issuer = _issuer_of_list(der)
            dated = sorted((one.revocation_date_utc, one.serial_number) for one in parsed)
            return cls(
                der=der,
                x509=parsed,
                issuer_der=issuer,
                this_update=parsed.last_update_utc,
                next_update=parsed.next_update_utc,
                revoked={serial: moment for moment, serial in reversed(dated)},
                algorithm=parsed.signature_algorithm_oid.dotted_string,
                is_whole=not any(one.critical or one.oid in _OF_PARTS for one in parsed.extensions),
            )
        except FOREIGN_FAULTS as error:
            raise MalformedCertificate("the bytes are not a usable revocation list") from error

    def verify_issued_by(self, ca: Certificate, *, signer_id: bytes) -> None:
        """Raise `InvalidSignature` unless `ca`'s key signed this list and the names agree."""
        if ca.subject_der != self.issuer_der:
            raise InvalidSignature("the revocation list is of another issuer")
        verify_with_key(
            ca.public_key,
            self.x509.tbs_certlist_bytes,
            self.x509.signature,
            algorithm=self.algorithm,
            digest=None,
            signer_id=signer_id,
            parameters=pss_parameters_of_frame(self.der),
        )


def _issuer_of_list(der: bytes) -> bytes:
    """Return the issuer's name as encoded; raise unless both algorithms are the same.

    The inner algorithm is the one SEQUENCE before the issuer, after an optional version.
    """
    frame = asn1.decode_der(SignedFrame, der)
    require_whole(frame.signature)
    inner, issuer, *_ = frame.tbs[1:] if frame.tbs[0].tag_bytes == INTEGER_TAG else frame.tbs
    require_equal_algorithms([inner], [frame.signature_algorithm])
    return asn1.encode_der(issuer)
