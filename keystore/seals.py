"""Seal: an electronic seal (SESeal) as read, of any version in the field."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat import asn1

from keystore.certificates import Certificate
from keystore.der import read_der
from keystore.deviations import Deviation, signature_value, time_value
from keystore.errors import InvalidSeal, InvalidSignature, MalformedAsn1, MalformedCertificate
from keystore.pictures import SealPicture
from keystore.public_keys import verify_with_key
from keystore.ses import (
    CertDigestObj,
    SES_SealInfo,
    SES_SealInfoV1,
    SESeal,
    SESealV1,
    SignedSealV1,
)
from keystore.sm2 import sm3

__all__ = ["Seal"]

HEADER_ID = "ES"
BY_CERTIFICATE, BY_DIGEST = 1, 2
VERSIONS_WITH_SIGNATURE_BESIDE = frozenset({4, 5})
VERSION_2014 = 1
DIGEST_TYPES = frozenset({"SM3", "1.2.156.10197.1.401"})
SEAL_MAX_BYTES = 2 * 1024 * 1024
CACHED_SEALS = 64
CACHED_SEAL_MAX_BYTES = 128 * 1024
"""Above what a good picture takes; a stranger's seals shall not fill the memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Seal:
    """Who may seal with which picture, until when, as its maker signed it."""

    der: bytes = field(repr=False)
    version: int
    seal_id: str
    vendor_id: str
    type_code: int
    name: str
    picture: SealPicture = field(repr=False)
    created_at: datetime = field(repr=False)
    valid_from: datetime
    valid_until: datetime
    signer_certificates: tuple[bytes, ...] = field(repr=False)
    signer_digests: tuple[bytes, ...] = field(repr=False)
    """SM3 of the certificates where the list holds digests."""
    maker: Certificate = field(repr=False)
    algorithm: str = field(repr=False)
    signature: bytes = field(repr=False)
    signed_bytes: bytes = field(repr=False)
    deviations: tuple[Deviation, ...] = field(repr=False)

    @classmethod
    def from_der(cls, der: bytes) -> "Seal":
        """Read; raise `InvalidSeal`. Nothing is verified yet. The last 64 small ones are kept."""
        if len(der) > SEAL_MAX_BYTES:
            raise InvalidSeal("the seal is larger than 2 MiB")
        read = _read if _is_small(der) else _read.__wrapped__
        return read(bytes(der))

    def verify_maker_signature(self, *, signer_id: bytes) -> None:
        """Raise `InvalidSignature` unless the maker's certificate signed this seal."""
        judge = _maker_fault if _is_small(self.der) else _maker_fault.__wrapped__
        fault = judge(self, signer_id)
        if fault:
            raise InvalidSignature(fault)

    def lists(self, certificate: Certificate) -> bool:
        """Say whether this very certificate may use the seal (byte for byte, or by SM3)."""
        return (
            certificate.der in self.signer_certificates
            or sm3(certificate.der) in self.signer_digests
        )

    def is_valid_at(self, moment: datetime) -> bool:
        """Say whether `moment` lies within the seal's own validity."""
        return self.valid_from <= moment <= self.valid_until


def _is_small(der: bytes) -> bool:
    return len(der) <= CACHED_SEAL_MAX_BYTES


@lru_cache(maxsize=CACHED_SEALS)
def _maker_fault(seal: Seal, signer_id: bytes) -> str | None:
    try:
        verify_with_key(
            seal.maker.public_key,
            seal.signed_bytes,
            seal.signature,
            algorithm=seal.algorithm,
            digest=None,
            signer_id=signer_id,
        )
    except InvalidSignature as error:
        return str(error)
    return None


@lru_cache(maxsize=CACHED_SEALS)
def _read(der: bytes) -> Seal:
    try:
        frame = read_der(SESeal, der, what="an SESeal")
    except MalformedAsn1:
        return _read_2014(der)
    try:
        info = read_der(SES_SealInfo, asn1.encode_der(frame.eSealInfo), what="an SES_SealInfo")
        if info.header.version not in VERSIONS_WITH_SIGNATURE_BESIDE:
            raise InvalidSeal(f"a seal of version {info.header.version} has another form")
        return _seal(
            der,
            info,
            maker=frame.cert,
            algorithm=frame.signAlgID.dotted_string,
            value=frame.signedValue,
            signed=asn1.encode_der(frame.eSealInfo),
        )
    except (MalformedAsn1, MalformedCertificate) as error:
        raise InvalidSeal(f"the seal cannot be read: {error}") from error


def _read_2014(der: bytes) -> Seal:
    try:
        frame = read_der(SESealV1, der, what="an SESeal")
        info = read_der(SES_SealInfoV1, asn1.encode_der(frame.esealInfo), what="an SES_SealInfo")
        if info.header.version != VERSION_2014:
            raise InvalidSeal(f"a seal of version {info.header.version} has another form")
        made = frame.signInfo
        signed = SignedSealV1(
            esealInfo=frame.esealInfo, cert=made.cert, signatureAlgorithm=made.signatureAlgorithm
        )
        return _seal(
            der,
            info,
            maker=made.cert,
            algorithm=made.signatureAlgorithm.dotted_string,
            value=made.signData,
            signed=asn1.encode_der(signed),
        )
    except (MalformedAsn1, MalformedCertificate) as error:
        raise InvalidSeal(f"the seal cannot be read: {error}") from error


def _seal(
    der: bytes,
    info: SES_SealInfo | SES_SealInfoV1,
    *,
    maker: bytes,
    algorithm: str,
    value: asn1.BitString,
    signed: bytes,
) -> Seal:
    if info.header.ID.as_str() != HEADER_ID:
        raise InvalidSeal("the seal's header does not begin with ES")
    seen: list[Deviation] = []
    certificates, digests = _signers(info)
    made = info.property
    return Seal(
        der=der,
        version=info.header.version,
        seal_id=info.esID.as_str(),
        vendor_id=info.header.Vid.as_str(),
        type_code=made.type,
        name=made.name,
        picture=SealPicture(
            format=info.picture.type.as_str(),
            data=info.picture.data,
            width_mm=info.picture.width,
            height_mm=info.picture.height,
        ),
        created_at=time_value(made.createDate, info.header.version, seen),
        valid_from=time_value(made.validStart, info.header.version, seen),
        valid_until=time_value(made.validEnd, info.header.version, seen),
        signer_certificates=certificates,
        signer_digests=digests,
        maker=Certificate.from_der(maker),
        algorithm=algorithm,
        signature=signature_value(value, Deviation.RAW_SEAL_SIGNATURE, seen),
        signed_bytes=signed,
        deviations=tuple(dict.fromkeys(seen + _extension_deviations(info))),
    )


def _signers(info: SES_SealInfo | SES_SealInfoV1) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    kind = getattr(info.property, "certListType", BY_CERTIFICATE)
    entries = info.property.certList
    try:
        if kind == BY_CERTIFICATE:
            return tuple(entry.parse(bytes) for entry in entries), ()
        if kind == BY_DIGEST:
            digests = [entry.parse(CertDigestObj) for entry in entries]
            return (), tuple(one.value for one in digests if one.type.as_str() in DIGEST_TYPES)
    except ValueError as error:
        raise InvalidSeal("the seal's list of signers cannot be read") from error
    raise InvalidSeal(f"the seal lists its signers in an unknown way ({kind})")


def _extension_deviations(info: SES_SealInfo | SES_SealInfoV1) -> list[Deviation]:
    extensions = (info.extDatas or []) + (info.extDatasTagged or [])
    is_2014 = info.header.version == VERSION_2014
    wrong_tag = info.extDatas if is_2014 else info.extDatasTagged
    explicit = any(one.critical is False for one in extensions)
    return [Deviation.EXTENSION_TAG] * (wrong_tag is not None) + [
        Deviation.EXPLICIT_DEFAULT
    ] * explicit
