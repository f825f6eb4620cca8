"""A device that failed is left alone: not after one failure, ever longer after more."""

import pytest

from keystore.breaker import LONGEST_SECONDS, Breaker
from keystore.errors import KeyUnavailable


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_one_failure_costs_no_waiting():
    breaker = Breaker(Clock())
    breaker.failed()
    breaker.require_closed()


def test_further_failures_cost_more_each_time_and_no_more_than_half_a_minute():
    clock = Clock()
    breaker, waits = Breaker(clock), []
    breaker.failed()
    for _ in range(2000):
        breaker.failed()
        begun = clock.now
        with pytest.raises(KeyUnavailable) as caught:
            breaker.require_closed()
        assert 1 <= caught.value.retry_after <= LONGEST_SECONDS
        while True:
            clock.now += 0.25
            try:
                breaker.require_closed()
            except KeyUnavailable:
                continue
            break
        waits.append(clock.now - begun)
    assert waits[:5] == [0.25, 0.5, 1.0, 2.0, 4.0]
    assert waits[-1] == LONGEST_SECONDS


def test_a_success_ends_the_waiting():
    breaker = Breaker(Clock())
    for _ in range(9):
        breaker.failed()
    breaker.succeeded()
    breaker.require_closed()
    assert breaker.failures == 0
