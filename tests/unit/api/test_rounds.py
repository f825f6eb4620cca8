"""Rounds go on until they are stopped, whatever one of them raises that is forgiven."""

import threading

from api.rounds import Rounds

PATIENCE = 30
"""Seconds, on a machine that has much else to do."""


def test_a_round_that_fails_is_a_warning_and_the_next_one_comes(caplog):
    done = threading.Event()
    turns = []

    def act():
        turns.append(1)
        if len(turns) == 1:
            raise OSError("disk")
        rounds.stop()
        done.set()

    rounds = Rounds("lists", act, 0.001, first_after=0, forgiven=(OSError,))
    rounds.start()
    assert done.wait(PATIENCE)
    rounds.join(PATIENCE)
    assert len(turns) == 2
    assert [one.getMessage() for one in caplog.records] == ["lists: OSError: disk"]


def test_what_was_stopped_before_its_first_round_does_nothing():
    turns = []
    rounds = Rounds("lists", lambda: turns.append(1), 1, first_after=60, forgiven=())
    rounds.start()
    rounds.stop()
    rounds.join(PATIENCE)
    assert turns == []
