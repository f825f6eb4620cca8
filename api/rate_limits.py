"""Token buckets per caller, in a bounded amount of memory."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from threading import Lock

from api.errors import RateLimited

__all__ = ["Rate", "RateLimiter", "caller_of_address"]

MOST_CALLERS = 20_000
_IPV6_NETWORK_BITS = 64  # what one household or host is given (RFC 6177)


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` requests at once, then `per_minute` of them."""

    burst: int
    per_minute: float

    @property
    def per_second(self) -> float:
        """The same, for a clock of seconds."""
        return self.per_minute / 60


class RateLimiter:
    """Counts requests; callers not heard of for longest are forgotten first."""

    def __init__(self, clock: Callable[[], float], most_callers: int = MOST_CALLERS) -> None:
        """`clock` counts seconds and never goes back."""
        self._clock = clock
        self._most = most_callers
        self._lock = Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, rate: Rate) -> None:
        """Take one request from the caller's bucket; raises `RateLimited` when it is empty."""
        with self._lock:
            left = self._left(caller, rate)
            granted = left >= 1
            self._keep(caller, left - 1 if granted else left)
        if not granted:
            wait = max(1, math.ceil((1 - left) / rate.per_second))
            raise RateLimited(f"try again in {wait} s", retry_after=wait)

    def charge(self, caller: str, rate: Rate, requests: float) -> None:
        """Take what a request turned out to cost; the bucket may be left owing."""
        with self._lock:
            self._keep(caller, self._left(caller, rate) - requests)

    def _left(self, caller: str, rate: Rate) -> float:
        now = self._clock()
        left, since = self._buckets.pop(caller, (float(rate.burst), now))
        return min(float(rate.burst), left + (now - since) * rate.per_second)

    def _keep(self, caller: str, left: float) -> None:
        self._buckets[caller] = (left, self._clock())
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)


def caller_of_address(address: str | None) -> str:
    """Return whom an address stands for: itself, or its network for IPv6."""
    if address is None:
        return "unknown"
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{int(parsed) >> (128 - _IPV6_NETWORK_BITS):x}::/64"
    return str(parsed)
