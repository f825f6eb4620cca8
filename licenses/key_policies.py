"""What a key may be used for, when, and how often; empty and None mean: no limit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from licenses.errors import BadKeyPolicy
from licenses.lifecycle import LEGAL_TIME_ZONE

__all__ = ["PURPOSES", "KeyPolicy"]

PURPOSES = frozenset({"audit", "license"})
"""What the register can hold a key to: sealing licences, and signing the audit trail."""
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """The rules of one key; hours are the authority's ("08:00-18:00"), counts are of licences."""

    purposes: frozenset[str] = PURPOSES
    license_types: frozenset[str] = frozenset()
    hours: str = ""
    per_day: int | None = None
    in_all: int | None = None

    def __post_init__(self) -> None:
        """Raise `BadKeyPolicy` for rules that cannot be meant."""
        if self.hours and _minutes(self.hours) is None:
            raise BadKeyPolicy("hours are written 08:00-18:00, the end after the beginning")
        if any(one is not None and one < 0 for one in (self.per_day, self.in_all)):
            raise BadKeyPolicy("a number of uses is not negative")
        if not self.purposes <= PURPOSES:
            raise BadKeyPolicy(f"the purposes are {', '.join(sorted(PURPOSES))}")

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "KeyPolicy":
        """Read what `to_row` wrote; raises `BadKeyPolicy` for anything else."""
        try:
            sets = {name: frozenset(row[name]) for name in ("purposes", "license_types")}
            return cls(**sets, hours=row["hours"], per_day=row["per_day"], in_all=row["in_all"])
        except (KeyError, TypeError) as error:
            raise BadKeyPolicy("the policy of a key cannot be read") from error

    def to_row(self) -> dict[str, Any]:
        """Return the rules as JSON values."""
        return {
            "purposes": sorted(self.purposes),
            "license_types": sorted(self.license_types),
            "hours": self.hours,
            "per_day": self.per_day,
            "in_all": self.in_all,
        }

    def is_open(self, moment: datetime) -> bool:
        """Say whether the key may sign at this time of the legal day."""
        bounds = _minutes(self.hours)
        if bounds is None:
            return True
        local = moment.astimezone(LEGAL_TIME_ZONE)
        return bounds[0] <= local.hour * 60 + local.minute < bounds[1]


def _minutes(hours: str) -> tuple[int, int] | None:
    found = _HOURS.fullmatch(hours)
    if found is None:
        return None
    begin, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return (begin, end) if begin < end <= 24 * 60 else None
