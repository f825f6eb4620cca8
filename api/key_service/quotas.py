"""How often a caller may use a key: a rate, and a number for each day."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from threading import Lock

from api.errors import KeyRequestRefused, RateLimited
from api.key_service.ledger import Ledger
from api.key_service.service_file import Grant
from api.rate_limits import Rate, RateLimiter

__all__ = ["Quotas"]


class Quotas:
    """Days are counted in the ledger, whoever restarts; a key's own limits are the deployment's."""

    def __init__(
        self, ledger: Ledger, clock: Callable[[], datetime], seconds: Callable[[], float]
    ) -> None:
        """`clock` says the day (UTC); `seconds` never goes back."""
        self._ledger, self._clock, self._rates = ledger, clock, RateLimiter(seconds)
        self._lock = Lock()

    def take(self, caller: str, key: str, grant: Grant) -> None:
        """Count one use; raises `KeyRequestRefused` where none is left, or none can be noted."""
        with self._lock:
            now = self._clock()
            if self._ledger.used(caller, key, now) >= grant.per_day:
                tomorrow = datetime.combine(
                    self._ledger.day(now) + timedelta(days=1), time(), now.tzinfo
                )
                wait = int((tomorrow - now).total_seconds()) + 1
                raise KeyRequestRefused("quota", retry_after=wait)
            try:
                self._rates.take(f"{caller}/{key}", Rate(grant.per_minute, grant.per_minute))
                self._ledger.add(caller, key, now)
            except RateLimited as error:
                raise KeyRequestRefused("quota", retry_after=error.retry_after) from error
            except OSError as error:
                raise KeyRequestRefused("log-away") from error
