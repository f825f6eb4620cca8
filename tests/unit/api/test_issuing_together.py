"""Who waits for the issuing path goes together, in the order of coming, and gets its own answer."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Semaphore

import pytest

from api.issuing_together import IssuingTogether
from licenses.errors import IdempotencyConflict, InvalidDraft, RegisterUnavailable
from licenses.issuing import MOST_TOGETHER
from licenses.issuing_requests import IssuingRequest
from licenses.stages import Ended

PATIENCE_SECONDS = 20


@dataclass
class Desk:
    at_once: int


class Issuer:
    """Answers each request with its own key, a company at a time, when it is let."""

    def __init__(self, at_once: int = 1) -> None:
        self.desk = Desk(at_once)
        self.companies: list[list[str]] = []
        self.entered, self.let = Semaphore(0), Semaphore(0)

    def issue_all(self, requests: Sequence[IssuingRequest]) -> list[Ended]:
        keys = [one.idempotency_key for one in requests]
        self.companies.append(keys)
        self.entered.release()
        assert self.let.acquire(timeout=PATIENCE_SECONDS)
        if "interrupts" in keys:
            raise KeyboardInterrupt
        return [Ended(InvalidDraft(key) if key == "unfit" else key) for key in keys]

    def find_issued(self, request: IssuingRequest) -> str | None:
        if request.idempotency_key == "another body":
            raise IdempotencyConflict
        return "issued before" if request.idempotency_key == "replay" else None


class Senders:
    """Threads that ask, each known to wait (or to be on its way) before the next one comes."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.issuer, self.together, self._pool = Issuer(), IssuingTogether(), pool

    def issue(self, key: str):
        return self.together.issue(self.issuer, IssuingRequest({}, "approvals", key))

    def ask(self, key: str) -> Future:
        is_first = len(self.issuer.companies) < min(self.issuer.desk.at_once, 2)
        before = len(self.together._waiting)
        asked = self._pool.submit(self.issue, key)
        if is_first:
            assert self.issuer.entered.acquire(timeout=PATIENCE_SECONDS)
            return asked
        until = time.monotonic() + PATIENCE_SECONDS
        while len(self.together._waiting) == before:
            assert time.monotonic() < until
            time.sleep(0.001)
        return asked

    def let(self, companies: int) -> None:
        for _ in range(companies):
            self.issuer.let.release()


@pytest.fixture
def senders():
    with ThreadPoolExecutor(3 * MOST_TOGETHER) as pool:
        yield Senders(pool)


def result(asked: Future):
    return asked.result(PATIENCE_SECONDS)


def test_a_request_that_finds_the_path_free_goes_alone(senders):
    senders.let(2)
    assert [senders.issue(key) for key in ("a", "b")] == ["a", "b"]
    assert senders.issuer.companies == [["a"], ["b"]]


def test_those_that_come_meanwhile_go_together_and_each_gets_its_own_answer(senders):
    first = senders.ask("a")
    rest = [senders.ask(key) for key in ("b", "unfit", "c")]
    senders.let(2)
    assert result(first) == "a"
    assert [result(rest[0]), result(rest[2])] == ["b", "c"]
    with pytest.raises(InvalidDraft, match="unfit"):
        result(rest[1])
    assert senders.issuer.companies == [["a"], ["b", "unfit", "c"]]


def test_a_company_is_bounded_and_made_of_those_that_waited_longest(senders):
    first = senders.ask("first")
    keys = [f"{number:02d}" for number in range(MOST_TOGETHER + 3)]
    asked = [senders.ask(key) for key in keys]
    senders.let(3)
    assert result(first) == "first"
    assert [result(one) for one in asked] == keys
    companies = senders.issuer.companies
    assert companies == [["first"], keys[:MOST_TOGETHER], keys[MOST_TOGETHER:]]


def test_a_leader_that_is_interrupted_tells_its_company_and_leaves_the_path_free(senders):
    first = senders.ask("a")
    leader, *followers = [senders.ask(key) for key in ("interrupts", "b", "c")]
    senders.let(2)
    assert result(first) == "a"
    with pytest.raises(KeyboardInterrupt):
        result(leader)
    for follower in followers:
        with pytest.raises(RegisterUnavailable, match="the same request completes"):
            result(follower)
    assert followers[0].exception() is not followers[1].exception(), "each logs its own"
    senders.let(1)
    assert senders.issue("d") == "d"


def test_what_was_issued_before_is_answered_without_waiting(senders):
    first = senders.ask("a")
    assert senders.issue("replay") == "issued before"
    with pytest.raises(IdempotencyConflict):
        senders.issue("another body")
    senders.let(1)
    assert result(first) == "a"


def test_while_one_company_is_at_a_device_the_next_is_on_its_way(senders):
    senders.issuer.desk.at_once = 8
    first, second = senders.ask("a"), senders.ask("b")
    rest = [senders.ask(key) for key in ("c", "d")]
    assert senders.issuer.companies == [["a"], ["b"]]
    senders.let(3)
    assert [result(one) for one in (first, second, *rest)] == ["a", "b", "c", "d"]
    assert sorted(senders.issuer.companies) == [["a"], ["b"], ["c", "d"]]
    assert senders.together._on_their_way == 0
