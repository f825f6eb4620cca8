"""Every request counts once: a window of time, and the nonces of that window, bounded."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from api.errors import KeyRequestRefused

__all__ = ["Freshness"]

MOST_NONCES_A_CALLER = 200_000


class Freshness:
    """Refuses what is too old, from the future, from before the start, or has been here."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        window: timedelta,
        ahead: timedelta,
        latest: datetime | None = None,
        most: int = MOST_NONCES_A_CALLER,
    ) -> None:
        """Nonces of an earlier run are not known, so nothing that run could have taken is taken.

        `latest` is the latest time at which that run used a key: a clock that was set back while
        the service was off brings nothing back either.
        """
        self._clock, self._window, self._ahead, self._most = clock, window, ahead, most
        self._latest = max(clock(), latest or clock())
        self._first = self._latest + ahead
        self._nonces: dict[str, OrderedDict[str, datetime]] = {}
        self._lock = Lock()

    def claim(self, caller: str, nonce: str, time: datetime) -> None:
        """Take a request's nonce; raises `KeyRequestRefused`."""
        with self._lock:
            # A clock set back would bring old requests into the window again.
            now = self._latest = max(self._latest, self._clock())
            if not now - self._window <= time <= now + self._ahead:
                raise KeyRequestRefused("stale")
            if time < self._first:
                wait = int((self._first - now).total_seconds()) + 1
                raise KeyRequestRefused("just-started", retry_after=max(1, wait))
            known = self._nonces.setdefault(caller, OrderedDict())
            while known and next(iter(known.values())) < now:
                known.popitem(last=False)
            if nonce in known:
                raise KeyRequestRefused("replayed")
            if len(known) >= self._most:
                raise KeyRequestRefused("busy", retry_after=int(self._window.total_seconds()))
            # Its time is `ahead` of now at most, and it is too old a window later.
            known[nonce] = now + self._ahead + self._window
