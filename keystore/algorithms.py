"""One table: signature algorithm OID → key family and digest."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives import hashes

__all__ = [
    "DIGESTS",
    "DIGEST_NAMES",
    "EC_PUBLIC_KEY",
    "RSA_PSS",
    "SIGNATURE_ALGORITHMS",
    "SM2_CURVE",
    "SM2_SIGN",
    "SM2_WITH_SM3",
    "SM3",
    "KeyFamily",
    "SignatureAlgorithm",
    "digest_of",
    "digest_of_bytes",
]

EC_PUBLIC_KEY = "1.2.840.10045.2.1"
RSA_PSS = "1.2.840.113549.1.1.10"
SM2_CURVE = "1.2.156.10197.1.301"
SM2_SIGN = "1.2.156.10197.1.301.1"
SM2_WITH_SM3 = "1.2.156.10197.1.501"
SM3 = "1.2.156.10197.1.401"


class KeyFamily(StrEnum):
    """Which kind of key a signature algorithm takes."""

    SM2 = "SM2"
    RSA = "RSA"
    RSA_PSS = "RSA_PSS"
    """RSA with RSASSA-PSS, whose parameters name the digest."""
    ECDSA = "ECDSA"


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A row: `digest` None means the container names it (CMS digestAlgorithm)."""

    family: KeyFamily
    digest: str | None


SIGNATURE_ALGORITHMS = {
    SM2_WITH_SM3: SignatureAlgorithm(KeyFamily.SM2, "sm3"),
    SM2_SIGN: SignatureAlgorithm(KeyFamily.SM2, "sm3"),
    SM2_CURVE: SignatureAlgorithm(KeyFamily.SM2, "sm3"),  # seen in a trade CA's files
    "1.2.840.113549.1.1.1": SignatureAlgorithm(KeyFamily.RSA, None),
    "1.2.840.113549.1.1.5": SignatureAlgorithm(KeyFamily.RSA, "sha1"),
    "1.2.840.113549.1.1.11": SignatureAlgorithm(KeyFamily.RSA, "sha256"),
    "1.2.840.113549.1.1.12": SignatureAlgorithm(KeyFamily.RSA, "sha384"),
    "1.2.840.113549.1.1.13": SignatureAlgorithm(KeyFamily.RSA, "sha512"),
    RSA_PSS: SignatureAlgorithm(KeyFamily.RSA_PSS, None),
    EC_PUBLIC_KEY: SignatureAlgorithm(KeyFamily.ECDSA, None),
    "1.2.840.10045.4.1": SignatureAlgorithm(KeyFamily.ECDSA, "sha1"),
    "1.2.840.10045.4.3.2": SignatureAlgorithm(KeyFamily.ECDSA, "sha256"),
    "1.2.840.10045.4.3.3": SignatureAlgorithm(KeyFamily.ECDSA, "sha384"),
    "1.2.840.10045.4.3.4": SignatureAlgorithm(KeyFamily.ECDSA, "sha512"),
}

DIGEST_NAMES = {
    SM3: "sm3",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}

DIGESTS: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sm3": hashes.SM3,
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def digest_of(name: str) -> hashes.HashAlgorithm:
    """Return the digest named in `DIGEST_NAMES`; an unlisted name is a `KeyError`."""
    return DIGESTS[name]()


def digest_of_bytes(name: str, data: bytes) -> bytes:
    """Return the digest of `data`; an unlisted name is a `KeyError`."""
    running = hashes.Hash(digest_of(name))
    running.update(data)
    return running.finalize()
