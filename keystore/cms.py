"""CMS signed data as read: GB/T 35275-2017 and RFC 5652, one form for both.

The header is strict DER, sets may stand in any order (many products do not sort them).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from keystore.errors import MalformedAsn1
from keystore.tlv import CONTEXT_0, CONTEXT_1, NULL, OCTET_STRING, SEQUENCE, SET, Tlv, encoded, only

__all__ = [
    "DATA",
    "GM_DATA",
    "GM_SIGNED_DATA",
    "SIGNED_DATA",
    "TST_INFO",
    "Attribute",
    "CmsDeviation",
    "CmsSignature",
    "CmsSigner",
]

SIGNED_DATA, DATA = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
GM_SIGNED_DATA, GM_DATA = "1.2.156.10197.6.1.4.2.2", "1.2.156.10197.6.1.4.2.1"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
TIMESTAMP_TOKEN = "1.2.840.113549.1.9.16.2.14"  # noqa: S105 - an OID

ARCHIVED_REVOCATION = "1.2.840.113583.1.1.8"  # Adobe's revocationInfoArchival

VERSIONS = frozenset({1, 3})  # 4 and 5 announce forms of certificates that are not read here
_SKI = 0x80  # [0] IMPLICIT OCTET STRING
_SIGNERS_MAX = 16
_CERTIFICATES_MAX = 100


class CmsDeviation(StrEnum):
    """Seen in real files, accepted, never silently."""

    ATTRIBUTES_UNSORTED = "CMS_ATTRIBUTES_UNSORTED"
    DIGEST_ALGORITHMS = "CMS_DIGEST_ALGORITHMS"
    EVIDENCE_TWICE = "CMS_EVIDENCE_TWICE"
    OTHER_CERTIFICATE_FORM = "CMS_OTHER_CERTIFICATE_FORM"
    UNSIGNED_ATTRIBUTES = "CMS_UNSIGNED_ATTRIBUTES"
    SIGNER_TWICE = "CMS_SIGNER_TWICE"
    VERSION = "CMS_VERSION"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its OID and the DER of its values."""

    oid: str
    values: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CmsSigner:
    """One SignerInfo. Either issuer and serial, or `key_id`, names the certificate."""

    version: int
    issuer_der: bytes | None = field(repr=False)
    serial: int | None
    key_id: bytes | None
    digest_algorithm: str
    signature_algorithm: str
    signature_parameters: bytes | None
    """DER after the signature OID; None when absent or NULL."""
    signed_attributes: tuple[Attribute, ...] | None = field(repr=False)
    signed_attributes_der: bytes | None = field(repr=False)
    """The attributes as the SET OF that is signed (RFC 5652, 5.4), in the order they stand in."""
    signature: bytes = field(repr=False)
    unsigned_attributes: tuple[Attribute, ...] = field(repr=False)

    def signed_value(self, oid: str) -> bytes | None:
        """Return the DER of the attribute's one value; None when it is absent.

        Raises `MalformedAsn1` when it stands there twice or has not exactly one value.
        """
        return _single(self.signed_attributes or (), oid)

    def unsigned_value(self, oid: str) -> bytes | None:
        """Return as `signed_value` does, from the unsigned attributes."""
        return _single(self.unsigned_attributes, oid)


@dataclass(frozen=True, slots=True)
class CmsSignature:
    """A ContentInfo of SignedData. `certificates` and `crls` are DER, unread."""

    outer_type: str
    version: int
    digest_algorithms: tuple[str, ...]
    content_type: str
    content: bytes | None = field(repr=False)
    """The octets of eContent; None when detached."""
    certificates: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(repr=False)
    signers: tuple[CmsSigner, ...]
    deviations: tuple[CmsDeviation, ...]

    @classmethod
    def from_der(cls, der: bytes) -> "CmsSignature":
        """Read; raise `MalformedAsn1`. Nothing is verified yet."""
        outer = Tlv.from_der(der).expect(SEQUENCE, "ContentInfo").children()
        if len(outer) != 2:  # noqa: PLR2004 - type and content
            raise MalformedAsn1("ContentInfo has not two parts")
        outer_type = outer[0].oid()
        if outer_type not in {SIGNED_DATA, GM_SIGNED_DATA}:
            raise MalformedAsn1(f"the content type {outer_type} is not signed data")
        body = only(outer[1].expect(CONTEXT_0, "the content").children(), "the content")
        return _signed_data(outer_type, body.expect(SEQUENCE, "SignedData").children())


def _signed_data(outer_type: str, parts: tuple[Tlv, ...]) -> CmsSignature:
    if len(parts) < 4:  # noqa: PLR2004 - version, digests, content, signers
        raise MalformedAsn1("SignedData lacks a part")
    version, digests, content, *optional, signers = parts
    tags = [part.tag for part in optional]
    if tags not in ([], [CONTEXT_0], [CONTEXT_1], [CONTEXT_0, CONTEXT_1]):
        raise MalformedAsn1("SignedData has parts that do not belong there")
    sets = {part.tag: part.children() for part in optional}
    content_type, octets = _content(content.expect(SEQUENCE, "the content").children())
    algorithms = tuple(map(_digest_algorithm, digests.expect(SET, "the digests").children()))
    found = _signers(signers)
    certificates, others = _certificates(sets.get(CONTEXT_0, ()))
    deviations = [*_order_deviations(signers), *others]
    if sorted(algorithms) != sorted({one.digest_algorithm for one in found}):
        deviations.append(CmsDeviation.DIGEST_ALGORITHMS)
    if any(map(_has_twins, optional)):
        deviations.append(CmsDeviation.EVIDENCE_TWICE)
    if _has_twins(signers):
        deviations.append(CmsDeviation.SIGNER_TWICE)
    if any(a.oid != TIMESTAMP_TOKEN for one in found for a in one.unsigned_attributes):
        deviations.append(CmsDeviation.UNSIGNED_ATTRIBUTES)
    if not _has_due_versions(_version(version), content_type, found):
        deviations.append(CmsDeviation.VERSION)
    return CmsSignature(
        outer_type=outer_type,
        version=_version(version),
        digest_algorithms=algorithms,
        content_type=content_type,
        content=octets,
        certificates=certificates,
        crls=tuple(one.der for one in sets.get(CONTEXT_1, ())),
        signers=found,
        deviations=tuple(dict.fromkeys(deviations)),
    )


def _signers(part: Tlv) -> tuple[CmsSigner, ...]:
    entries = part.expect(SET, "the signers").children()
    if not 0 < len(entries) <= _SIGNERS_MAX:
        raise MalformedAsn1(f"SignedData has {len(entries)} signers")
    return tuple(_signer(one.expect(SEQUENCE, "SignerInfo").children()) for one in entries)


def _has_twins(part: Tlv) -> bool:
    """Say whether a set, certificates say, holds the same thing twice."""
    encodings = [one.der for one in part.children()]
    return len(set(encodings)) != len(encodings)


def _certificates(parts: tuple[Tlv, ...]) -> tuple[tuple[bytes, ...], list[CmsDeviation]]:
    if len(parts) > _CERTIFICATES_MAX:
        raise MalformedAsn1("SignedData carries too many certificates")
    plain = tuple(one.der for one in parts if one.tag == SEQUENCE)
    others = [CmsDeviation.OTHER_CERTIFICATE_FORM] if len(plain) != len(parts) else []
    return plain, others


def _version(part: Tlv) -> int:
    version = part.integer()
    if version not in VERSIONS:
        raise MalformedAsn1(f"version {version} is not defined")
    return version


def _has_due_versions(version: int, content_type: str, signers: tuple[CmsSigner, ...]) -> bool:
    """Say whether the versions are those of RFC 5652, 5.1 and 5.3 (GB/T 35275 always says 1)."""
    by_key = any(one.key_id is not None for one in signers)
    is_data = content_type in {DATA, GM_DATA}
    return version == (1 if is_data and not by_key else 3) and all(
        one.version == (1 if one.key_id is None else 3) for one in signers
    )


def _content(parts: tuple[Tlv, ...]) -> tuple[str, bytes | None]:
    if not 1 <= len(parts) <= 2:  # noqa: PLR2004 - type and perhaps content
        raise MalformedAsn1("the signed content has not one or two parts")
    if len(parts) == 1:
        return parts[0].oid(), None
    inner = only(parts[1].expect(CONTEXT_0, "eContent").children(), "eContent")
    return parts[0].oid(), inner.expect(OCTET_STRING, "eContent").body


def _algorithm(part: Tlv) -> tuple[str, bytes | None]:
    oid, *rest = part.expect(SEQUENCE, "an AlgorithmIdentifier").children() or (part,)
    if len(rest) > 1:
        raise MalformedAsn1("an AlgorithmIdentifier has too many parts")
    if not rest or rest[0].der == bytes((NULL, 0)):
        return oid.oid(), None
    return oid.oid(), rest[0].der


def _digest_algorithm(part: Tlv) -> str:
    oid, parameters = _algorithm(part)
    if parameters is not None:
        raise MalformedAsn1("a digest algorithm has parameters")
    return oid


def _signer(parts: tuple[Tlv, ...]) -> CmsSigner:
    tags = tuple(part.tag for part in parts[3:])
    signed = tags[:1] == (CONTEXT_0,)
    rest = parts[4:] if signed else parts[3:]
    expected = (SEQUENCE, OCTET_STRING)
    rest_tags = tuple(part.tag for part in rest)
    if rest_tags not in (expected, (*expected, CONTEXT_1)):
        raise MalformedAsn1("SignerInfo has not the parts it should have")
    issuer, serial, key_id = _signer_id(parts[1])
    algorithm, parameters = _algorithm(rest[0])
    return CmsSigner(
        version=_version(parts[0]),
        issuer_der=issuer,
        serial=serial,
        key_id=key_id,
        digest_algorithm=_digest_algorithm(parts[2]),
        signature_algorithm=algorithm,
        signature_parameters=parameters,
        signed_attributes=_attributes(parts[3]) if signed else None,
        signed_attributes_der=encoded(SET, parts[3].body) if signed else None,
        signature=rest[1].octets(),
        unsigned_attributes=_attributes(rest[2]) if len(rest) > len(expected) else (),
    )


def _signer_id(part: Tlv) -> tuple[bytes | None, int | None, bytes | None]:
    if part.tag == _SKI:
        return None, None, part.body
    pair = part.expect(SEQUENCE, "the signer's identifier").children()
    if len(pair) != 2:  # noqa: PLR2004 - issuer and serial number
        raise MalformedAsn1("the signer's identifier has not two parts")
    return pair[0].expect(SEQUENCE, "the issuer").der, pair[1].integer(), None


def _attributes(part: Tlv) -> tuple[Attribute, ...]:
    found = []
    for one in part.children():
        pair = one.expect(SEQUENCE, "an attribute").children()
        if len(pair) != 2:  # noqa: PLR2004 - type and values
            raise MalformedAsn1("an attribute has not two parts")
        values = pair[1].expect(SET, "the values of an attribute").children()
        found.append(Attribute(pair[0].oid(), tuple(value.der for value in values)))
    if len({one.oid for one in found}) != len(found):
        raise MalformedAsn1("an attribute stands there twice")
    return tuple(found)


def _order_deviations(signers: Tlv) -> list[CmsDeviation]:
    for signer in signers.children():
        for part in signer.children()[3:4]:
            encodings = [one.der for one in part.children()] if part.tag == CONTEXT_0 else []
            if encodings != sorted(encodings):
                return [CmsDeviation.ATTRIBUTES_UNSORTED]
    return []


def _single(attributes: tuple[Attribute, ...], oid: str) -> bytes | None:
    for one in attributes:
        if one.oid == oid:
            if len(one.values) != 1:
                raise MalformedAsn1(f"the attribute {oid} has not exactly one value")
            return one.values[0]
    return None


def digest_attribute(value: bytes) -> bytes:
    """Return the octets of a messageDigest value; raise `MalformedAsn1`."""
    return Tlv.from_der(value).octets()


def oid_attribute(value: bytes) -> str:
    """Return the OID of a contentType value; raise `MalformedAsn1`."""
    return Tlv.from_der(value).oid()


def archived_revocation(value: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the lists and OCSP responses of an Adobe revocation archive, DER, unread.

    Raises `MalformedAsn1`.
    """
    parts = Tlv.from_der(value).expect(SEQUENCE, "RevocationInfoArchival").children()
    held = {CONTEXT_0: (), CONTEXT_1: ()} | {
        part.tag: tuple(one.der for one in only(part.children(), "an archive").children())
        for part in parts
    }
    return held[CONTEXT_0], held[CONTEXT_1]
