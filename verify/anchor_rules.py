"""What the operator says about an anchor: where it comes from, what it is for, and how long."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from cryptography import x509

from keystore import Certificate
from keystore.errors import MalformedAsn1
from keystore.tlv import Tlv
from verify.codes import Code
from verify.times import Times

__all__ = ["AnchorRule", "IssuingRight", "Need", "Purpose", "Refusal", "unified_codes_of"]


class Purpose(StrEnum):
    """Whom an anchor may vouch for."""

    SIGNERS = "signers"
    MAKERS = "makers"
    TIMESTAMPS = "timestamps"
    REPORTS = "reports"
    """Services that sign what they found."""


@dataclass(frozen=True, slots=True)
class Need:
    """For whom an anchor is looked for, and as of when; `purpose` None: for anybody."""

    purpose: Purpose | None
    times: Times


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an anchor that is there does not count."""

    code: Code
    detail: str


@dataclass(frozen=True, slots=True)
class IssuingRight:
    """An authority, by unified code (GB 32100) or organisation, and the type codes it may issue."""

    unified_code: str | None
    organization: str | None
    types: frozenset[str]

    def is_of(self, certificate: Certificate) -> bool:
        """Say whether the certificate is this authority's, as its CA says."""
        if self.unified_code is not None:
            return self.unified_code in unified_codes_of(certificate)
        return self.organization == certificate.organization


@dataclass(frozen=True, slots=True)
class AnchorRule:
    """One entry of `trust.toml`. Times are aware; None: without that bound."""

    source: str
    obtained: date
    serves: frozenset[Purpose]
    trusted_from: datetime | None
    trusted_until: datetime | None
    may_issue: tuple[IssuingRight, ...] = field(repr=False)
    """Empty: whoever it vouches for may issue anything."""
    makers: frozenset[str]
    """SM3, in hex, of the seal makers' certificates or of the CAs that certify nobody else.

    Empty: nothing is said of who makes seals.
    """

    def refusal(self, need: Need) -> Refusal | None:
        """Return why it does not count for this need, None when it does."""
        if need.purpose is not None and need.purpose not in self.serves:
            detail = f"the root at the end of the path is not trusted for {need.purpose}"
            return Refusal(Code.ANCHOR_OUT_OF_SCOPE, detail)
        if not all(map(self._holds, need.times.decisive)):
            detail = "the root at the end of the path is not trusted for the time that counts"
            return Refusal(Code.ANCHOR_NOT_IN_FORCE, detail)
        return None

    def _holds(self, moment: datetime) -> bool:
        is_early = self.trusted_from is not None and moment < self.trusted_from
        return not is_early and (self.trusted_until is None or moment <= self.trusted_until)

    def allows(self, certificate: Certificate, type_code: str) -> bool:
        """Say whether the signer's authority may issue licences of this type."""
        rights = (one for one in self.may_issue if type_code in one.types)
        return not self.may_issue or any(one.is_of(certificate) for one in rights)


# Where provincial CAs put the code: GM/T 0015's extensions, the older set, one province's own.
_EXTENSIONS = frozenset(
    {
        "1.2.156.10260.4.1.3",
        "1.2.156.10260.4.1.4",
        "1.2.156.10260.4.1.5",
        "1.2.156.10260.4.4",
        "1.2.86.11.7.3",
        "1.2.156.1.8888.148",
    }
)
_ATTRIBUTES = (x509.NameOID.ORGANIZATION_IDENTIFIER, x509.NameOID.SERIAL_NUMBER)
_STRINGS = frozenset({0x04, 0x0C, 0x13, 0x16})  # OCTET, UTF8, Printable and IA5 String
_UNIFIED_CODE = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])")


def unified_codes_of(certificate: Certificate) -> frozenset[str]:
    """Return every unified code (GB 32100, 18 characters) that the certificate names."""
    texts = [
        _text(one.value.value)
        for one in certificate.x509.extensions
        if one.oid.dotted_string in _EXTENSIONS
        and isinstance(one.value, x509.UnrecognizedExtension)
    ]
    subject = certificate.x509.subject
    texts += [str(one.value) for oid in _ATTRIBUTES for one in subject.get_attributes_for_oid(oid)]
    return frozenset(code for text in texts for code in _UNIFIED_CODE.findall(text.upper()))


def _text(value: bytes) -> str:
    """Return the words of an extension: a string of some kind, or bare bytes."""
    try:
        inner = Tlv.from_der(value)
    except MalformedAsn1:
        return value.decode("utf-8", "replace")
    return (inner.body if inner.tag in _STRINGS else value).decode("utf-8", "replace")
