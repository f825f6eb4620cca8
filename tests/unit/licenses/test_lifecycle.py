from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses.errors import IllegalTransition
from licenses.lifecycle import (
    TRANSITIONS,
    LicenseState,
    Standing,
    StandingKind,
    Step,
    after,
    legal_day,
    standing,
)

PEKING = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class SomeLife:
    state: LicenseState = LicenseState.ISSUED
    valid_from: date = date(2026, 3, 1)
    valid_until: date | None = date(2026, 12, 31)
    suspended_at: datetime | None = None
    revoked_at: datetime | None = None
    replaced_by: str | None = None


@given(st.lists(st.sampled_from(Step)))
def test_no_sequence_of_steps_leaves_the_table(steps):
    state = LicenseState.RESERVED
    for step in steps:
        expected = TRANSITIONS.get((state, step))
        if expected is None:
            with pytest.raises(IllegalTransition):
                after(state, step)
        else:
            state = after(state, step)
            assert state is expected


def test_nothing_leads_out_of_revoked_nor_back_to_reserved():
    assert not [step for state, step in TRANSITIONS if state is LicenseState.REVOKED]
    assert LicenseState.RESERVED not in TRANSITIONS.values()


def test_only_a_completion_issues_a_reserved_licence():
    steps = {step for state, step in TRANSITIONS if state is LicenseState.RESERVED}
    assert steps == {Step.COMPLETE}


@pytest.mark.parametrize(
    ("life", "on", "expected"),
    [
        (None, date(2026, 5, 1), Standing(StandingKind.UNKNOWN)),
        (
            SomeLife(LicenseState.RESERVED),
            date(2026, 5, 1),
            Standing(StandingKind.NOT_ISSUED),
        ),
        (SomeLife(), date(2026, 2, 28), Standing(StandingKind.NOT_YET_IN_FORCE)),
        (SomeLife(), date(2026, 3, 1), Standing(StandingKind.IN_FORCE, date(2026, 3, 1))),
        (SomeLife(), date(2026, 12, 31), Standing(StandingKind.IN_FORCE, date(2026, 3, 1))),
        (SomeLife(), date(2027, 1, 1), Standing(StandingKind.EXPIRED, date(2027, 1, 1))),
        (
            SomeLife(valid_until=None),
            date(2126, 1, 1),
            Standing(StandingKind.IN_FORCE, date(2026, 3, 1)),
        ),
        (
            SomeLife(LicenseState.SUSPENDED, suspended_at=datetime(2026, 5, 1, 3, tzinfo=UTC)),
            date(2026, 5, 1),
            Standing(StandingKind.SUSPENDED, date(2026, 5, 1)),
        ),
        (
            SomeLife(LicenseState.SUSPENDED, suspended_at=datetime(2026, 5, 1, 3, tzinfo=UTC)),
            date(2026, 4, 30),
            Standing(StandingKind.IN_FORCE, date(2026, 3, 1)),
        ),
        (
            SomeLife(LicenseState.SUSPENDED, suspended_at=datetime(2026, 5, 1, 3, tzinfo=UTC)),
            date(2027, 2, 1),
            Standing(StandingKind.EXPIRED, date(2027, 1, 1)),
        ),
        (
            SomeLife(LicenseState.REVOKED, revoked_at=datetime(2026, 6, 1, tzinfo=UTC)),
            date(2028, 1, 1),
            Standing(StandingKind.REVOKED, date(2026, 6, 1)),
        ),
        (
            SomeLife(LicenseState.REVOKED, revoked_at=datetime(2026, 6, 1, tzinfo=UTC)),
            date(2026, 5, 31),
            Standing(StandingKind.IN_FORCE, date(2026, 3, 1)),
        ),
        (
            SomeLife(
                LicenseState.REVOKED,
                revoked_at=datetime(2026, 6, 1, tzinfo=UTC),
                replaced_by="next",
            ),
            date(2026, 6, 1),
            Standing(StandingKind.REPLACED, date(2026, 6, 1), "next"),
        ),
    ],
)
def test_a_licence_stands_as_its_dates_and_its_state_say(life, on, expected):
    assert standing(life, on) == expected


def test_days_are_counted_in_peking_wherever_the_moment_comes_from():
    last_second = datetime(2026, 12, 31, 23, 59, 59, tzinfo=PEKING)
    assert standing(SomeLife(), last_second.astimezone(UTC)).kind is StandingKind.IN_FORCE
    midnight = last_second + timedelta(seconds=1)
    assert standing(SomeLife(), midnight.astimezone(UTC)).kind is StandingKind.EXPIRED


def test_a_revocation_late_at_night_in_greenwich_is_the_next_day_in_peking():
    life = SomeLife(LicenseState.REVOKED, revoked_at=datetime(2026, 6, 1, 16, 0, tzinfo=UTC))
    assert standing(life, date(2026, 6, 2)).since == date(2026, 6, 2)


def test_a_moment_without_a_zone_has_no_legal_day():
    with pytest.raises(ValueError, match="zone"):
        legal_day(datetime(2026, 6, 1))


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)))
def test_expiry_is_the_day_after_the_last_valid_one(last):
    life = SomeLife(valid_from=last, valid_until=last)
    assert standing(life, last).kind is StandingKind.IN_FORCE
    assert standing(life, last + timedelta(days=1)) == Standing(
        StandingKind.EXPIRED, last + timedelta(days=1)
    )
