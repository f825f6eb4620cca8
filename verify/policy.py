"""What is asked of a signature before it passes; every switch is named, none has a default."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from keystore import SIGNER_ID_GM

__all__ = ["POLICIES", "QIANYIN_DEFAULT", "QIANYIN_STRICT", "RevocationRule", "VerificationPolicy"]


class RevocationRule(StrEnum):
    """When it must be known that a certificate was not revoked."""

    ALWAYS = "always"
    WHERE_NAMED = "where_named"
    """Only where the certificate says who would know (a CRL or OCSP address)."""


@dataclass(frozen=True, slots=True)
class VerificationPolicy:
    """A named set of demands. Digests by name, algorithms by OID."""

    name: str
    signer_id: bytes
    """The ID that enters Z_A of every SM2 signature."""
    signature_algorithms: frozenset[str]
    seal_algorithms: frozenset[str]
    """What seals are made and used with: their standards know SM2 over SM3 alone."""
    digests: frozenset[str]
    rsa_bits: int
    """The smallest RSA modulus."""
    curves: frozenset[str]
    accepted_deviations: frozenset[str]
    """Deviations from a standard that only lead to a warning."""
    revocation: RevocationRule
    clock_tolerance: timedelta
    """How far a signature may seem to lie in the future."""
    path_length: int
    """Certificates between the signer and the anchor, both included."""
    signer_purposes: frozenset[str]
    """Accepted extended key usages; a certificate without the extension may sign."""
    seal_size_tolerance_mm: float
    makers_must_be_named: bool
    """Whether `trust.toml` must name who may make seals; else an unnamed maker is a warning."""
    compares_record: bool
    """Whether the record inside a licence must be what its page prints."""


_SM2 = frozenset({"1.2.156.10197.1.501", "1.2.156.10197.1.301", "1.2.156.10197.1.301.1"})
_RSA = frozenset(
    {
        "1.2.840.113549.1.1.1",
        "1.2.840.113549.1.1.10",
        "1.2.840.113549.1.1.11",
        "1.2.840.113549.1.1.12",
        "1.2.840.113549.1.1.13",
    }
)
_ECDSA = frozenset(
    {
        "1.2.840.10045.2.1",
        "1.2.840.10045.4.3.2",
        "1.2.840.10045.4.3.3",
        "1.2.840.10045.4.3.4",
    }
)

QIANYIN_DEFAULT = VerificationPolicy(
    name="qianyin-default",
    signer_id=SIGNER_ID_GM,
    signature_algorithms=_SM2 | _RSA | _ECDSA,
    seal_algorithms=_SM2,
    digests=frozenset({"sm3", "sha256", "sha384", "sha512"}),
    rsa_bits=2048,
    curves=frozenset({"secp256r1", "secp384r1", "secp521r1"}),
    # Seen in genuine files of several vendors; each leaves one reading of the bytes only.
    accepted_deviations=frozenset(
        {
            "SES_RAW_SEAL_SIGNATURE",
            "SES_RAW_SIGNATURE",
            "SES_TIME_FORM",
            "SES_EXTENSION_TAG",
            "SES_EXPLICIT_DEFAULT",
            "SES_TIMESTAMP_TAG",
            "SES_STAMP_AS_TIME",
            "CMS_ATTRIBUTES_UNSORTED",
            "CMS_DIGEST_AS_CONTENT",
            "CMS_DIGEST_AS_BASE64",
            "CMS_EVIDENCE_TWICE",
            "CMS_WITHOUT_ATTRIBUTES",
        }
    ),
    revocation=RevocationRule.WHERE_NAMED,
    clock_tolerance=timedelta(minutes=5),
    path_length=8,
    signer_purposes=frozenset(
        {
            "2.5.29.37.0",  # anyExtendedKeyUsage
            "1.3.6.1.5.5.7.3.4",  # emailProtection: what provincial CAs put in
            "1.3.6.1.5.5.7.3.36",  # documentSigning (RFC 9336)
            "1.2.840.113583.1.1.5",  # Adobe authentic documents
            "1.3.6.1.4.1.311.10.3.12",  # Microsoft document signing
        }
    ),
    seal_size_tolerance_mm=1.0,
    makers_must_be_named=False,
    compares_record=True,
)
"""What a citizen's check asks for: SM2 seals and CMS, and sound RSA or ECDSA CMS beside them."""

QIANYIN_STRICT = replace(
    QIANYIN_DEFAULT,
    name="qianyin-strict",
    signature_algorithms=_SM2,
    digests=frozenset({"sm3"}),
    accepted_deviations=frozenset(),
    revocation=RevocationRule.ALWAYS,
    makers_must_be_named=True,
)
"""SM2 and SM3 alone, every word as its standard says, revocation known, seal makers named."""

POLICIES = {one.name: one for one in (QIANYIN_DEFAULT, QIANYIN_STRICT)}
