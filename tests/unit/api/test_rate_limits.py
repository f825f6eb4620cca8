"""A bucket empties, fills again, and never costs more memory than was set."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import RateLimited
from api.rate_limits import Rate, RateLimiter, caller_of_address


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_the_burst_is_granted_and_then_the_caller_is_told_when_to_come_back():
    clock = Clock()
    limiter = RateLimiter(clock)
    rate = Rate(burst=3, per_minute=6)
    for _ in range(3):
        limiter.take("a", rate)
    with pytest.raises(RateLimited) as refused:
        limiter.take("a", rate)
    assert refused.value.retry_after == 10
    clock.now = 9.9
    with pytest.raises(RateLimited):
        limiter.take("a", rate)
    clock.now = 10.1
    limiter.take("a", rate)


def test_what_a_request_turned_out_to_cost_is_owed():
    clock = Clock()
    limiter = RateLimiter(clock)
    rate = Rate(burst=3, per_minute=60)
    limiter.take("a", rate)
    limiter.charge("a", rate, 10)
    with pytest.raises(RateLimited) as refused:
        limiter.take("a", rate)
    assert refused.value.retry_after == 9
    limiter.take("b", rate)
    clock.now = 9.1
    limiter.take("a", rate)


def test_one_caller_does_not_use_up_anothers_requests():
    limiter = RateLimiter(Clock())
    limiter.take("a", Rate(1, 1))
    limiter.take("b", Rate(1, 1))


def test_a_long_rest_never_saves_up_more_than_the_burst():
    clock = Clock()
    limiter = RateLimiter(clock)
    limiter.take("a", Rate(2, 60))
    clock.now = 1e6
    limiter.take("a", Rate(2, 60))
    limiter.take("a", Rate(2, 60))
    with pytest.raises(RateLimited):
        limiter.take("a", Rate(2, 60))


def test_memory_is_bounded_and_the_oldest_caller_is_forgotten_first():
    limiter = RateLimiter(Clock(), most_callers=2)
    rate = Rate(1, 1)
    limiter.take("a", rate)
    limiter.take("b", rate)
    limiter.take("c", rate)
    limiter.take("a", rate)
    with pytest.raises(RateLimited):
        limiter.take("c", rate)


@given(st.lists(st.floats(0, 10), max_size=60), st.integers(1, 5), st.floats(0.5, 120))
def test_never_more_than_burst_plus_rate_times_time_is_granted(pauses, burst, per_minute):
    clock = Clock()
    limiter = RateLimiter(clock)
    granted = 0
    for pause in pauses:
        clock.now += pause
        with suppress(RateLimited):
            limiter.take("a", Rate(burst, per_minute))
            granted += 1
    assert granted <= burst + clock.now * per_minute / 60 + 1e-6


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::1", "20010db800010002::/64"),
        ("2001:db8:1:2:ffff::9", "20010db800010002::/64"),
        (None, "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_an_address_stands_for_itself_or_its_network(address, caller):
    assert caller_of_address(address).zfill(len(caller)) == caller
