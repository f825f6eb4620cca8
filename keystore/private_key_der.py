"""A private key in its DER (PrivateKeyInfo over ECPrivateKey): read where it lies, not copied."""

from dataclasses import dataclass, field
from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from keystore.algorithms import EC_PUBLIC_KEY, SM2_CURVE
from keystore.der import HEADER_BYTES, LONG_FORM, der_length
from keystore.tlv import CONTEXT_1, OCTET_STRING, SEQUENCE
from keystore.x509_asn1 import AlgorithmIdentifier

__all__ = ["PrivateKey", "decode", "encode"]

SCALAR_BYTES = 32
BIT_STRING = 0x03

_ALGORITHM = AlgorithmIdentifier(
    algorithm=ObjectIdentifier(EC_PUBLIC_KEY), parameters=ObjectIdentifier(SM2_CURVE)
)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key pair in memory: 32 bytes and 04‖X‖Y. Its repr shows only the public half."""

    scalar: bytearray = field(repr=False)
    """Its owner's to overwrite."""
    point: bytes


@asn1.sequence
class _EcPrivateKey:
    version: int
    private_key: bytes
    parameters: Annotated[ObjectIdentifier | None, asn1.Explicit(0)]
    public_key: Annotated[asn1.BitString | None, asn1.Explicit(1)]


@asn1.sequence
class _PrivateKeyInfo:
    version: int
    algorithm: AlgorithmIdentifier
    private_key: bytes


def encode(key: PrivateKey) -> bytes:
    """Return PrivateKeyInfo."""
    inner = _EcPrivateKey(
        version=1,
        private_key=bytes(key.scalar),
        parameters=None,
        public_key=asn1.BitString(key.point, 0),
    )
    return asn1.encode_der(
        _PrivateKeyInfo(version=0, algorithm=_ALGORITHM, private_key=asn1.encode_der(inner))
    )


def decode(der: memoryview) -> PrivateKey:
    """Read PrivateKeyInfo in its buffer, so that no copy of the private key is left anywhere.

    Raises `ValueError` and `MalformedAsn1`.
    """
    _, algorithm, wrapped = _values(_only(der, SEQUENCE))
    if bytes(algorithm) != asn1.encode_der(_ALGORITHM):
        raise ValueError
    _, scalar, *others = _values(_only(_only(wrapped, OCTET_STRING), SEQUENCE))
    (public,) = (one for one in others if one[0] == CONTEXT_1)
    bits = _only(_only(public, CONTEXT_1), BIT_STRING)
    private = _only(scalar, OCTET_STRING)
    padded = bytearray(max(SCALAR_BYTES - len(private), 0)) + private
    return PrivateKey(scalar=padded, point=bytes(bits[1:]))


def _only(der: memoryview, tag: int) -> memoryview:
    """Return what is inside of the one value with this tag; raise `ValueError`."""
    if der_length(der) != len(der) or der[0] != tag:
        raise ValueError
    long_form = der[1] - LONG_FORM if der[1] > LONG_FORM else 0
    return der[HEADER_BYTES + long_form :]


def _values(body: memoryview) -> list[memoryview]:
    found = []
    while body:
        length = der_length(body)
        found.append(body[:length])
        body = body[length:]
    return found
