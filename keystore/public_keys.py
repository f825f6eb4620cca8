"""Public keys of every suite, and whether a signature is over a message under one of them."""

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature as ForeignInvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from keystore.algorithms import DIGESTS, SIGNATURE_ALGORITHMS, KeyFamily, digest_of
from keystore.errors import InvalidSignature
from keystore.rsa_pss import pss_parameters
from keystore.sm2 import Sm2PublicKey, Sm2Signature

__all__ = ["DigestAfter", "PublicKey", "digests_of", "verify_digested", "verify_with_key"]

PublicKey = Sm2PublicKey | rsa.RSAPublicKey | ec.EllipticCurvePublicKey
DigestAfter = Callable[[str, bytes], bytes]
"""Returns the digest of that name over a prefix (Z_A for SM2, else nothing) and the message."""

_RSA_FAMILIES = frozenset({KeyFamily.RSA, KeyFamily.RSA_PSS})


def verify_with_key(  # noqa: PLR0913 - one signature, said in full
    key: PublicKey,
    message: bytes,
    signature: bytes,
    *,
    algorithm: str,
    digest: str | None,
    signer_id: bytes,
    parameters: bytes | None = None,
) -> None:
    """Raise `InvalidSignature` unless `signature` (DER or PKCS #1) is over `message`.

    `algorithm` is the signature OID; `digest` a name of `DIGEST_NAMES`, needed where the OID names
    none. `signer_id` is used for SM2 only, `parameters` (DER) for RSASSA-PSS only.
    """
    verify_digested(
        key,
        digests_of(message),
        signature,
        algorithm=algorithm,
        digest=digest,
        signer_id=signer_id,
        parameters=parameters,
    )


def digests_of(message: bytes) -> DigestAfter:
    """Return the digests of a message that is at hand."""

    def digest_after(name: str, prefix: bytes) -> bytes:
        running = hashes.Hash(digest_of(name))
        running.update(prefix)
        running.update(message)
        return running.finalize()

    return digest_after


def verify_digested(  # noqa: PLR0913 - one signature, said in full
    key: PublicKey,
    digest_after: DigestAfter,
    signature: bytes,
    *,
    algorithm: str,
    digest: str | None,
    signer_id: bytes,
    parameters: bytes | None = None,
) -> None:
    """Judge as `verify_with_key` does, over a message that only its digests are known of."""
    row = SIGNATURE_ALGORITHMS.get(algorithm)
    if row is None:
        raise InvalidSignature(f"the signature algorithm {algorithm} is not supported")
    padded: padding.PSS | padding.PKCS1v15 = padding.PKCS1v15()
    name = row.digest or digest
    if row.family is KeyFamily.RSA_PSS:
        name, padded = pss_parameters(parameters)
    if name not in DIGESTS or (digest is not None and digest != name):
        raise InvalidSignature("the digest and the signature algorithm do not agree")
    if row.family is KeyFamily.SM2 and isinstance(key, Sm2PublicKey) and name == "sm3":
        value = Sm2Signature.from_der(signature)
        key.verify_digest(digest_after(name, key.identity_digest(signer_id)), value)
        return
    hashed = Prehashed(digest_of(name))
    try:
        if row.family in _RSA_FAMILIES and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, digest_after(name, b""), padded, hashed)
        elif row.family is KeyFamily.ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, digest_after(name, b""), ec.ECDSA(hashed))
        else:
            raise InvalidSignature("the key and the signature algorithm do not agree")
    except (ForeignInvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise InvalidSignature("the signature does not fit this key and message") from error
