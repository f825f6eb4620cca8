from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses.errors import BadLicenseType
from licenses.validity import ValidityKind, ValidityRule, add_months

FIVE_YEARS = ValidityRule(ValidityKind.FIXED, years=5, renew_before_days=90)


def test_five_years_end_on_the_day_before() -> None:
    assert FIVE_YEARS.last_day(date(2026, 11, 23)) == date(2031, 11, 22)
    assert FIVE_YEARS.last_day(date(2027, 1, 1)) == date(2031, 12, 31)


def test_a_term_from_the_29th_of_february_ends_on_the_28th() -> None:
    assert FIVE_YEARS.last_day(date(2028, 2, 29)) == date(2033, 2, 28)
    assert ValidityRule(ValidityKind.FIXED, years=4).last_day(date(2028, 2, 29)) == date(
        2032, 2, 28
    )


def test_a_long_term_licence_has_no_last_day() -> None:
    rule = ValidityRule(ValidityKind.LONG_TERM)
    assert rule.last_day(date(2026, 11, 23)) is None
    assert rule.renew_by(None) is None


def test_renewal_is_due_the_days_or_months_before_that_the_law_names() -> None:
    half_year = ValidityRule(ValidityKind.FIXED, years=5, renew_before_months=6)
    assert FIVE_YEARS.renew_by(date(2031, 11, 22)) == date(2031, 8, 24)
    assert half_year.renew_by(date(2031, 11, 22)) == date(2031, 5, 22)
    assert half_year.renew_by(date(2031, 8, 31)) == date(2031, 2, 28)
    assert ValidityRule(ValidityKind.FIXED, years=5).renew_by(date(2031, 11, 22)) is None


@given(st.dates(date(1950, 1, 1), date(2200, 1, 1)), st.integers(1, 50))
def test_the_next_term_begins_the_day_after_and_no_day_is_counted_twice(
    start: date, years: int
) -> None:
    last = ValidityRule(ValidityKind.FIXED, years=years).last_day(start)
    assert last is not None
    following = last + timedelta(days=1)
    assert (following.month, following.day) in {(start.month, start.day), (3, 1)}
    assert following.year == start.year + years


@given(st.dates(date(1950, 1, 1), date(2200, 1, 1)), st.integers(-600, 600))
def test_months_move_within_the_calendar(start: date, months: int) -> None:
    moved = add_months(start, months)
    assert (moved.year * 12 + moved.month) - (start.year * 12 + start.month) == months
    assert moved.day <= start.day


@pytest.mark.parametrize(
    ("kind", "years"),
    [(ValidityKind.FIXED, 0), (ValidityKind.LONG_TERM, 5), (ValidityKind.REQUESTED, 51)],
)
def test_a_rule_whose_years_do_not_fit_its_kind_is_refused(kind: ValidityKind, years: int) -> None:
    with pytest.raises(BadLicenseType, match="years"):
        ValidityRule(kind, years=years)
