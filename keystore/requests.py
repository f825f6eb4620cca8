"""PKCS #10 requests for a real CA, and the import of what it returns."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat import asn1

from keystore.algorithms import SM2_WITH_SM3
from keystore.certificates import Certificate
from keystore.credential import Credential, require_link
from keystore.der import read_der
from keystore.errors import CertificateMismatch, MalformedCertificate
from keystore.issuing_ca import parts_of
from keystore.ports import SigningKey
from keystore.public_keys import PublicKey
from keystore.signer import sign_message
from keystore.sm2 import SIGNER_ID_GM, Sm2PublicKey, Sm2Signature
from keystore.suites import SuiteName, suite_of, to_spki
from keystore.uri import KeyUri
from keystore.x509_asn1 import (
    AlgorithmIdentifier,
    RequestFrame,
    SubjectPublicKeyInfo,
    TbsRequest,
    oid_of,
    raw,
)

__all__ = ["CertificateRequest", "import_chain", "make_request"]


_PARAMETERS = {SuiteName.RSA_SHA256: asn1.Null()}
"""Of the signature algorithms: only RSA's are NULL instead of nothing (RFC 4055, 5)."""


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request as read, its own signature verified."""

    subject_der: bytes
    public_key: Sm2PublicKey

    @classmethod
    def from_der(cls, der: bytes) -> "CertificateRequest":
        """Read and verify; raise `MalformedAsn1`, `MalformedCertificate` or `InvalidSignature`."""
        frame = read_der(RequestFrame, der, what="a certificate request")
        if [oid_of(part) for part in frame.signature_algorithm[:1]] != [SM2_WITH_SM3]:
            raise MalformedCertificate("the request is not signed with SM2 and SM3")
        spki = read_der(SubjectPublicKeyInfo, asn1.encode_der(frame.tbs.spki), what="a public key")
        key = Sm2PublicKey(spki.public_key.as_bytes())
        value = Sm2Signature.from_der(frame.signature.as_bytes())
        key.verify(asn1.encode_der(frame.tbs), value, signer_id=SIGNER_ID_GM)
        return cls(asn1.encode_der(frame.tbs.subject), key)


def make_request(key: SigningKey, subject: x509.Name) -> bytes:
    """Return a PKCS #10 request for an open key in its suite, DER."""
    public_key, suite = key.public_key, suite_of(key.public_key)
    algorithm = AlgorithmIdentifier(
        algorithm=x509.ObjectIdentifier(suite.signature_algorithm),
        parameters=_PARAMETERS.get(suite.name),
    )
    tbs = TbsRequest(
        version=0,
        subject=raw(subject.public_bytes()),
        spki=raw(to_spki(public_key)),
        attributes=asn1.SetOf([]),
    )
    signature = sign_message(key, public_key, asn1.encode_der(tbs), signer_id=SIGNER_ID_GM)
    return asn1.encode_der(
        RequestFrame(
            tbs=tbs,
            signature_algorithm=parts_of(algorithm),
            signature=asn1.BitString(signature.to_der(), 0),
        )
    )


def import_chain(uri: KeyUri, key: PublicKey, pem: bytes) -> Credential:
    """Return the credential of what a CA sent back, in whatever order it sent it.

    Raises `CertificateMismatch` when no certificate is of `key`, or when none of those reaches a
    self-signed root through the others. Of several ways the shortest is taken.
    """
    found = Certificate.load_pem_chain(pem)
    ways: list[tuple[Certificate, ...]] = [(one,) for one in found if one.public_key == key]
    if not ways:
        raise CertificateMismatch(f"none of the {len(found)} certificates is of the key {uri}")
    authorities = tuple(dict.fromkeys(one for one in found if one.is_ca))
    missing = ""
    while ways:
        for way in ways:
            if _is_link(way[-1], way[-1]):
                return Credential(uri, way)
        missing = ways[0][-1].issuer
        ways = _longer(ways, authorities)
    raise CertificateMismatch(f"the certificate of {missing} is missing")


def _longer(
    ways: list[tuple[Certificate, ...]], authorities: tuple[Certificate, ...]
) -> list[tuple[Certificate, ...]]:
    """Return every way with one more step; each authority is reached once, so cycles end."""
    used = {one for way in ways for one in way}
    reached: dict[Certificate, tuple[Certificate, ...]] = {}
    for way in ways:
        for issuer in authorities:
            if issuer not in used and issuer not in reached and _is_link(way[-1], issuer):
                reached[issuer] = (*way, issuer)
    return list(reached.values())


def _is_link(child: Certificate, issuer: Certificate) -> bool:
    try:
        require_link(child, issuer)
    except CertificateMismatch:
        return False
    return True
