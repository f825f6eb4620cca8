"""What is said of revocation and distrust along a path, and what that means at a given time."""

from datetime import datetime
from enum import IntEnum

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from keystore import Certificate
from verify.evidence import Evidence
from verify.paths import Path
from verify.policy import RevocationRule, VerificationPolicy
from verify.revocation_words import Inquiry
from verify.times import Times

__all__ = ["Standing", "standing_of_path"]


class Standing(IntEnum):
    """What is known of a certificate, the worst last."""

    GOOD = 0
    UNKNOWN_ACCEPTED = 1
    REVOKED_LATER = 2
    """Revoked, but after a time that a time-stamp proves."""
    UNKNOWN = 3
    REVOKED_NO_PROOF = 4
    """Revoked now, and nothing but a claim says that the signature is older."""
    REVOKED = 5


def standing_of_path(
    path: Path, evidence: Evidence, times: Times, policy: VerificationPolicy
) -> tuple[Standing, bool]:
    """Return the worst standing below the anchor, and whether it is a CA's.

    A key we distrust ourselves stands as if it had been revoked then, the anchor's included.
    """
    pairs = zip(path.certificates, path.certificates[1:], strict=False)
    found = [
        (_standing(child, issuer, evidence, times, policy), position > 0)
        for position, (child, issuer) in enumerate(pairs)
    ]
    found += [
        (_revoked(since, times), position > 0)
        for position, one in enumerate(path.certificates)
        if (since := evidence.distrusted_since(one)) is not None and since <= times.at
    ]
    return max(found, key=lambda one: one[0], default=(Standing.GOOD, False))


def _standing(
    certificate: Certificate,
    issuer: Certificate,
    evidence: Evidence,
    times: Times,
    policy: VerificationPolicy,
) -> Standing:
    words = Inquiry(evidence, times, policy).words(certificate, issuer)
    dates = [one.revoked_at for one in words if one.revoked_at is not None]
    revoked = min((date for date in dates if date <= times.at), default=None)
    if revoked is not None:
        return _revoked(revoked, times)
    if any(one.speaks_for(certificate, times) for one in words):
        return Standing.GOOD
    is_demanded = policy.revocation is RevocationRule.ALWAYS or names_a_source(certificate)
    return Standing.UNKNOWN if is_demanded else Standing.UNKNOWN_ACCEPTED


def _revoked(revoked: datetime, times: Times) -> Standing:
    if times.proven is not None:
        return Standing.REVOKED_LATER if times.proven < revoked else Standing.REVOKED
    if times.claimed is not None and times.claimed < revoked:
        return Standing.REVOKED_NO_PROOF
    return Standing.REVOKED


def names_a_source(certificate: Certificate) -> bool:
    """Say whether the certificate tells where its revocation could be looked up."""
    extensions = certificate.x509.extensions
    if any(one.oid == x509.OID_CRL_DISTRIBUTION_POINTS for one in extensions):
        return True
    return any(
        entry.access_method == AuthorityInformationAccessOID.OCSP
        for one in extensions
        if isinstance(one.value, x509.AuthorityInformationAccess)
        for entry in one.value
    )
