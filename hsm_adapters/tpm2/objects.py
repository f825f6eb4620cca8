"""Keys as a TPM describes them (TPMT_PUBLIC), and the descriptions new ones are made from."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from cryptography.hazmat.primitives.asymmetric import ec

from hsm_adapters.tpm2.wire import Reader, sized, u16, u32
from keystore.errors import AdapterFault, KeyRefused
from keystore.faults import answer_of
from keystore.public_keys import PublicKey
from keystore.sm2 import Sm2PublicKey

__all__ = ["PRIMARY", "SEALED", "Alg", "Curve", "Described", "describe_new", "read_described"]

FIELD_BYTES = 32
UNCOMPRESSED = b"\x04"
AES_BITS = 128


class Alg(IntEnum):
    """TPM_ALG_ID."""

    AES = 0x0006
    KEYED_HASH = 0x0008
    SHA256 = 0x000B
    NULL = 0x0010
    ECDSA = 0x0018
    SM2 = 0x001B
    ECC = 0x0023
    CFB = 0x0043


class Curve(IntEnum):
    """TPM_ECC_CURVE."""

    P256 = 0x0003
    SM2 = 0x0020


class _Is(IntFlag):
    """TPMA_OBJECT."""

    FIXED_TPM = 0x2
    FIXED_PARENT = 0x10
    MADE_INSIDE = 0x20
    USED_WITH_PIN = 0x40
    NO_LOCKOUT = 0x400
    RESTRICTED = 0x10000
    DECRYPTS = 0x20000
    SIGNS = 0x40000


_STAYS = _Is.FIXED_TPM | _Is.FIXED_PARENT | _Is.MADE_INSIDE | _Is.USED_WITH_PIN

PRIMARY = (
    u16(Alg.ECC, Alg.SHA256)
    + u32(_STAYS | _Is.NO_LOCKOUT | _Is.RESTRICTED | _Is.DECRYPTS)
    + sized(b"")
    + u16(Alg.AES, AES_BITS, Alg.CFB, Alg.NULL, Curve.P256, Alg.NULL)
    + sized(b"")
    + sized(b"")
)
"""The storage key that TSS2 PRIVATE KEY files with the owner as parent are wrapped under."""


SEALED = (
    u16(Alg.KEYED_HASH, Alg.SHA256)
    + u32(_Is.FIXED_TPM | _Is.FIXED_PARENT | _Is.USED_WITH_PIN | _Is.NO_LOCKOUT)
    + sized(b"")
    + u16(Alg.NULL)
    + sized(b"")
)
"""Data that this TPM alone gives back, to whoever may send it commands."""


def describe_new(curve: Curve) -> bytes:
    """Describe a signing key that never leaves; wrong PINs for it count towards lockout."""
    parameters = u16(Alg.NULL, Alg.NULL, curve, Alg.NULL)
    head = u16(Alg.ECC, Alg.SHA256) + u32(_STAYS | _Is.SIGNS) + sized(b"")
    return head + parameters + sized(b"") + sized(b"")


@dataclass(frozen=True, slots=True)
class Described:
    """A signing key: its public half, and whether it says itself in which scheme it signs."""

    public: PublicKey
    has_scheme: bool


def read_described(public_area: bytes) -> Described:
    """Read TPMT_PUBLIC; `KeyRefused` for what cannot sign a digest in a suite of ours."""
    reader = Reader(public_area)
    kind, _, attributes = reader.number(2), reader.number(2), _Is(reader.number(4))
    reader.sized()
    if kind != Alg.ECC or _Is.RESTRICTED in attributes or _Is.SIGNS not in attributes:
        raise KeyRefused("the TPM's key is no unrestricted signing key on a curve")
    if reader.number(2) != Alg.NULL:
        raise AdapterFault("the TPM describes a signing key that encrypts")
    scheme = reader.number(2)
    if scheme != Alg.NULL:
        reader.number(2)
    curve = reader.number(2)
    if reader.number(2) != Alg.NULL:
        reader.number(2)
    point = UNCOMPRESSED + b"".join(reader.sized().rjust(FIELD_BYTES, b"\0") for _ in "xy")
    return Described(_public_key(curve, point), scheme != Alg.NULL)


def _public_key(curve: int, point: bytes) -> PublicKey:
    with answer_of("the TPM", "public key"):
        if curve == Curve.SM2:
            return Sm2PublicKey(point)
        if curve == Curve.P256:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    raise KeyRefused("the TPM key's curve is neither SM2 nor P-256")
