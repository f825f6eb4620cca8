"""X.509 certificates and revocation lists with SM2 keys (GB/T 20518), and RSA or ECDSA ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature as ForeignInvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from keystore.algorithms import (
    DIGESTS,
    EC_PUBLIC_KEY,
    SIGNATURE_ALGORITHMS,
    SM2_CURVE,
    KeyFamily,
    digest_of,
)
from keystore.errors import InvalidSignature, MalformedCertificate, MalformedKey
from keystore.rsa_pss import pss_parameters, pss_parameters_of_frame
from keystore.sm2 import Sm2PublicKey, Sm2Signature, sm3
from keystore.x509_asn1 import CertificateFrame, SignedFrame, SubjectPublicKeyInfo, oid_of, spki_of

__all__ = [
    "Certificate",
    "DigestAfter",
    "PublicKey",
    "RevocationList",
    "digests_of",
    "verify_with_key",
]

PublicKey = Sm2PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey
DigestAfter = Callable[[str, bytes], bytes]
"""Returns the digest of that name over a prefix (Z_A for SM2, else nothing) and the message."""

_RSA_FAMILIES = frozenset({KeyFamily.RSA, KeyFamily.RSA_PSS})
_PycaCertificate = x509.Certificate
_PycaCrl = x509.CertificateRevocationList
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
_FOREIGN = (
    ValueError,
    TypeError,
    MalformedKey,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for bytes it cannot make sense of."""

INTEGER_TAG = b"\x02"
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
        except _FOREIGN as error:
            raise MalformedCertificate("the file holds no PEM certificate") from error
        return tuple(cls.from_der(one.public_bytes(serialization.Encoding.DER)) for one in found)

    def __eq__(self, other: object) -> bool:
        """Compare bytes."""
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        """Follow `__eq__`."""
        return hash(self.der)

    @property
    def serial(self) -> int:
        """The serial number."""
        return self.x509.serial_number

    @property
    def not_before(self) -> datetime:
        """The first instant of validity, aware UTC."""
        return self.x509.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """The last instant of validity, aware UTC."""
        return self.x509.not_valid_after_utc

    @property
    def common_name(self) -> str:
        """The subject's common name, or its whole name where it has none."""
        return _attribute(self.x509, _COMMON_NAME) or self.subject

    @property
    def organization(self) -> str | None:
        """The subject's organisation."""
        return _attribute(self.x509, _ORGANIZATION)

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

    def verify_message(
        self,
        message: bytes,
        signature: bytes,
        *,
        algorithm: str,
        digest: str | None,
        signer_id: bytes,
        parameters: bytes | None = None,
    ) -> None:
        """Raise `InvalidSignature` unless `signature` (DER or PKCS #1) is over `message`.

        `algorithm` is the signature OID; `digest` a name of `DIGEST_NAMES`, needed where the
        OID names none. `signer_id` is used for SM2 only, `parameters` (DER) for RSASSA-PSS only.
        """
        self.verify_digested(
            digests_of(message),
            signature,
            algorithm=algorithm,
            digest=digest,
            signer_id=signer_id,
            parameters=parameters,
        )

    def verify_digested(
        self,
        digest_after: DigestAfter,
        signature: bytes,
        *,
        algorithm: str,
        digest: str | None,
        signer_id: bytes,
        parameters: bytes | None = None,
    ) -> None:
        """Judge as `verify_message` does, over a message that only its digests are known of."""
        _verify_digested(
            self.public_key,
            digest_after,
            signature,
            algorithm=algorithm,
            digest=digest,
            signer_id=signer_id,
            parameters=parameters,
        )


def verify_with_key(  # noqa: PLR0913 - one signature, said in full
    key: PublicKey,
    message: bytes,
    signature: bytes,
    *,
    algorithm: str,
    digest: str | None,
    signer_id: bytes,
    parameters: bytes | None = None,
) -> None:
    """Raise `InvalidSignature` unless `signature` is over `message`; see `verify_message`."""
    _verify_digested(
        key,
        digests_of(message),
        signature,
        algorithm=algorithm,
        digest=digest,
        signer_id=signer_id,
        parameters=parameters,
    )


def digests_of(message: bytes) -> DigestAfter:
    """Return the digests of a message that is at hand."""

    def digest_after(name: str, prefix: bytes) -> bytes:
        running = hashes.Hash(digest_of(name))
        running.update(prefix)
        running.update(message)
        return running.finalize()

    return digest_after


def _verify_digested(  # noqa: PLR0913 - one signature, said in full
    key: PublicKey,
    digest_after: DigestAfter,
    signature: bytes,
    *,
    algorithm: str,
    digest: str | None,
    signer_id: bytes,
    parameters: bytes | None = None,
) -> None:
    row = SIGNATURE_ALGORITHMS.get(algorithm)
    if row is None:
        raise InvalidSignature(f"the signature algorithm {algorithm} is not supported")
    padded: padding.PSS | padding.PKCS1v15 = padding.PKCS1v15()
    name = row.digest or digest
    if row.family is KeyFamily.RSA_PSS:
        name, padded = pss_parameters(parameters)
    if name not in DIGESTS or (digest is not None and digest != name):
        raise InvalidSignature("the digest and the signature algorithm do not agree")
    if row.family is KeyFamily.SM2 and isinstance(key, Sm2PublicKey) and name == "sm3":
        value = Sm2Signature.from_der(signature)
        key.verify_digest(digest_after(name, key.identity_digest(signer_id)), value)
        return
    hashed = Prehashed(digest_of(name))
    try:
        if row.family in _RSA_FAMILIES and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, digest_after(name, b""), padded, hashed)
        elif row.family is KeyFamily.ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, digest_after(name, b""), ec.ECDSA(hashed))
        else:
            raise InvalidSignature("the key and the signature algorithm do not agree")
    except (ForeignInvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise InvalidSignature("the signature does not fit this key and message") from error


@lru_cache(maxsize=CACHED_CERTIFICATES)
def _read(der: bytes) -> Certificate:
    try:
        parsed = x509.load_der_x509_certificate(der)
        frame = asn1.decode_der(CertificateFrame, der)
        _require_equal_algorithms(frame.tbs.signature, frame.signature_algorithm)
        _require_whole(frame.signature)
        if frame.tbs.serial_number <= 0:
            raise MalformedCertificate("the serial number is not positive")
        return Certificate(
            der=der,
            x509=parsed,
            public_key=_public_key(parsed, frame),
            key_usage=_key_usage(parsed),
            extended_key_usage=_extended_key_usage(parsed),
            is_ca=_basic(parsed).ca,
            path_length=_basic(parsed).path_length,
            subject=parsed.subject.rfc4514_string(),
            issuer=parsed.issuer.rfc4514_string(),
            subject_der=asn1.encode_der(frame.tbs.subject),
            issuer_der=asn1.encode_der(frame.tbs.issuer),
            key_bits=_key_info(frame).public_key.as_bytes(),
            fingerprint=sm3(der).hex(),
        )
    except _FOREIGN as error:
        raise MalformedCertificate("the bytes are not a usable X.509 certificate") from error


def _require_equal_algorithms(inner: list[asn1.TLV], outer: list[asn1.TLV]) -> None:
    if [asn1.encode_der(part) for part in inner] != [asn1.encode_der(part) for part in outer]:
        raise MalformedCertificate("the two signature algorithms differ")


def _require_whole(signature: asn1.BitString) -> None:
    """Refuse unused bits, which would make two encodings of one certificate."""
    if signature.padding_bits():
        raise MalformedCertificate("the signature is not whole octets")


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
            algorithm=child.x509.signature_algorithm_oid.dotted_string,
            digest=None,
            signer_id=signer_id,
            parameters=pss_parameters_of_frame(child.der),
        )
    except InvalidSignature as error:
        return str(error)
    return None


def _issuer_of_list(der: bytes) -> bytes:
    """Return the issuer's name as encoded; raise unless both algorithms are the same.

    The inner algorithm is the one SEQUENCE before the issuer, after an optional version.
    """
    frame = asn1.decode_der(SignedFrame, der)
    _require_whole(frame.signature)
    inner, issuer, *_ = frame.tbs[1:] if frame.tbs[0].tag_bytes == INTEGER_TAG else frame.tbs
    _require_equal_algorithms([inner], [frame.signature_algorithm])
    return asn1.encode_der(issuer)


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A CRL: who was revoked when, by whom, and until when the list speaks."""

    der: bytes = field(repr=False)
    x509: _PycaCrl = field(repr=False)
    issuer_der: bytes = field(repr=False)
    this_update: datetime
    next_update: datetime | None
    revoked: dict[int, datetime] = field(repr=False)

    @classmethod
    def from_der(cls, der: bytes) -> "RevocationList":
        """Read; raise `MalformedCertificate`. Of two entries for one serial the earlier counts."""
        try:
            parsed = x509.load_der_x509_crl(der)
            issuer = _issuer_of_list(der)
            _ = parsed.extensions  # read now, so that nobody meets a malformed one later
            dated = sorted((one.revocation_date_utc, one.serial_number) for one in parsed)
            return cls(
                der=der,
                x509=parsed,
                issuer_der=issuer,
                this_update=parsed.last_update_utc,
                next_update=parsed.next_update_utc,
                revoked={serial: moment for moment, serial in reversed(dated)},
            )
        except _FOREIGN as error:
            raise MalformedCertificate("the bytes are not a usable revocation list") from error

    def verify_issued_by(self, ca: Certificate, *, signer_id: bytes) -> None:
        """Raise `InvalidSignature` unless `ca`'s key signed this list and the names agree."""
        if ca.subject_der != self.issuer_der:
            raise InvalidSignature("the revocation list is of another issuer")
        ca.verify_message(
            self.x509.tbs_certlist_bytes,
            self.x509.signature,
            algorithm=self.x509.signature_algorithm_oid.dotted_string,
            digest=None,
            signer_id=signer_id,
            parameters=pss_parameters_of_frame(self.der),
        )
