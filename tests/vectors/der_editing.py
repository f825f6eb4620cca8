"""Values inside DER changed by path, and the same values written as BER would allow."""

from collections.abc import Callable

from cryptography.hazmat import asn1

from keystore import SIGNER_ID_GM
from keystore.tlv import SEQUENCE, Tlv, encoded
from tests.fakes.signature_values import ses_value
from tests.fakes.sm2_people import Person, world

Change = Callable[[bytes], bytes]
Path = tuple[int, ...]

SES: dict[str, Path] = {
    "whole": (),
    "to-sign": (0,),
    "version": (0, 0),
    "seal": (0, 1),
    "seal-info": (0, 1, 0),
    "header": (0, 1, 0, 0),
    "header-id": (0, 1, 0, 0, 0),
    "header-version": (0, 1, 0, 0, 1),
    "header-vendor": (0, 1, 0, 0, 2),
    "seal-id": (0, 1, 0, 1),
    "property": (0, 1, 0, 2),
    "property-type": (0, 1, 0, 2, 0),
    "property-name": (0, 1, 0, 2, 1),
    "list-type": (0, 1, 0, 2, 2),
    "list": (0, 1, 0, 2, 3),
    "created": (0, 1, 0, 2, 4),
    "valid-from": (0, 1, 0, 2, 5),
    "valid-until": (0, 1, 0, 2, 6),
    "picture": (0, 1, 0, 3),
    "picture-type": (0, 1, 0, 3, 0),
    "picture-data": (0, 1, 0, 3, 1),
    "picture-width": (0, 1, 0, 3, 2),
    "picture-height": (0, 1, 0, 3, 3),
    "maker": (0, 1, 1),
    "seal-algorithm": (0, 1, 2),
    "seal-value": (0, 1, 3),
    "time": (0, 2),
    "digest": (0, 3),
    "property-info": (0, 4),
    "signer": (1,),
    "algorithm": (2,),
    "value": (3,),
}
"""Where things stand in SES_Signature version 4 as the fakes write it."""

CMS: dict[str, Path] = {
    "whole": (),
    "content-type": (0,),
    "explicit": (1,),
    "signed-data": (1, 0),
    "version": (1, 0, 0),
    "digests": (1, 0, 1),
    "digest": (1, 0, 1, 0, 0),
    "encapsulated": (1, 0, 2),
    "encapsulated-type": (1, 0, 2, 0),
    "certificates": (1, 0, 3),
    "certificate": (1, 0, 3, 0),
    "signers": (1, 0, 4),
    "signer": (1, 0, 4, 0),
    "signer-version": (1, 0, 4, 0, 0),
    "issuer-and-serial": (1, 0, 4, 0, 1),
    "issuer": (1, 0, 4, 0, 1, 0),
    "serial": (1, 0, 4, 0, 1, 1),
    "signer-digest": (1, 0, 4, 0, 2, 0),
    "attributes": (1, 0, 4, 0, 3),
    "attribute-type": (1, 0, 4, 0, 3, 0),
    "attribute-time": (1, 0, 4, 0, 3, 1),
    "attribute-digest": (1, 0, 4, 0, 3, 2),
    "signature-algorithm": (1, 0, 4, 0, 4, 0),
    "signature": (1, 0, 4, 0, 5),
}
"""Where things stand in the CMS that the fakes write."""


def edited(der: bytes, path: Path, change: Change) -> bytes:
    """Change one value; the lengths around it are put right."""
    if not path:
        return change(der)
    whole = Tlv.from_der(der)
    parts = [one.der for one in whole.children()]
    parts[path[0]] = edited(parts[path[0]], path[1:], change)
    return encoded(whole.tag, *parts)


def flipped(der: bytes) -> bytes:
    return der[:-1] + bytes((der[-1] ^ 1,))


def retagged(der: bytes) -> bytes:
    return bytes((der[0] ^ 0x40,)) + der[1:]


def emptied(der: bytes) -> bytes:
    return der[:1] + b"\0"


def doubled(der: bytes) -> bytes:
    return der + der


def dropped(_: bytes) -> bytes:
    return b""


def long_length(der: bytes) -> bytes:
    """The length in one byte more than it needs."""
    body = Tlv.from_der(der).body
    size = max(1, (len(body).bit_length() + 7) // 8) + (len(body) > 127)
    return der[:1] + bytes((0x80 | size,)) + len(body).to_bytes(size, "big") + body


def indefinite(der: bytes) -> bytes:
    """Constructed, with the end marked by two zero bytes."""
    return bytes((der[0] | 0x20, 0x80)) + Tlv.from_der(der).body + b"\0\0"


def in_pieces(der: bytes) -> bytes:
    """A string as a constructed value of two strings."""
    body = Tlv.from_der(der).body
    head = der[:1]
    skip = 1 if der[0] == 0x03 else 0
    halves = [encoded(der[0], body[:9]), encoded(der[0], b"\0" * skip + body[9:])]
    return encoded(head[0] | 0x20, *halves)


def high_tag(der: bytes) -> bytes:
    """The tag in the form for numbers over 30."""
    return bytes((der[0] | 0x1F, der[0] & 0x1F)) + der[1:]


def longer_integer(der: bytes) -> bytes:
    """A leading zero that the number does not need."""
    return encoded(der[0], b"\0" + Tlv.from_der(der).body)


def trailed(der: bytes) -> bytes:
    """A NULL too many at the end of a sequence."""
    return encoded(der[0], Tlv.from_der(der).body + b"\x05\0")


def _bits(value: bytes) -> bytes:
    return encoded(0x03, b"\0" + value)


def resigned(der: bytes, change: Change, *, by: Person | None = None) -> bytes:
    """Change toSign and let the signer sign what came of it."""
    parts = [one.der for one in Tlv.from_der(der).children()]
    parts[0] = change(parts[0])
    made = (by or world().signer).signer.sign(parts[0], signer_id=SIGNER_ID_GM)
    parts[3] = _bits(made.to_der())
    return encoded(SEQUENCE, *parts)


def resealed(seal: bytes, change: Change, *, by: Person | None = None) -> bytes:
    """Change what a seal says and let its maker sign what came of it."""
    parts = [one.der for one in Tlv.from_der(seal).children()]
    parts[0] = change(parts[0])
    made = (by or world().maker).signer.sign(parts[0], signer_id=SIGNER_ID_GM)
    parts[3] = _bits(made.to_der())
    return encoded(SEQUENCE, *parts)


def value_with(seal: bytes, signed: bytes, *, by: Person | None = None) -> bytes:
    """Return SES_Signature around a seal that no reader has looked at yet."""
    der = ses_value(world(), signed, signer=by)
    return resigned(der, lambda to_sign: edited(to_sign, (1,), lambda _: seal), by=by)


def integer(value: int) -> bytes:
    return asn1.encode_der(value)
