"""Requests that wait for the issuing path enter it together, behind the one that waited longest."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock

from licenses.errors import RegisterUnavailable
from licenses.issuing import MOST_TOGETHER, LicenseIssuer
from licenses.issuing_path import IssuedLicense
from licenses.issuing_requests import IssuingRequest
from licenses.stages import Ended

__all__ = ["IssuingTogether"]

_End = Ended[IssuedLicense]
_ALONE_ON_THE_PATH = 1
_BESIDE_A_DEVICE = 2
"""Companies on their way: while one is at the device, the next is typeset."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A request that waits; it is told its end, or whom it is to lead."""

    request: IssuingRequest
    told: "Future[_End | list[_Place]]" = field(default_factory=Future)


class IssuingTogether:
    """One company of requests is on its way at a time; those that come meanwhile are the next.

    Nobody waits for company: a request that finds the path free goes alone. With a device, two
    companies are on their way.
    """

    def __init__(self) -> None:
        """The path is free."""
        self._guard = Lock()
        self._on_their_way = 0
        self._waiting: deque[_Place] = deque()

    def issue(self, issuer: LicenseIssuer, request: IssuingRequest) -> IssuedLicense:
        """Issue one licence, in whatever company; raises what `LicenseIssuer.issue` does.

        What was issued before is answered without waiting.
        """
        place = _Place(request)
        if self._enters(issuer):
            return self._led(issuer, place, []).answer()
        made = issuer.find_issued(request)
        if made is not None:
            return made
        if self._enters(issuer, place):
            return self._led(issuer, place, []).answer()
        told = place.told.result()
        end = told if isinstance(told, Ended) else self._led(issuer, place, told)
        return end.answer()

    def _enters(self, issuer: LicenseIssuer, place: _Place | None = None) -> bool:
        """Take the path if it is free; else line up the place, where one is given."""
        most = _BESIDE_A_DEVICE if issuer.desk.at_once > 1 else _ALONE_ON_THE_PATH
        with self._guard:
            is_free = self._on_their_way < most
            if is_free:
                self._on_their_way += 1
            elif place is not None:
                self._waiting.append(place)
        return is_free

    def _led(self, issuer: LicenseIssuer, own: _Place, company: list[_Place]) -> _End:
        ends: Iterator[_End] = iter(())
        try:
            own_end, *others = issuer.issue_all([place.request for place in (own, *company)])
            ends = iter(others)
        finally:
            self._pass_on()
            for place in company:
                place.told.set_result(next(ends, None) or _interrupted())
        return own_end

    def _pass_on(self) -> None:
        """Have those that waited longest be the next company, behind the first of them."""
        with self._guard:
            if not self._waiting:
                self._on_their_way -= 1
                return
            size = min(len(self._waiting), MOST_TOGETHER)
            leader, *company = [self._waiting.popleft() for _ in range(size)]
            leader.told.set_result(company)


def _interrupted() -> _End:
    error = "issuing was interrupted; the same request completes what was begun"
    return Ended(RegisterUnavailable(error))
