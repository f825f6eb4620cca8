"""Suites: which signature a key makes, by the kind of its public half; one row each.

SM2 with SM3 is what this country's seals are made with. The other two let the same devices make
a signature that readers elsewhere verify. Whatever the suite, a device is handed 32 bytes.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from keystore.algorithms import SM2_WITH_SM3, SM3
from keystore.errors import KeyRefused, MalformedKey, MalformedSignature
from keystore.public_keys import PublicKey, verify_with_key
from keystore.sm2 import DIGEST_BYTES, Sm2PublicKey, Sm2Signature

__all__ = [
    "ForeignSignature",
    "Signature",
    "Suite",
    "SuiteName",
    "from_spki",
    "message_digest",
    "require_digest",
    "signature_from_der",
    "suite_of",
    "to_spki",
    "verify_message",
]

SHA256 = "2.16.840.1.101.3.4.2.1"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
RSA_WITH_SHA256 = "1.2.840.113549.1.1.11"
P256_FIELD_BYTES = 32
RSA_MIN_BITS = 2048
_SM2_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


class SuiteName(StrEnum):
    """The suites there are."""

    SM2_SM3 = "SM2_SM3"
    ECDSA_P256_SHA256 = "ECDSA_P256_SHA256"
    RSA_SHA256 = "RSA_SHA256"


@dataclass(frozen=True, slots=True)
class Suite:
    """A row: the OIDs a certificate or a CMS names it by."""

    name: SuiteName
    signature_algorithm: str
    digest_algorithm: str


_SUITES = {
    one.name: one
    for one in (
        Suite(SuiteName.SM2_SM3, SM2_WITH_SM3, SM3),
        Suite(SuiteName.ECDSA_P256_SHA256, ECDSA_WITH_SHA256, SHA256),
        Suite(SuiteName.RSA_SHA256, RSA_WITH_SHA256, SHA256),
    )
}


@dataclass(frozen=True, slots=True)
class ForeignSignature:
    """A signature of a suite other than SM2, in the form CMS and X.509 carry."""

    suite: SuiteName
    value: bytes = field(repr=False)

    @classmethod
    def ecdsa_from_raw(cls, raw: bytes) -> "ForeignSignature":
        """Take the 64 bytes r‖s that PKCS #11 and TPMs answer with."""
        if len(raw) != 2 * P256_FIELD_BYTES:
            raise MalformedSignature("a raw signature on P-256 has 64 bytes")
        r, s = (int.from_bytes(half) for half in (raw[:P256_FIELD_BYTES], raw[P256_FIELD_BYTES:]))
        return cls(SuiteName.ECDSA_P256_SHA256, encode_dss_signature(r, s))

    @classmethod
    def rsa(cls, value: bytes) -> "ForeignSignature":
        """Take a PKCS #1 v1.5 signature."""
        return cls(SuiteName.RSA_SHA256, value)

    def to_der(self) -> bytes:
        """Return the value as CMS carries it: for ECDSA DER, for RSA the bare number."""
        return self.value


Signature = Sm2Signature | ForeignSignature


def signature_from_der(suite: SuiteName, value: bytes) -> Signature:
    """Read what `to_der` of either kind writes; raise `MalformedSignature`."""
    if suite is SuiteName.SM2_SM3:
        return Sm2Signature.from_der(value)
    return ForeignSignature(suite, value)


def suite_of(key: PublicKey) -> Suite:
    """Return the suite a key signs in; raise `KeyRefused` for a kind no row is for."""
    if isinstance(key, Sm2PublicKey):
        return _SUITES[SuiteName.SM2_SM3]
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return _SUITES[SuiteName.ECDSA_P256_SHA256]
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= RSA_MIN_BITS:
        return _SUITES[SuiteName.RSA_SHA256]
    raise KeyRefused("the key is neither SM2, nor ECDSA on P-256, nor RSA of 2048 bits and more")


def message_digest(key: PublicKey, message: bytes, *, signer_id: bytes) -> bytes:
    """Return the 32 bytes a device signs for `message`; `signer_id` is used for SM2 only."""
    if isinstance(key, Sm2PublicKey):
        return key.message_digest(message, signer_id=signer_id)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(message)
    return digest.finalize()


def verify_message(
    key: PublicKey, message: bytes, signature: Signature, *, signer_id: bytes
) -> None:
    """Raise `InvalidSignature` unless `signature` is this key's, in its suite, over `message`."""
    verify_with_key(
        key,
        message,
        signature.to_der(),
        algorithm=suite_of(key).signature_algorithm,
        digest=None,
        signer_id=signer_id,
    )


def to_spki(key: PublicKey) -> bytes:
    """Return SubjectPublicKeyInfo, DER."""
    if isinstance(key, Sm2PublicKey):
        return _SM2_SPKI + key.point
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def from_spki(der: bytes) -> PublicKey:
    """Read what `to_spki` writes; raise `MalformedKey`."""
    if der.startswith(_SM2_SPKI):
        return Sm2PublicKey(der[len(_SM2_SPKI) :])
    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedKey("the bytes are no public key") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise MalformedKey("the public key is neither SM2, RSA nor ECDSA")
    return key


def require_digest(digest: bytes) -> bytes:
    """Return the digest; raise `KeyRefused` unless it has 32 bytes: no device pads or cuts."""
    if len(digest) != DIGEST_BYTES:
        raise KeyRefused("a key signs a digest of 32 bytes")
    return digest
