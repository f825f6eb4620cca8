"""Whether the authority behind a time-stamp is trusted, now and when it stamped."""

from datetime import datetime

from verify.evidence import Evidence
from verify.paths import Path
from verify.policy import VerificationPolicy
from verify.revocation import Standing, standing_of_path
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
    if not is_timestamping_certificate(token.certificate):
        return "the certificate is not for time-stamps alone"
    if path is None:
        return "no path leads from the authority to an anchor"
    if token.time > at + policy.clock_tolerance:
        return "the time-stamp is later than the time of checking"
    times = Times(token.time, None, at)
    if bounds_of(path, times) is not Bounds.INSIDE:
        return "a certificate of the authority is outside its validity"
    if standing_of_path(path, evidence, times, policy)[0] not in _SOUND:
        return "the standing of the authority's certificate is not known to be good"
    return None
