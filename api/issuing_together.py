"""Requests that wait for the issuing path enter it together, behind the one that waited longest."""

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock

from licenses.errors import RegisterUnavailable
from licenses.issuing import MOST_TOGETHER, IssuedLicense, LicenseIssuer
from licenses.issuing_requests import IssuingRequest
from licenses.stages import Ended

__all__ = ["IssuingTogether"]

_End = Ended[IssuedLicense]


@dataclass(frozen=True, slots=True)
class _Place:
    """A request that waits; it is told its end, or None: lead those behind you."""

    request: IssuingRequest
    told: "Future[_End | None]" = field(default_factory=Future)


class IssuingTogether:
    """One company of requests is on its way at a time; those that come meanwhile are the next.

    Nobody waits for company: a request that finds the path free goes alone.
    """

    def __init__(self) -> None:
        """The path is free."""
        self._guard = Lock()
        self._is_taken = False
        self._waiting: deque[_Place] = deque()

    def issue(self, issuer: LicenseIssuer, request: IssuingRequest) -> IssuedLicense:
        """Issue one licence, in whatever company; raises what `LicenseIssuer.issue` does."""
        place = _Place(request)
        with self._guard:
            waits = self._is_taken
            self._is_taken = True
            if waits:
                self._waiting.append(place)
        end = place.told.result() if waits else None
        return (end or self._led(issuer, place)).answer()

    def _led(self, issuer: LicenseIssuer, own: _Place) -> _End:
        with self._guard:
            behind = min(len(self._waiting), MOST_TOGETHER - 1)
            company = [self._waiting.popleft() for _ in range(behind)]
        own_end, *ends = [_INTERRUPTED] * (1 + len(company))
        try:
            own_end, *ends = issuer.issue_all([place.request for place in (own, *company)])
        finally:
            self._pass_on()
            for place, end in zip(company, ends, strict=True):
                place.told.set_result(end)
        return own_end

    def _pass_on(self) -> None:
        with self._guard:
            self._is_taken = bool(self._waiting)
            if self._waiting:
                self._waiting.popleft().told.set_result(None)


_INTERRUPTED: _End = Ended(
    RegisterUnavailable("issuing was interrupted; the same request completes what was begun")
)
