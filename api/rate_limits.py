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
        now = self._clock()
        per_second = rate.per_minute / 60
        with self._lock:
            left, since = self._buckets.pop(caller, (float(rate.burst), now))
            left = min(float(rate.burst), left + (now - since) * per_second)
            granted = left >= 1
            self._buckets[caller] = (left - 1 if granted else left, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        if not granted:
            wait = max(1, math.ceil((1 - left) / per_second))
            raise RateLimited(f"try again in {wait} s", retry_after=wait)


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
