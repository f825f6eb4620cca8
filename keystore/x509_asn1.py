"""The frames of X.509 that `cryptography` does not open or write for SM2 (RFC 5280, RFC 2986)."""

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1

from keystore.errors import MalformedCertificate, MalformedKey

__all__ = [
    "FOREIGN_FAULTS",
    "AlgorithmIdentifier",
    "CertificateFrame",
    "CrlFrame",
    "RequestFrame",
    "RevokedEntry",
    "SignedFrame",
    "SubjectPublicKeyInfo",
    "TbsCertificate",
    "TbsCrl",
    "TbsRequest",
    "Validity",
    "oid_of",
    "raw",
    "require_equal_algorithms",
    "require_whole",
    "spki_of",
]

FOREIGN_FAULTS = (
    ValueError,
    TypeError,
    MalformedKey,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for bytes it cannot make sense of."""


def raw(der: bytes) -> asn1.TLV:
    """Take DER as it is, to be put into a larger structure."""
    return asn1.decode_der(asn1.TLV, der)


def oid_of(element: asn1.TLV) -> str | None:
    """Return the dotted text of an OBJECT IDENTIFIER, None for anything else."""
    try:
        return str(element.parse(x509.ObjectIdentifier).dotted_string)
    except ValueError:
        return None


@asn1.sequence
class AlgorithmIdentifier:
    """What is written here: an OID, with a curve, NULL or nothing as parameters."""

    algorithm: x509.ObjectIdentifier
    parameters: x509.ObjectIdentifier | asn1.Null | None


@asn1.sequence
class SubjectPublicKeyInfo:
    """The key's algorithm with any parameters, and the key."""

    algorithm: list[asn1.TLV]
    public_key: asn1.BitString


@asn1.sequence
class Validity:
    """The two times as they stand."""

    not_before: asn1.UTCTime | asn1.GeneralizedTime
    not_after: asn1.UTCTime | asn1.GeneralizedTime


@asn1.sequence
class TbsCertificate:
    """RFC 5280, 4.1; the unique identifiers, long out of use, are not accepted."""

    version: Annotated[int | None, asn1.Explicit(0)]
    serial_number: int
    signature: list[asn1.TLV]
    issuer: asn1.TLV
    validity: Validity
    subject: asn1.TLV
    spki: asn1.TLV
    extensions: Annotated[list[asn1.TLV] | None, asn1.Explicit(3)]


@asn1.sequence
class CertificateFrame:
    """The signed whole; also that of a CRL or a request, with their own `tbs`."""

    tbs: TbsCertificate
    signature_algorithm: list[asn1.TLV]
    signature: asn1.BitString


def spki_of(frame: CertificateFrame) -> bytes:
    """Return the subject's key information as DER."""
    return asn1.encode_der(frame.tbs.spki)


@asn1.sequence
class SignedFrame:
    """Any signed structure of X.509, its inside unread."""

    tbs: list[asn1.TLV]
    signature_algorithm: asn1.TLV
    signature: asn1.BitString


@asn1.sequence
class RevokedEntry:
    """One revoked serial number and when."""

    serial_number: int
    revocation_date: asn1.UTCTime | asn1.GeneralizedTime


@asn1.sequence
class TbsCrl:
    """RFC 5280, 5.1, version 2."""

    version: int
    signature: AlgorithmIdentifier
    issuer: asn1.TLV
    this_update: asn1.UTCTime | asn1.GeneralizedTime
    next_update: asn1.UTCTime | asn1.GeneralizedTime
    revoked: list[RevokedEntry] | None
    extensions: Annotated[list[asn1.TLV], asn1.Explicit(0)]


@asn1.sequence
class CrlFrame:
    """The signed CRL."""

    tbs: TbsCrl
    signature_algorithm: AlgorithmIdentifier
    signature: asn1.BitString


@asn1.sequence
class TbsRequest:
    """RFC 2986, 4.1; `attributes` is the SET's content as found or made."""

    version: int
    subject: asn1.TLV
    spki: asn1.TLV
    attributes: Annotated[asn1.SetOf[asn1.TLV], asn1.Implicit(0)]


@asn1.sequence
class RequestFrame:
    """The signed PKCS #10 request."""

    tbs: TbsRequest
    signature_algorithm: list[asn1.TLV]
    signature: asn1.BitString


def require_equal_algorithms(inner: list[asn1.TLV], outer: list[asn1.TLV]) -> None:
    """Raise `MalformedCertificate` unless what is signed and the signature name one algorithm."""
    if [asn1.encode_der(part) for part in inner] != [asn1.encode_der(part) for part in outer]:
        raise MalformedCertificate("the two signature algorithms differ")


def require_whole(signature: asn1.BitString) -> None:
    """Refuse unused bits, which would make two encodings of one certificate."""
    if signature.padding_bits():
        raise MalformedCertificate("the signature is not whole octets")
