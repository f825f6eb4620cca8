"""Whether the periods of a path's certificates hold the times that matter."""

from datetime import datetime
from enum import Enum, auto

from keystore import Certificate
from verify.paths import Path
from verify.times import Times

__all__ = ["Bounds", "bounds_of"]


class Bounds(Enum):
    """Where the times lie."""

    INSIDE = auto()
    BEFORE = auto()
    """It was signed before a certificate began."""
    AFTER = auto()
    """It was signed after a certificate ended."""
    UNPROVEN = auto()
    """Signed inside by its own claim, but a certificate does not hold the time of checking."""


def bounds_of(path: Path, times: Times) -> Bounds:
    """Judge every certificate of the path; a claimed time needs validity now as well."""
    for certificate in path.certificates:
        found = _bounds(certificate, times)
        if found is not Bounds.INSIDE:
            return found
    return Bounds.INSIDE


def _bounds(certificate: Certificate, times: Times) -> Bounds:
    start, end = certificate.not_before, certificate.not_after
    if times.best is not None and times.best < start:
        return Bounds.BEFORE
    if times.best is not None and times.best > end:
        return Bounds.AFTER
    if times.proven is None and not _within(times.at, start, end):
        return Bounds.UNPROVEN
    return Bounds.INSIDE


def _within(moment: datetime, start: datetime, end: datetime) -> bool:
    return start <= moment <= end
