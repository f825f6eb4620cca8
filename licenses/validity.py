"""How long a licence is good for."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from licenses.errors import BadLicenseType

__all__ = ["ValidityKind", "ValidityRule", "add_months"]

MAX_YEARS = 50


class ValidityKind(StrEnum):
    """Who decides the last day."""

    FIXED = "fixed"
    LONG_TERM = "long_term"
    REQUESTED = "requested"


def add_months(start: date, months: int) -> date:
    """The same day `months` later (or earlier); the month's last day where there is no such day."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


@dataclass(frozen=True, slots=True)
class ValidityRule:
    """A type's rule: `years` fixed by law, none (long-term), or as requested, `years` at most.

    A term of five years from 23 November 2026 has 22 November 2031 as its last day: the licence
    is in force on both days named, and no day is counted twice when it is renewed. From
    29 February the term ends on 28 February.
    `renew_before_days` and `renew_before_months` say how long before the end to apply for renewal.
    """

    kind: ValidityKind
    years: int = 0
    renew_before_days: int = 0
    renew_before_months: int = 0

    def __post_init__(self) -> None:
        """Raises `BadLicenseType` if the years do not fit the kind."""
        dated = self.kind is not ValidityKind.LONG_TERM
        if dated != (0 < self.years <= MAX_YEARS):
            raise BadLicenseType(f"validity {self.kind}: years = {self.years} does not fit")

    def last_day(self, valid_from: date) -> date | None:
        """The last day the rule allows; None if there is none."""
        if self.kind is ValidityKind.LONG_TERM:
            return None
        end = add_months(valid_from, 12 * self.years)
        return end - timedelta(days=1) if end.day == valid_from.day else end

    def renew_by(self, valid_until: date | None) -> date | None:
        """The last day to apply for renewal; None where the law names no such day."""
        if valid_until is None or not (self.renew_before_days or self.renew_before_months):
            return None
        return add_months(valid_until, -self.renew_before_months) - timedelta(
            days=self.renew_before_days
        )
