from contextvars import ContextVar
from threading import Barrier, get_ident

import pytest

from licenses.stages import Ended, advance


def half(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


def test_each_work_is_taken_through_the_stage_in_its_place():
    assert advance([2, 4, 6], half) == [1, 2, 3]
    assert advance([], half) == []


def test_a_work_that_fails_has_ended_and_the_others_go_on():
    first, second, third = advance([2, 3, 4], half)
    assert (first, third) == (1, 2)
    with pytest.raises(ValueError, match="3 is odd"):
        second.answer()


def test_a_work_that_has_ended_is_left_as_it_is():
    done = Ended("answered")
    assert advance([done, 4], half) == [done, 2]
    assert done.answer() == "answered"


def test_what_ends_the_process_is_no_end_of_one_work():
    def interrupted(_: int) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        advance([1], interrupted)


def test_several_are_in_a_stage_at_once_where_that_is_asked_for():
    meeting = Barrier(3, timeout=10)

    def meet(number: int) -> int:
        meeting.wait()
        return half(number)

    gone, *odd = advance([2, 3, 5], meet, at_once=3)
    assert gone == 1
    assert all(isinstance(one.outcome, ValueError) for one in odd)


def test_what_is_known_of_the_request_is_known_in_a_stage_at_once():
    named = ContextVar("named", default="nobody")
    named.set("request")
    assert advance([1, 2], lambda _: named.get(), at_once=2) == ["request", "request"]


def test_one_work_among_ended_ones_needs_no_threads():
    here = get_ident()
    done = advance([Ended(0), 1, Ended(2)], lambda _: get_ident(), at_once=4)
    assert done[1] == here


def test_an_end_does_not_show_what_is_in_it():
    assert "secret" not in repr(Ended("secret"))
