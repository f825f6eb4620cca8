"""SealSignature: an SES_Signature as read from a document, of any version in the field."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat import asn1

from keystore.certificates import Certificate
from keystore.der import read_der
from keystore.deviations import Deviation, bit_string, signature_value
from keystore.errors import InvalidSeal, MalformedAsn1, MalformedCertificate
from keystore.public_keys import verify_with_key
from keystore.seals import VERSION_2014, Seal
from keystore.ses import SES_Signature, SES_SignatureV1, TBS_Sign, TBS_SignV1

__all__ = ["SealSignature"]


@dataclass(frozen=True, slots=True)
class SealSignature:
    """An electronic seal put on a document: what was signed, by whom, and when it claims."""

    version: int
    seal: Seal
    signed_at: datetime | None
    """The signer's own claim; None where something else stands in its place."""
    data_hash: bytes = field(repr=False)
    property_info: str
    certificate: Certificate
    algorithm: str
    signature: bytes = field(repr=False)
    """DER, also where the file holds 64 raw bytes."""
    signature_octets: bytes = field(repr=False)
    """The value as it stands in the file: what a time-stamp is over."""
    signed_bytes: bytes = field(repr=False)
    """DER(TBS_Sign)."""
    timestamp: bytes | None = field(repr=False)
    deviations: tuple[Deviation, ...]

    @classmethod
    def from_der(cls, der: bytes) -> "SealSignature":
        """Read; raise `MalformedAsn1` or `InvalidSeal`. Nothing is verified yet."""
        try:
            try:
                frame = read_der(SES_Signature, der, what="an SES_Signature")
            except MalformedAsn1:
                return _read_2014(read_der(SES_SignatureV1, der, what="an SES_Signature"))
            return _read(frame)
        except MalformedCertificate as error:
            raise MalformedAsn1(f"the signer's certificate cannot be read: {error}") from error

    def verify_value(self, *, signer_id: bytes) -> None:
        """Raise `InvalidSignature` unless the signer's certificate signed `signed_bytes`."""
        verify_with_key(
            self.certificate.public_key,
            self.signed_bytes,
            self.signature,
            algorithm=self.algorithm,
            digest=None,
            signer_id=signer_id,
        )


def _read(frame: SES_Signature) -> SealSignature:
    signed = asn1.encode_der(frame.toSign)
    body = read_der(TBS_Sign, signed, what="a TBS_Sign")
    seal = Seal.from_der(asn1.encode_der(body.eseal))
    _require_same_version(body.version, seal)
    seen = [Deviation.VERSION] * (body.version != seal.version)
    data_hash = bit_string(body.dataHash, seen)
    value = bit_string(frame.signature, seen)
    extensions = (body.extDatas or []) + (body.extDatasUntagged or [])
    seen += [Deviation.EXPLICIT_DEFAULT] * any(one.critical is False for one in extensions)
    if body.extDatasUntagged is not None:
        seen.append(Deviation.EXTENSION_TAG)
    if frame.timeStampUntagged is not None:
        seen.append(Deviation.TIMESTAMP_TAG)
    token = frame.timeStamp or frame.timeStampUntagged
    return SealSignature(
        version=body.version,
        seal=seal,
        signed_at=body.timeInfo.as_datetime().astimezone(UTC),
        data_hash=data_hash,
        property_info=body.propertyInfo.as_str(),
        certificate=Certificate.from_der(frame.cert),
        algorithm=frame.signatureAlgID.dotted_string,
        signature=signature_value(frame.signature, Deviation.RAW_SIGNATURE, seen),
        signature_octets=value,
        signed_bytes=signed,
        timestamp=bit_string(token, seen) if token is not None else None,
        deviations=tuple(dict.fromkeys(seen)),
    )


def _read_2014(frame: SES_SignatureV1) -> SealSignature:
    signed = asn1.encode_der(frame.toSign)
    body = read_der(TBS_SignV1, signed, what="a TBS_Sign")
    seal = Seal.from_der(asn1.encode_der(body.eseal))
    _require_same_version(body.version, seal)
    seen: list[Deviation] = []
    time_info = bit_string(body.timeInfo, seen)
    claimed = _claimed_time(time_info)
    # A token there is itself signed, so it was there first: it proves nothing of the signature.
    seen += [Deviation.STAMP_AS_TIME] * (claimed is None)
    return SealSignature(
        version=body.version,
        seal=seal,
        signed_at=claimed,
        data_hash=bit_string(body.dataHash, seen),
        property_info=body.propertyInfo.as_str(),
        certificate=Certificate.from_der(body.cert),
        algorithm=body.signatureAlgorithm.dotted_string,
        signature=signature_value(frame.signature, Deviation.RAW_SIGNATURE, seen),
        signature_octets=bit_string(frame.signature, seen),
        signed_bytes=signed,
        timestamp=None,
        deviations=tuple(dict.fromkeys(seen)),
    )


def _require_same_version(version: int, seal: Seal) -> None:
    if (version == VERSION_2014) != (seal.version == VERSION_2014):
        raise InvalidSeal("the signature and the seal in it are of different standards")


def _claimed_time(time_info: bytes) -> datetime | None:
    try:
        return asn1.decode_der(asn1.UTCTime, time_info).as_datetime().astimezone(UTC)
    except (ValueError, TypeError):
        return None
