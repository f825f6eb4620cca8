"""Signed data as written: GB/T 35275-2017 and RFC 5652, around a content or beside it.

Both are written with signed attributes (contentType, messageDigest, signingTime), the layout most
readers agree on; they differ in OIDs, and the second names the signer's certificate by its digest.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from keystore import SIGNER_ID_GM, Credential, Signer, sm3
from keystore.algorithms import SM2_SIGN, SM2_WITH_SM3, SM3
from keystore.x509_asn1 import AlgorithmIdentifier, raw
from signing.errors import SealNotInForce

__all__ = [
    "GBT_35275",
    "RFC_5652",
    "CmsDialect",
    "SignedContent",
    "require_valid",
    "signed_data",
    "signed_message",
]

VERSION_1 = 1
GENERALIZED_TIME_FROM_YEAR = 2050

CONTENT_TYPE = ObjectIdentifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = ObjectIdentifier("1.2.840.113549.1.9.4")
SIGNING_TIME = ObjectIdentifier("1.2.840.113549.1.9.5")
SIGNING_CERTIFICATE_V2 = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")


@dataclass(frozen=True, slots=True)
class CmsDialect:
    """The OIDs of one of the two standards."""

    signed_data: str
    data: str
    signature_algorithm: str
    names_certificate: bool


GBT_35275 = CmsDialect(
    signed_data="1.2.156.10197.6.1.4.2.2",
    data="1.2.156.10197.6.1.4.2.1",
    signature_algorithm=SM2_SIGN,
    names_certificate=False,
)
RFC_5652 = CmsDialect(
    signed_data="1.2.840.113549.1.7.2",
    data="1.2.840.113549.1.7.1",
    signature_algorithm=SM2_WITH_SM3,
    names_certificate=True,
)


@asn1.sequence
class _Attribute:
    type: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class _SignerInfo:
    version: int
    signer: _IssuerAndSerial
    digest_algorithm: AlgorithmIdentifier
    attributes: Annotated[asn1.SetOf[asn1.TLV], asn1.Implicit(0)]
    signature_algorithm: AlgorithmIdentifier
    signature: bytes


@asn1.sequence
class _Content:
    type: ObjectIdentifier
    octets: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: asn1.SetOf[AlgorithmIdentifier]
    content: _Content
    certificates: Annotated[asn1.SetOf[asn1.TLV], asn1.Implicit(0)]
    signers: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _ContentInfo:
    type: ObjectIdentifier
    content: Annotated[_SignedData, asn1.Explicit(0)]


@asn1.sequence
class _CertificateDigest:
    algorithm: AlgorithmIdentifier
    digest: bytes


@asn1.sequence
class _SigningCertificate:
    certificates: list[_CertificateDigest]


SM3_IDENTIFIER = AlgorithmIdentifier(algorithm=ObjectIdentifier(SM3), parameters=None)


@dataclass(frozen=True, slots=True)
class SignedContent:
    """What is signed and when it says so; `octets` None: the content is elsewhere (detached)."""

    digest: bytes
    signed_at: datetime
    octets: bytes | None = field(repr=False)


def require_valid(credential: Credential, moment: datetime) -> None:
    """Raise `SealNotInForce` outside the certificate's validity."""
    certificate = credential.certificate
    if not certificate.not_before <= moment <= certificate.not_after:
        raise SealNotInForce(
            f"the certificate of {certificate.common_name} is not valid on {moment:%Y-%m-%d}"
        )


def signed_message(
    message: bytes, *, dialect: CmsDialect, credential: Credential, signer: Signer, at: datetime
) -> bytes:
    """Return DER(ContentInfo) around the message. Raises `SealNotInForce` and what the key raises.

    `at` is the signer's claim, an aware time; whole seconds are written.
    """
    require_valid(credential, at)
    content = SignedContent(sm3(message), at.replace(microsecond=0), message)
    return signed_data(content, dialect=dialect, credential=credential, signer=signer)


def signed_data(
    content: SignedContent, *, dialect: CmsDialect, credential: Credential, signer: Signer
) -> bytes:
    """Use the key once and return DER(ContentInfo)."""
    certificate = credential.certificate
    attributes = _attributes(content, dialect, credential)
    # The SET OF is signed under its own tag, not the [0] it is stored under (RFC 5652, 5.4).
    signed = _inner(asn1.encode_der(_Attributes(attributes=attributes)))
    signer_info = _SignerInfo(
        version=VERSION_1,
        signer=_IssuerAndSerial(issuer=raw(certificate.issuer_der), serial=certificate.serial),
        digest_algorithm=SM3_IDENTIFIER,
        attributes=attributes,
        signature_algorithm=AlgorithmIdentifier(
            algorithm=ObjectIdentifier(dialect.signature_algorithm), parameters=None
        ),
        signature=signer.sign(signed, signer_id=SIGNER_ID_GM).to_der(),
    )
    body = _SignedData(
        version=VERSION_1,
        digest_algorithms=asn1.SetOf([SM3_IDENTIFIER]),
        content=_Content(type=ObjectIdentifier(dialect.data), octets=content.octets),
        certificates=asn1.SetOf([raw(one.der) for one in credential.chain]),
        signers=asn1.SetOf([signer_info]),
    )
    return asn1.encode_der(_ContentInfo(type=ObjectIdentifier(dialect.signed_data), content=body))


def _attributes(
    content: SignedContent, dialect: CmsDialect, credential: Credential
) -> asn1.SetOf[asn1.TLV]:
    found = [
        _attribute(CONTENT_TYPE, asn1.encode_der(ObjectIdentifier(dialect.data))),
        _attribute(MESSAGE_DIGEST, asn1.encode_der(content.digest)),
        _attribute(SIGNING_TIME, _time(content.signed_at)),
    ]
    if dialect.names_certificate:
        digest = _CertificateDigest(
            algorithm=SM3_IDENTIFIER, digest=sm3(credential.certificate.der)
        )
        value = asn1.encode_der(_SigningCertificate(certificates=[digest]))
        found.append(_attribute(SIGNING_CERTIFICATE_V2, value))
    return asn1.SetOf([raw(one) for one in found])


@asn1.sequence
class _Attributes:
    attributes: asn1.SetOf[asn1.TLV]


def _inner(sequence: bytes) -> bytes:
    """Return the one element of a SEQUENCE, header included."""
    return bytes(asn1.decode_der(asn1.TLV, sequence).data)


def _attribute(kind: ObjectIdentifier, value: bytes) -> bytes:
    return asn1.encode_der(_Attribute(type=kind, values=asn1.SetOf([raw(value)])))


def _time(moment: datetime) -> bytes:
    """Return UTCTime to 2049, GeneralizedTime from 2050 (RFC 5652, 11.3)."""
    is_late = moment.year >= GENERALIZED_TIME_FROM_YEAR
    return asn1.encode_der((asn1.GeneralizedTime if is_late else asn1.UTCTime)(moment))
