"""X.509 certificates with SM2 keys (GB/T 20518), and RSA or ECDSA ones."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keystore.algorithms import EC_PUBLIC_KEY, SM2_CURVE
from keystore.errors import InvalidSignature, MalformedCertificate, MalformedKey
from keystore.public_keys import (
    PublicKey,
    verify_with_key,
)
from keystore.rsa_pss import pss_parameters_of_frame
from keystore.sm2 import Sm2PublicKey, sm3
from keystore.x509_asn1 import (
    FOREIGN_FAULTS,
    CertificateFrame,
    SubjectPublicKeyInfo,
    oid_of,
    require_equal_algorithms,
    require_whole,
    spki_of,
)

__all__ = ["Certificate"]

_PycaCertificate = x509.Certificate
_COMMON_NAME = x509.NameOID.COMMON_NAME
_ORGANIZATION = x509.NameOID.ORGANIZATION_NAME

_KEY_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)
CERTIFICATE_MAX_BYTES = 64 * 1024
CACHED_CERTIFICATES = 2048
CACHED_CERTIFICATE_MAX_BYTES = 4096
"""Above what CAs issue; a stranger's certificates shall not fill the memory."""
CACHED_LINKS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """One certificate; equal when its bytes are."""

    der: bytes
    x509: _PycaCertificate = field(repr=False)
    public_key: PublicKey = field(repr=False)
    key_usage: frozenset[str] = field(repr=False)
    extended_key_usage: frozenset[str] = field(repr=False)
    is_ca: bool = field(repr=False)
    path_length: int | None = field(repr=False)
    subject: str
    issuer: str = field(repr=False)
    subject_der: bytes = field(repr=False)
    """The subject's name as it is encoded."""
    issuer_der: bytes = field(repr=False)
    """The issuer's name as it is encoded."""
    key_bits: bytes = field(repr=False)
    """The key as encoded: the content of subjectPublicKey."""
    fingerprint: str = field(repr=False)
    serial: int = field(repr=False)
    not_before: datetime = field(repr=False)
    """The first instant of validity, aware UTC."""
    not_after: datetime = field(repr=False)
    """The last instant of validity, aware UTC."""
    common_name: str = field(repr=False)
    """The subject's common name, or its whole name where it has none."""
    organization: str | None = field(repr=False)
    """The subject's organisation."""
    algorithm: str = field(repr=False)
    """The OID of the algorithm it was signed with."""

    @classmethod
    def from_der(cls, der: bytes) -> "Certificate":
        """Read strictly; raise `MalformedCertificate`. The last 2048 of usual size are kept."""
        if len(der) > CERTIFICATE_MAX_BYTES:
            raise MalformedCertificate("the certificate is larger than 64 KiB")
        read = _read if len(der) <= CACHED_CERTIFICATE_MAX_BYTES else _read.__wrapped__
        return read(bytes(der))

    @classmethod
    def from_pem(cls, pem: bytes) -> "Certificate":
        """Read the first certificate of a PEM file."""
        return cls.load_pem_chain(pem)[0]

    @classmethod
    def load_pem_chain(cls, pem: bytes) -> tuple["Certificate", ...]:
        """Read every certificate of a PEM file, in its order; raise `MalformedCertificate`."""
        try:
            found = x509.load_pem_x509_certificates(pem)
        except FOREIGN_FAULTS as error:
            raise MalformedCertificate("the file holds no PEM certificate") from error
        return tuple(cls.from_der(one.public_bytes(serialization.Encoding.DER)) for one in found)

    def __eq__(self, other: object) -> bool:
        """Compare bytes."""
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        """Follow `__eq__`."""
        return hash(self.der)

    @property
    def is_self_issued(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.subject_der == self.issuer_der

    def to_pem(self) -> bytes:
        """Return the certificate as PEM."""
        return self.x509.public_bytes(serialization.Encoding.PEM)

    def verify_issued(self, child: "Certificate", *, signer_id: bytes) -> None:
        """Raise `InvalidSignature` unless this key signed `child`; only the signature is judged."""
        judge = _link_fault if _is_small(self, child) else _link_fault.__wrapped__
        fault = judge(self, child, signer_id)
        if fault:
            raise InvalidSignature(fault)


@lru_cache(maxsize=CACHED_CERTIFICATES)
def _read(der: bytes) -> Certificate:
    try:
        return _certificate(der, x509.load_der_x509_certificate(der), _frame(der))
    except FOREIGN_FAULTS as error:
        raise MalformedCertificate("the bytes are not a usable X.509 certificate") from error


def _frame(der: bytes) -> CertificateFrame:
    frame = asn1.decode_der(CertificateFrame, der)
    require_equal_algorithms(frame.tbs.signature, frame.signature_algorithm)
    require_whole(frame.signature)
    if frame.tbs.serial_number <= 0:
        raise MalformedCertificate("the serial number is not positive")
    return frame


def _certificate(der: bytes, parsed: x509.Certificate, frame: CertificateFrame) -> Certificate:
    basic = _basic(parsed)
    return Certificate(
        der=der,
        x509=parsed,
        public_key=_public_key(parsed, frame),
        key_usage=_key_usage(parsed),
        extended_key_usage=_extended_key_usage(parsed),
        is_ca=basic.ca,
        path_length=basic.path_length,
        subject=parsed.subject.rfc4514_string(),
        issuer=parsed.issuer.rfc4514_string(),
        subject_der=asn1.encode_der(frame.tbs.subject),
        issuer_der=asn1.encode_der(frame.tbs.issuer),
        key_bits=_key_info(frame).public_key.as_bytes(),
        fingerprint=sm3(der).hex(),
        serial=parsed.serial_number,
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        common_name=_attribute(parsed, _COMMON_NAME) or parsed.subject.rfc4514_string(),
        organization=_attribute(parsed, _ORGANIZATION),
        algorithm=parsed.signature_algorithm_oid.dotted_string,
    )


def _key_info(frame: CertificateFrame) -> SubjectPublicKeyInfo:
    return asn1.decode_der(SubjectPublicKeyInfo, spki_of(frame))


def _public_key(parsed: x509.Certificate, frame: CertificateFrame) -> PublicKey:
    spki = _key_info(frame)
    oids = {oid_of(part) for part in spki.algorithm}
    # A few old products name the curve as the algorithm itself.
    if oids in ({EC_PUBLIC_KEY, SM2_CURVE}, {SM2_CURVE}):
        return Sm2PublicKey(spki.public_key.as_bytes())
    try:
        key = parsed.public_key()
    except UnsupportedAlgorithm as error:
        raise MalformedKey("the certificate's key is of an unsupported kind") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise MalformedKey("the certificate's key is neither SM2, RSA nor ECDSA")
    return key


def _extension(parsed: x509.Certificate, kind: type[Any]) -> Any:  # noqa: ANN401 - cryptography's own
    try:
        return parsed.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _key_usage(parsed: x509.Certificate) -> frozenset[str]:
    value = _extension(parsed, x509.KeyUsage)
    return frozenset(name for name in _KEY_USES if value is not None and getattr(value, name))


def _extended_key_usage(parsed: x509.Certificate) -> frozenset[str]:
    value = _extension(parsed, x509.ExtendedKeyUsage)
    return frozenset(oid.dotted_string for oid in value or ())


def _basic(parsed: x509.Certificate) -> x509.BasicConstraints:
    found = _extension(parsed, x509.BasicConstraints)
    return found or x509.BasicConstraints(ca=False, path_length=None)


def _attribute(parsed: x509.Certificate, oid: x509.ObjectIdentifier) -> str | None:
    values = parsed.subject.get_attributes_for_oid(oid)
    return str(values[0].value) if values else None


def _is_small(*certificates: Certificate) -> bool:
    return all(len(one.der) <= CACHED_CERTIFICATE_MAX_BYTES for one in certificates)


@lru_cache(maxsize=CACHED_LINKS)
def _link_fault(issuer: Certificate, child: Certificate, signer_id: bytes) -> str | None:
    try:
        verify_with_key(
            issuer.public_key,
            child.x509.tbs_certificate_bytes,
            child.x509.signature,
            algorithm=child.algorithm,
            digest=None,
            signer_id=signer_id,
            parameters=pss_parameters_of_frame(child.der),
        )
    except InvalidSignature as error:
        return str(error)
    return None
