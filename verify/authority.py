"""Whether the authority behind a time-stamp is trusted, now and when it stamped."""

from datetime import datetime

from verify.evidence import Evidence
from verify.paths import Path
from verify.policy import VerificationPolicy
from verify.revocation import Standing, standing_of_path
from verify.strength import is_acceptable
from verify.times import Times
from verify.timestamps import TokenFacts, is_timestamping_certificate
from verify.validity import Bounds, bounds_of

__all__ = ["authority_fault"]

_SOUND = frozenset({Standing.GOOD, Standing.UNKNOWN_ACCEPTED})


def authority_fault(
    token: TokenFacts,
    path: Path | None,
    evidence: Evidence,
    at: datetime,
    policy: VerificationPolicy,
) -> str | None:
    """Return why the token's time cannot be relied on, None when it can."""
    if path is None:
        return "no path leads from the authority to an anchor that serves time-stamps"
    times = Times(token.time, None, at)
    rows = (
        (
            is_timestamping_certificate(token.certificate),
            "the certificate is not for time-stamps alone",
        ),
        (
            token.time <= at + policy.clock_tolerance,
            "the time-stamp is later than the time of checking",
        ),
        (
            bounds_of(path, times) is Bounds.INSIDE,
            "a certificate of the authority is outside its validity",
        ),
        (
            _is_strong(token, path, policy),
            "the authority's keys or algorithms are weaker than the policy allows",
        ),
        (
            standing_of_path(path, evidence, times, policy)[0] in _SOUND,
            "the standing of the authority's certificate is not known to be good",
        ),
    )
    return next((fault for holds, fault in rows if not holds), None)


def _is_strong(token: TokenFacts, path: Path, policy: VerificationPolicy) -> bool:
    accepts = token.signer.signature_algorithm in policy.signature_algorithms
    return accepts and all(is_acceptable(one, policy) for one in path.certificates)
