"""Public keys as a token tells them, and how each kind signs a digest."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from hsm_adapters.pkcs11 import cryptoki
from hsm_adapters.pkcs11.module import Pkcs11Module
from hsm_adapters.uri_numbers import number_in
from keystore.errors import KeyRefused
from keystore.faults import answer_of
from keystore.public_keys import PublicKey
from keystore.sm2 import Sm2PublicKey, Sm2Signature
from keystore.suites import ForeignSignature, Signature, SuiteName, suite_of
from keystore.uri import KeyUri

__all__ = ["Form", "form_of", "read_public_key"]

RAW_BYTES = 64
SM2_CURVE = bytes.fromhex("06082a811ccf5501822d")
P256_CURVE = bytes.fromhex("06082a8648ce3d030107")
POINT_IN_OCTET_STRING = bytes.fromhex("0441")
POINT_BYTES = 65
SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True, slots=True)
class Form:
    """How a kind of key signs: the mechanism, what goes before the digest, what comes back."""

    mechanism: int
    prefix: bytes
    answer_bytes: int
    read: Callable[[bytes], Signature]


def form_of(public: PublicKey, uri: KeyUri) -> Form:
    """Return the form of a key's suite; SM2's mechanism is the vendor's (`MalformedUri`)."""
    name = suite_of(public).name
    if name is SuiteName.SM2_SM3:
        return Form(number_in(uri, "sm2-mechanism"), b"", RAW_BYTES, Sm2Signature.from_raw)
    if isinstance(public, rsa.RSAPublicKey):
        size = public.key_size // 8
        mechanism = cryptoki.MECHANISM_RSA_PKCS
        return Form(mechanism, SHA256_DIGEST_INFO, size, ForeignSignature.rsa)
    return Form(cryptoki.MECHANISM_ECDSA, b"", RAW_BYTES, ForeignSignature.ecdsa_from_raw)


def read_public_key(module: Pkcs11Module, session: int, thing: int, uri: KeyUri) -> PublicKey:
    """Read a public key object; `KeyRefused` for a kind no suite is for."""
    kind = int.from_bytes(module.attribute(session, thing, cryptoki.KEY_TYPE) or b"", "little")

    def told(number: int) -> bytes:
        return module.attribute(session, thing, number) or b""

    with answer_of("the device", "public key"):
        if kind == cryptoki.TYPE_RSA:
            numbers = (told(cryptoki.PUBLIC_EXPONENT), told(cryptoki.MODULUS))
            return rsa.RSAPublicNumbers(*map(int.from_bytes, numbers)).public_key()
        curve, point = _curve(kind, told(cryptoki.EC_PARAMS), uri), told(cryptoki.EC_POINT)
        if point.startswith(POINT_IN_OCTET_STRING) and len(point) > POINT_BYTES:
            point = point[len(POINT_IN_OCTET_STRING) :]
        if curve == SM2_CURVE:
            return Sm2PublicKey(point)
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _curve(kind: int, parameters: bytes, uri: KeyUri) -> bytes:
    if uri.get("sm2-key-type") is not None and kind == number_in(uri, "sm2-key-type"):
        return SM2_CURVE
    if kind != cryptoki.TYPE_EC:
        raise KeyRefused(
            f"the key is of type 0x{kind:08X}; where that is the vendor's SM2, say sm2-key-type="
        )
    if parameters not in (SM2_CURVE, P256_CURVE):
        raise KeyRefused("the key's curve is neither SM2 nor P-256")
    return parameters
