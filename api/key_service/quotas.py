"""How often a caller may use a key: a rate, and a number for each day."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from threading import Lock

from api.errors import KeyRequestRefused, RateLimited
from api.key_service.service_file import Grant
from api.rate_limits import Rate, RateLimiter

__all__ = ["Quotas"]


class Quotas:
    """Counts since the service was started; a key's own limits are the deployment's."""

    def __init__(self, clock: Callable[[], datetime], seconds: Callable[[], float]) -> None:
        """`clock` says the day; `seconds` never goes back."""
        self._clock, self._rates = clock, RateLimiter(seconds)
        self._used: dict[tuple[str, str], tuple[date, int]] = {}
        self._lock = Lock()

    def take(self, caller: str, key: str, grant: Grant) -> None:
        """Count one use; raises `KeyRequestRefused` where none is left."""
        now = self._clock()
        with self._lock:
            day, used = self._used.get((caller, key), (now.date(), 0))
            used = used if day == now.date() else 0
            if used >= grant.per_day:
                tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
                wait = int((tomorrow - now).total_seconds()) + 1
                raise KeyRequestRefused("quota", retry_after=wait)
            try:
                self._rates.take(f"{caller}/{key}", Rate(grant.per_minute, grant.per_minute))
            except RateLimited as error:
                raise KeyRequestRefused("quota", retry_after=error.retry_after) from error
            self._used[caller, key] = (now.date(), used + 1)
