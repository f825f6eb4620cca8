"""Sixty, thirty and seven days before a key or a seal ends, it is said: once, and ever louder."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from api.endings import Ending, EndingsWatch, days_left, endings, step_reached
from keystore import Keyring, no_secrets

END = datetime(2027, 3, 1, 12, tzinfo=UTC)
KEY = Ending("key", "seal-signer", END)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=60) + SECOND, None),
        (timedelta(days=60), 60),
        (timedelta(days=30) + SECOND, 60),
        (timedelta(days=30), 30),
        (timedelta(days=7) + SECOND, 30),
        (timedelta(days=7), 7),
        (SECOND, 7),
        (timedelta(0), 0),
        (timedelta(days=-400), 0),
    ],
)
def test_the_steps_are_crossed_at_sixty_thirty_seven_days_and_the_end(left, days):
    step = step_reached(left)
    assert (step and step.days) == days


def test_the_words_get_louder():
    words = [days_left(timedelta(days=days)) for days in (61, 60, 30, 7, -2)]
    assert words == [
        "61 days left",
        "60 days left (DUE)",
        "30 days left (SOON)",
        "7 days left (URGENT)",
        "-2 days left (ENDED)",
    ]


class Times:
    def __init__(self):
        self.now = END - timedelta(days=90)

    def __call__(self):
        return self.now


def lines(caplog):
    said = [(one.levelno, one.getMessage()) for one in caplog.records]
    caplog.clear()
    return said


def test_each_step_is_logged_once_for_each_key_however_often_it_is_looked(caplog):
    clock, known = Times(), [KEY]
    watch = EndingsWatch(lambda: tuple(known), clock)
    watch.look()
    assert lines(caplog) == []
    expected = ((60, logging.WARNING), (30, logging.WARNING), (7, logging.ERROR), (0, 50))
    for days, level in expected:
        clock.now = END - timedelta(days=days)
        for _ in range(3):
            watch.look()
        ((found, text),) = lines(caplog)
        assert found == level
        assert text.startswith(f"key seal-signer ends 2027-03-01 12:00 UTC: {days} days left (")
    known.append(Ending("seal", "seal-signer", END))
    watch.look()
    ((_, text),) = lines(caplog)
    assert text.startswith("seal seal-signer")


def test_a_renewed_certificate_is_warned_of_anew(caplog):
    clock, known = Times(), [KEY]
    watch = EndingsWatch(lambda: tuple(known), clock)
    clock.now = END - timedelta(days=5)
    watch.look()
    known[:] = [Ending("key", "seal-signer", END + timedelta(days=365))]
    watch.look()
    clock.now += timedelta(days=365)
    watch.look()
    assert [level for level, _ in lines(caplog)] == [logging.ERROR, logging.ERROR]


def test_what_is_left_is_counted_when_it_is_asked_for():
    clock = Times()
    watch = EndingsWatch(lambda: (KEY,), clock)
    assert watch.seconds_left() == {}
    watch.look()
    clock.now = END + timedelta(seconds=9)
    assert watch.seconds_left() == {("key", "seal-signer"): -9.0}


def test_a_key_ends_with_the_first_certificate_of_its_chain(pristine_deployment):
    path = pristine_deployment / "keys.toml"
    with Keyring.from_file(path, secrets=no_secrets) as keyring:
        found = {(one.kind, one.alias): one.at for one in endings(keyring)}
        for alias in keyring.aliases:
            chain = keyring.credential(alias).chain
            assert found["key", alias] == min(one.not_after for one in chain)
        for entry in keyring.seals:
            assert found["seal", entry.alias] == entry.seal.valid_until
