"""CMS signed data as written: GB/T 35275-2017 with its own names, RFC 5652 with Adobe's readers."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat import asn1

from keystore.algorithms import SM2_SIGN, SM2_WITH_SM3, SM3
from keystore.certificates import Certificate
from keystore.cms import (
    CONTENT_TYPE,
    DATA,
    GM_DATA,
    GM_SIGNED_DATA,
    MESSAGE_DIGEST,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    TIMESTAMP_TOKEN,
)
from keystore.sm2 import sm3
from keystore.tlv import (
    CONTEXT_0,
    CONTEXT_1,
    NULL,
    OCTET_STRING,
    SEQUENCE,
    SET,
    encoded,
    encoded_integer,
    encoded_oid,
    encoded_set,
)

__all__ = ["GB_T_35275", "RFC_5652", "CmsForm", "encode_cms", "signed_attributes"]


@dataclass(frozen=True, slots=True)
class CmsForm:
    """Which OIDs a container is written with."""

    signed_data: str
    data: str
    signature_algorithm: str
    names_certificate: bool
    """Whether the attribute signing-certificate-v2 is added (RFC 5035)."""


GB_T_35275 = CmsForm(GM_SIGNED_DATA, GM_DATA, SM2_SIGN, names_certificate=False)
RFC_5652 = CmsForm(SIGNED_DATA, DATA, SM2_WITH_SM3, names_certificate=True)

_SM3_IDENTIFIER = encoded(SEQUENCE, encoded_oid(SM3), encoded(NULL))
_VERSION_1 = encoded_integer(1)


def signed_attributes(
    form: CmsForm, *, digest: bytes, signing_time: datetime | None, certificate: Certificate
) -> bytes:
    """Return the SET OF attributes in DER: the very bytes the key signs (RFC 5652, 5.4).

    `digest` is SM3 of the ByteRange; `signing_time` is the signer's claim, None to leave it out.
    """
    attributes = [
        _attribute(CONTENT_TYPE, encoded_oid(form.data)),
        _attribute(MESSAGE_DIGEST, encoded(OCTET_STRING, digest)),
    ]
    if signing_time is not None:
        whole = signing_time.replace(microsecond=0)
        attributes.append(_attribute(SIGNING_TIME, asn1.encode_der(asn1.UTCTime(whole))))
    if form.names_certificate:
        attributes.append(_attribute(SIGNING_CERTIFICATE_V2, _certificate_name(certificate)))
    return encoded_set(attributes, SET)


def encode_cms(
    form: CmsForm,
    *,
    attributes: bytes,
    signature: bytes,
    chain: tuple[Certificate, ...],
    timestamp: bytes | None,
) -> bytes:
    """Return the ContentInfo, detached. `chain` begins with the signer's certificate.

    `attributes` comes from `signed_attributes`, `signature` is DER `SEQUENCE {r, s}` over it and
    `timestamp` an RFC 3161 token over `signature`.
    """
    signer = chain[0]
    unsigned = [] if timestamp is None else [_attribute(TIMESTAMP_TOKEN, timestamp)]
    signer_info = encoded(
        SEQUENCE,
        _VERSION_1,
        encoded(SEQUENCE, signer.issuer_der, encoded_integer(signer.serial)),
        _SM3_IDENTIFIER,
        bytes((CONTEXT_0,)) + attributes[1:],
        encoded(SEQUENCE, encoded_oid(form.signature_algorithm), encoded(NULL)),
        encoded(OCTET_STRING, signature),
        *(encoded_set([one], CONTEXT_1) for one in unsigned),
    )
    signed_data = encoded(
        SEQUENCE,
        _VERSION_1,
        encoded(SET, _SM3_IDENTIFIER),
        encoded(SEQUENCE, encoded_oid(form.data)),
        encoded_set((one.der for one in chain), CONTEXT_0),
        encoded(SET, signer_info),
    )
    return encoded(SEQUENCE, encoded_oid(form.signed_data), encoded(CONTEXT_0, signed_data))


def _attribute(oid: str, value: bytes) -> bytes:
    return encoded(SEQUENCE, encoded_oid(oid), encoded(SET, value))


def _certificate_name(certificate: Certificate) -> bytes:
    """Return SigningCertificateV2 with one ESSCertIDv2 by SM3 (RFC 5035, 4)."""
    identifier = encoded(SEQUENCE, _SM3_IDENTIFIER, encoded(OCTET_STRING, sm3(certificate.der)))
    return encoded(SEQUENCE, encoded(SEQUENCE, identifier))
