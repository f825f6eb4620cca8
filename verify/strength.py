"""Whether a certificate's key, and the signature on it, are as strong as the policy asks."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keystore import Certificate
from verify.policy import VerificationPolicy

__all__ = ["has_accepted_signature", "is_acceptable", "is_weak"]


def is_weak(certificate: Certificate, policy: VerificationPolicy) -> bool:
    """Say whether the key is smaller, or on another curve, than allowed."""
    key = certificate.public_key
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size < policy.rsa_bits
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name not in policy.curves


def has_accepted_signature(certificate: Certificate, policy: VerificationPolicy) -> bool:
    """Say whether it was issued with an accepted algorithm; a root's own signature says nothing."""
    return certificate.is_self_issued or certificate.algorithm in policy.signature_algorithms


def is_acceptable(certificate: Certificate, policy: VerificationPolicy) -> bool:
    """Say both."""
    return not is_weak(certificate, policy) and has_accepted_signature(certificate, policy)
