"""SM2 signatures and the SM3 digest: public arithmetic only, private keys stay in adapters."""

from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes

from keystore.errors import InvalidSignature, MalformedKey, MalformedSignature
from keystore.sm2_backends import FIELD_BYTES, ORDER, BackendRefused, backend

__all__ = ["SIGNER_ID_GM", "Sm2PublicKey", "Sm2Signature", "sm3", "sm3_begun"]

SIGNER_ID_GM = b"1234567812345678"
"""The signer ID every Chinese CA and seal in the field uses (GM/T 0009-2012, 10)."""

# The curve of GB/T 32918.5-2017.
DIGEST_BYTES = 32
POINT_BYTES = 1 + 2 * FIELD_BYTES
UNCOMPRESSED = 0x04
_A = bytes.fromhex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC")
_B = bytes.fromhex("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93")
_G = bytes.fromhex(
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
SIGNER_ID_MAX_BYTES = 8191
"""ENTL counts the bits of the ID in two bytes (GB/T 32918.2, 5.5)."""


def sm3(*parts: bytes | memoryview) -> bytes:
    """Digest by GB/T 32905, 32 bytes, of all parts one after the other."""
    return sm3_begun(*parts).finalize()


def sm3_begun(*parts: bytes | memoryview) -> hashes.Hash:
    """A digest that has read these parts; its copies may go on in different ways."""
    digest = hashes.Hash(hashes.SM3())
    for part in parts:
        digest.update(part)
    return digest


@asn1.sequence
class _SignatureValue:
    r: int
    s: int


@dataclass(frozen=True, slots=True)
class Sm2Signature:
    """A pair (r, s), both in 1 … n-1 (GB/T 32918.2, 7.1 B1 and B2)."""

    r: int
    s: int

    def __post_init__(self) -> None:
        """Raise `MalformedSignature` for a value out of range."""
        if not (0 < self.r < ORDER and 0 < self.s < ORDER):
            raise MalformedSignature("a component of the SM2 signature is out of range")

    @classmethod
    def from_der(cls, der: bytes) -> "Sm2Signature":
        """Read `SEQUENCE {r, s}`; anything but the one DER encoding is refused."""
        try:
            value = asn1.decode_der(_SignatureValue, der)
        except (ValueError, TypeError) as error:
            raise MalformedSignature("the SM2 signature is not DER") from error
        return cls(value.r, value.s)

    @classmethod
    def from_raw(cls, raw: bytes) -> "Sm2Signature":
        """Read the 64 bytes r‖s that several seal makers write."""
        if len(raw) != 2 * FIELD_BYTES:
            raise MalformedSignature("a raw SM2 signature has 64 bytes")
        return cls(
            int.from_bytes(raw[:FIELD_BYTES], "big"), int.from_bytes(raw[FIELD_BYTES:], "big")
        )

    def to_der(self) -> bytes:
        """Return `SEQUENCE {r, s}`, 70 to 72 bytes as a rule."""
        return asn1.encode_der(_SignatureValue(r=self.r, s=self.s))

    def to_raw(self) -> bytes:
        """Return r‖s, 64 bytes."""
        return self.r.to_bytes(FIELD_BYTES, "big") + self.s.to_bytes(FIELD_BYTES, "big")


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the curve, known to lie on it."""

    point: bytes
    _handle: object = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise `MalformedKey` unless `point` is 04‖X‖Y on the curve."""
        if len(self.point) != POINT_BYTES or self.point[0] != UNCOMPRESSED:
            raise MalformedKey("an SM2 public key is 04‖X‖Y, 65 bytes")
        try:
            object.__setattr__(self, "_handle", backend().load_public(self.point))
        except BackendRefused as error:
            raise MalformedKey("the point is not on the SM2 curve") from error

    def message_digest(self, message: bytes, *, signer_id: bytes) -> bytes:
        """Return e = SM3(Z_A ‖ message), the 32 bytes a device signs (GB/T 32918.2, 6.1)."""
        return sm3(self.identity_digest(signer_id) + message)

    def identity_digest(self, signer_id: bytes) -> bytes:
        """Return Z_A, which stands before every message (GB/T 32918.2, 5.5)."""
        return _z_a(self.point, signer_id)

    def verify_digest(self, digest: bytes, signature: Sm2Signature) -> None:
        """Raise `InvalidSignature` unless `signature` is over e = `digest`."""
        if len(digest) != DIGEST_BYTES:
            raise InvalidSignature("SM2 signs a digest of 32 bytes")
        if not backend().verify(self._handle, digest, signature.to_der()):
            raise InvalidSignature("the SM2 signature does not fit this key and message")

    def verify(self, message: bytes, signature: Sm2Signature, *, signer_id: bytes) -> None:
        """Raise `InvalidSignature` unless `signature` is over `message`."""
        self.verify_digest(self.message_digest(message, signer_id=signer_id), signature)


@lru_cache(maxsize=1024)
def _z_a(point: bytes, signer_id: bytes) -> bytes:
    """Return SM3(ENTL ‖ ID ‖ a ‖ b ‖ G ‖ P) (GB/T 32918.2, 5.5)."""
    if len(signer_id) > SIGNER_ID_MAX_BYTES:
        raise MalformedKey("the signer ID is too long")
    bit_length = (8 * len(signer_id)).to_bytes(2, "big")
    return sm3(bit_length + signer_id + _A + _B + _G + point[1:])
