"""Reading DER at its edges: how long a value is, and one translation of foreign errors."""

from typing import TypeVar

from cryptography.hazmat import asn1

from keystore.errors import MalformedAsn1

__all__ = ["der_length", "read_der"]

LONG_FORM = 0x80
LENGTH_BYTES_MAX = 4
HEADER_BYTES = 2
MULTI_BYTE_TAG = 0x1F

T = TypeVar("T")


def read_der(kind: type[T], der: bytes, *, what: str) -> T:
    """Decode strictly; raise `MalformedAsn1` naming `what` was expected."""
    try:
        return asn1.decode_der(kind, der)
    except (ValueError, TypeError, OverflowError) as error:
        raise MalformedAsn1(f"the bytes are not {what} in DER") from error


def der_length(data: bytes | memoryview) -> int:
    """Return how many bytes the first value takes, header included.

    Raises `MalformedAsn1` for an indefinite or not minimal length, or one past the end: a PDF
    pads /Contents with zeros, so the value ends where its own length says, not at the last
    byte that is not zero.
    """
    if len(data) < HEADER_BYTES or data[0] & MULTI_BYTE_TAG == MULTI_BYTE_TAG:
        raise MalformedAsn1("there is no DER value")
    length, header = data[1], HEADER_BYTES
    if length >= LONG_FORM:
        count = length - LONG_FORM
        encoded = data[HEADER_BYTES : HEADER_BYTES + count]
        length, header = int.from_bytes(encoded, "big"), HEADER_BYTES + count
        if not 0 < count <= LENGTH_BYTES_MAX or len(encoded) < count:
            raise MalformedAsn1("the length is indefinite or too large for DER")
        if length < LONG_FORM or encoded[0] == 0:
            raise MalformedAsn1("the length is not in its shortest form, as DER wants it")
    if header + length > len(data):
        raise MalformedAsn1("the value is cut off")
    return header + length
