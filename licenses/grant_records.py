"""Grants: who may use a seal for what, how often and when, and a use that is asked for."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from licenses.errors import GrantNotInForce, GrantUsedUp, TypeNotGranted
from licenses.lifecycle import legal_day

__all__ = ["ANY_TYPE", "Asked", "Grant", "NewGrant"]

ANY_TYPE = "*"


@dataclass(frozen=True, slots=True)
class Asked:
    """One use that is asked for; `subject` names what is sealed, the same at every retry."""

    seal: str
    client: str
    license_type: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NewGrant:
    """What two people allow; `license_types` may be `*`, quotas None: without limit."""

    seal: str
    client: str
    license_types: tuple[str, ...]
    per_day: int | None
    in_all: int | None
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Grant(NewGrant):
    """A grant and what was used of it; `used_that_day` counts on the legal day `used_on`."""

    id: int
    proposal: int
    withdrawn_at: datetime | None
    used: int
    used_on: date | None
    used_that_day: int

    def require(self, asked: Asked) -> None:
        """Raise why this grant does not allow what is asked: a kind of `UseRefused`."""
        if not {ANY_TYPE, asked.license_type}.intersection(self.license_types):
            raise TypeNotGranted(f"{asked.client} may not use the seal for {asked.license_type}")
        if not self.is_in_force(asked.at):
            raise GrantNotInForce(f"the grant {self.id} has not begun, has ended or was withdrawn")

    def is_in_force(self, at: datetime) -> bool:
        """Say whether it has begun, and not ended."""
        return self.withdrawn_at is None and self.valid_from <= at < self.valid_until

    @property
    def is_used_up(self) -> bool:
        """Say whether its uses are used up for good."""
        return self.in_all is not None and self.used >= self.in_all

    def require_left(self, at: datetime) -> None:
        """Raise `GrantUsedUp` where there is no use left, for good or for today."""
        if self.is_used_up:
            raise GrantUsedUp(f"the grant {self.id} is used up for good")
        if self.per_day is not None and self._used_on(legal_day(at)) >= self.per_day:
            raise GrantUsedUp(f"the grant {self.id} is used up for today")

    def counted(self, at: datetime) -> "Grant":
        """Return the grant with one more use."""
        today = legal_day(at)
        used = self._used_on(today) + 1
        return replace(self, used=self.used + 1, used_on=today, used_that_day=used)

    def _used_on(self, day: date) -> int:
        return self.used_that_day if self.used_on == day else 0
