"""DER values taken apart and put together by hand, where sets may stand in any order."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from keystore.der import der_length
from keystore.errors import MalformedAsn1

__all__ = [
    "CONTEXT_0",
    "CONTEXT_1",
    "INTEGER",
    "NULL",
    "OCTET_STRING",
    "OID",
    "SEQUENCE",
    "SET",
    "Tlv",
    "dotted",
    "encoded",
    "encoded_integer",
    "encoded_oid",
    "encoded_set",
    "only",
]

INTEGER, OCTET_STRING, NULL, OID, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
CONTEXT_0, CONTEXT_1 = 0xA0, 0xA1
_LONG_FORM = 0x80
_SHORT_HEADER = 2
_OID_BASE = 40
_OID_FIRST_MAX = 2
_SEPTET_BITS = 7
_SEPTET = 0x7F
_OID_MAX_BYTES = 64


@dataclass(frozen=True, slots=True)
class Tlv:
    """One value with its encoding; strict in its header, unread in its body."""

    tag: int
    body: bytes = field(repr=False)
    der: bytes = field(repr=False)

    @classmethod
    def from_der(cls, der: bytes) -> "Tlv":
        """Read exactly one value; raise `MalformedAsn1` for more, less or BER."""
        length = der_length(der)
        if length != len(der):
            raise MalformedAsn1("bytes follow the value")
        return cls._read(der, length)

    @classmethod
    def _read(cls, der: bytes, length: int) -> "Tlv":
        header = _SHORT_HEADER + (der[1] - _LONG_FORM if der[1] >= _LONG_FORM else 0)
        return cls(der[0], der[header:length], der[:length])

    def children(self) -> tuple["Tlv", ...]:
        """Return the values inside, in their order; raise `MalformedAsn1`."""
        found = []
        rest = self.body
        while rest:
            length = der_length(rest)
            found.append(self._read(rest, length))
            rest = rest[length:]
        return tuple(found)

    def expect(self, tag: int, what: str) -> "Tlv":
        """Return itself; raise `MalformedAsn1` naming `what` unless it has this tag."""
        if self.tag != tag:
            raise MalformedAsn1(f"{what} has the tag 0x{self.tag:02X}")
        return self

    def integer(self) -> int:
        """Return an INTEGER in its shortest form."""
        body = self.expect(INTEGER, "an INTEGER").body
        value = int.from_bytes(body, "big", signed=True)
        if not body or encoded_integer(value) != self.der:
            raise MalformedAsn1("an INTEGER is not in its shortest form")
        return value

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER in dots."""
        return dotted(self.expect(OID, "an OBJECT IDENTIFIER").body)

    def octets(self) -> bytes:
        """Return the content of an OCTET STRING."""
        return self.expect(OCTET_STRING, "an OCTET STRING").body


def only(values: tuple[Tlv, ...], what: str) -> Tlv:
    """Return the one value there is; raise `MalformedAsn1` naming `what` otherwise."""
    if len(values) != 1:
        raise MalformedAsn1(f"{what} has {len(values)} values where one belongs")
    return values[0]


def dotted(body: bytes) -> str:
    """Return the dotted form of an OID's content octets; raise `MalformedAsn1`."""
    if not body or body[-1] > _SEPTET or len(body) > _OID_MAX_BYTES:
        raise MalformedAsn1("an OBJECT IDENTIFIER is cut off or too long")
    arcs, value, starts = [], 0, True
    for octet in body:
        if starts and octet == _LONG_FORM:
            raise MalformedAsn1("an OBJECT IDENTIFIER is padded")
        value = value << _SEPTET_BITS | octet & _SEPTET
        starts = octet <= _SEPTET
        if starts:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // _OID_BASE, _OID_FIRST_MAX)
    return ".".join(map(str, (first, arcs[0] - first * _OID_BASE, *arcs[1:])))


def encoded(tag: int, *parts: bytes) -> bytes:
    """Return one value around `parts`."""
    body = b"".join(parts)
    if len(body) < _LONG_FORM:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM + len(length))) + length + body


def encoded_integer(value: int) -> bytes:
    """Return an INTEGER."""
    magnitude = value if value >= 0 else ~value
    return encoded(INTEGER, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def encoded_oid(text: str) -> bytes:
    """Return an OBJECT IDENTIFIER from its dotted form."""
    first, second, *rest = map(int, text.split("."))
    return encoded(OID, *map(_septets, (first * _OID_BASE + second, *rest)))


def encoded_set(values: Iterable[bytes], tag: int) -> bytes:
    """Return a SET OF in DER order under `tag`."""
    return encoded(tag, *sorted(values))


def _septets(value: int) -> bytes:
    octets = [value & _SEPTET]
    while value := value >> _SEPTET_BITS:
        octets.append(value & _SEPTET | _LONG_FORM)
    return bytes(reversed(octets))
