"""What is read although the standard says otherwise: each has a code that the report names."""

from datetime import UTC, datetime
from enum import StrEnum

from cryptography.hazmat import asn1

from keystore.errors import MalformedAsn1, MalformedSignature
from keystore.sm2 import Sm2Signature
from keystore.sm2_backends import FIELD_BYTES

__all__ = ["Deviation", "signature_value", "time_value"]

VERSION_2014 = 1


class Deviation(StrEnum):
    """Seen in real files, accepted, never silently."""

    RAW_SEAL_SIGNATURE = "SES_RAW_SEAL_SIGNATURE"
    RAW_SIGNATURE = "SES_RAW_SIGNATURE"
    UNUSED_BITS = "SES_UNUSED_BITS"
    TIME_FORM = "SES_TIME_FORM"
    EXTENSION_TAG = "SES_EXTENSION_TAG"
    EXPLICIT_DEFAULT = "SES_EXPLICIT_DEFAULT"
    TIMESTAMP_TAG = "SES_TIMESTAMP_TAG"
    STAMP_AS_TIME = "SES_STAMP_AS_TIME"
    VERSION = "SES_VERSION"


def signature_value(value: asn1.BitString, raw: Deviation, seen: list[Deviation]) -> bytes:
    """Return the value as DER; 64 raw bytes r‖s are noted as `raw`, others come as they are."""
    data = bit_string(value, seen)
    if len(data) != 2 * FIELD_BYTES:
        return data
    seen.append(raw)
    try:
        return Sm2Signature.from_raw(data).to_der()
    except MalformedSignature as error:
        raise MalformedAsn1("the signature value is out of range") from error


def bit_string(value: asn1.BitString, seen: list[Deviation]) -> bytes:
    """Return whole bytes; unused bits are noted (one vendor writes 2)."""
    if value.padding_bits():
        seen.append(Deviation.UNUSED_BITS)
    return value.as_bytes()


def time_value(
    value: asn1.GeneralizedTime | asn1.UTCTime, version: int, seen: list[Deviation]
) -> datetime:
    """Return an aware UTC time; the 2014 form is UTCTime, the later ones GeneralizedTime."""
    if isinstance(value, asn1.UTCTime) != (version == VERSION_2014):
        seen.append(Deviation.TIME_FORM)
    return value.as_datetime().astimezone(UTC)
