"""Who waits longest is served first, and nothing put into the line is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.examination.line import Line

PATIENCE_SECONDS = 30.0


def test_a_newcomer_does_not_overtake_who_waits():
    line = Line()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(line.get, PATIENCE_SECONDS)
        while not line._waiting:
            pass
        line.put("first")
        with pytest.raises(TimeoutError):
            line.get(0.0)
        assert waiting.result() == "first"


def test_who_gave_up_is_passed_over():
    line = Line()
    with pytest.raises(TimeoutError):
        line.get(0.0)
    line.put("kept")
    assert line.get(0.0) == "kept"


def test_what_nobody_has_can_be_taken_back():
    line = Line()
    line.put(None)
    assert line.drain() == [None]
    assert line.drain() == []


def test_between_patient_and_impatient_threads_nothing_is_lost_or_given_twice():
    line = Line()

    def take(number):
        try:
            return [line.get(number % 3 * 0.0001)]
        except TimeoutError:
            return []

    def act(number):
        return line.put(number) or [] if number % 2 else take(number)

    with ThreadPoolExecutor(8) as threads:
        taken = [one for some in threads.map(act, range(4_000)) for one in some]
    assert sorted(taken + line.drain()) == list(range(1, 4_000, 2))
