"""OCSP responses of every kind, right or wrong on purpose, signed with SM2, RSA or ECDSA keys."""

from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from keystore import SIGNER_ID_GM, Certificate
from keystore.algorithms import DIGEST_NAMES, digest_of_bytes
from keystore.tlv import CONTEXT_0, CONTEXT_1, OCTET_STRING, SEQUENCE, encoded, encoded_integer
from keystore.tlv import encoded_oid as oid_of
from tests.fakes.signature_values import SM2_SM3, algorithm
from tests.fakes.sm2_people import DAY, NOW, Foreigner, Person

BASIC = "1.3.6.1.5.5.7.48.1.1"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
SHA1, SHA256, SM3 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1", "1.2.156.10197.1.401"
RSA_SHA256, ECDSA_SHA256 = "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"
NONCE = "1.3.6.1.5.5.7.48.1.2"


def moment(value: datetime) -> bytes:
    return encoded(0x18, f"{value:%Y%m%d%H%M%SZ}".encode())


def extensions(oid: str = NONCE, *, critical: bool = False, value: bytes = b"\x04\x01x") -> bytes:
    flag = encoded(0x01, b"\xff") if critical else b""
    one = encoded(SEQUENCE, oid_of(oid), flag, encoded(OCTET_STRING, value))
    return encoded(CONTEXT_1, encoded(SEQUENCE, one))


@dataclass(frozen=True)
class Answer:
    """One SingleResponse about `certificate` of `issuer`."""

    certificate: Certificate
    issuer: Certificate
    revoked_at: datetime | None = None
    status: bytes | None = None
    reason: bytes = b""
    this_update: datetime = NOW - DAY
    next_update: datetime | None = NOW + 7 * DAY
    hash_oid: str = SHA1
    serial: int | None = None
    key_bits: bytes | None = None
    more: bytes = b""

    def der(self) -> bytes:
        name = DIGEST_NAMES.get(self.hash_oid, "sha1")
        identity = encoded(
            SEQUENCE,
            algorithm(self.hash_oid),
            encoded(OCTET_STRING, digest_of_bytes(name, self.issuer.subject_der)),
            encoded(OCTET_STRING, digest_of_bytes(name, self.key_bits or self.issuer.key_bits)),
            encoded_integer(self.serial or self.certificate.serial),
        )
        status = b"\x80\x00"
        if self.revoked_at is not None:
            status = encoded(0xA1, moment(self.revoked_at), self.reason)
        until = b"" if self.next_update is None else encoded(CONTEXT_0, moment(self.next_update))
        return encoded(
            SEQUENCE, identity, self.status or status, moment(self.this_update), until, self.more
        )


@dataclass(frozen=True)
class Ocsp:
    """A response by `responder`; `key` signs when it is not the responder's own."""

    answers: tuple[Answer, ...]
    responder: Person | Foreigner
    key: Person | Foreigner | None = None
    by_key: bool = False
    produced_at: datetime = NOW - DAY
    carried: tuple[bytes, ...] | None = None
    status: int = 0
    basic: str = BASIC
    signature_oid: str | None = None
    signature: bytes | None = None
    unused_bits: bytes = b"\0"
    before: bytes = b""
    more: bytes = b""

    def but(self, **changes: object) -> "Ocsp":
        return replace(self, **changes)

    def der(self) -> bytes:
        if self.status:
            return encoded(SEQUENCE, encoded(0x0A, bytes([self.status])))
        certificate = self.responder.certificate
        name = encoded(CONTEXT_1, certificate.subject_der)
        if self.by_key:
            hashed = digest_of_bytes("sha1", certificate.key_bits)
            name = encoded(0xA2, encoded(OCTET_STRING, hashed))
        data = encoded(
            SEQUENCE,
            self.before,
            name,
            moment(self.produced_at),
            encoded(SEQUENCE, *(one.der() for one in self.answers)),
            self.more,
        )
        oid, value = signed(data, self.key or self.responder)
        carried = (certificate.der,) if self.carried is None else self.carried
        basic = encoded(
            SEQUENCE,
            data,
            algorithm(self.signature_oid or oid),
            encoded(0x03, self.unused_bits, self.signature or value),
            encoded(CONTEXT_0, encoded(SEQUENCE, *carried)) if carried else b"",
        )
        inner = encoded(SEQUENCE, oid_of(self.basic), encoded(OCTET_STRING, basic))
        return encoded(SEQUENCE, encoded(0x0A, b"\0"), encoded(CONTEXT_0, inner))


def signed(data: bytes, who: Person | Foreigner) -> tuple[str, bytes]:
    if isinstance(who, Person):
        return SM2_SM3, who.signer.sign(data, signer_id=SIGNER_ID_GM).to_der()
    if isinstance(who.key, rsa.RSAPrivateKey):
        return RSA_SHA256, who.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return ECDSA_SHA256, who.key.sign(data, ec.ECDSA(hashes.SHA256()))
