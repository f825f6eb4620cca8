"""The life a licence leads: its states, the steps between them, and what holds on a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from licenses.errors import IllegalTransition

# A licence's dates are calendar days of the People's Republic, wherever the server stands.
LEGAL_TIME_ZONE = ZoneInfo("Asia/Shanghai")


class LicenseState(StrEnum):
    """What the register stores; "expired" is not among them, dates tell that."""

    RESERVED = "RESERVED"
    ISSUED = "ISSUED"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"


class Step(StrEnum):
    """Everything that can happen to a licence."""

    COMPLETE = "complete"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    REPLACE = "replace"


TRANSITIONS: dict[tuple[LicenseState, Step], LicenseState] = {
    (LicenseState.RESERVED, Step.COMPLETE): LicenseState.ISSUED,
    (LicenseState.ISSUED, Step.SUSPEND): LicenseState.SUSPENDED,
    (LicenseState.ISSUED, Step.REVOKE): LicenseState.REVOKED,
    (LicenseState.ISSUED, Step.REPLACE): LicenseState.REVOKED,
    (LicenseState.SUSPENDED, Step.RESUME): LicenseState.ISSUED,
    (LicenseState.SUSPENDED, Step.REVOKE): LicenseState.REVOKED,
    (LicenseState.SUSPENDED, Step.REPLACE): LicenseState.REVOKED,
}


def after(state: LicenseState, step: Step) -> LicenseState:
    """Return the state `step` leads to; raises `IllegalTransition` for what the table lacks."""
    try:
        return TRANSITIONS[state, step]
    except KeyError as e:
        raise IllegalTransition(f"a licence that is {state} cannot {step}") from e


class StandingKind(StrEnum):
    """What the register says of a licence on one day."""

    IN_FORCE = "IN_FORCE"
    NOT_YET_IN_FORCE = "NOT_YET_IN_FORCE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    REPLACED = "REPLACED"
    NOT_ISSUED = "NOT_ISSUED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Standing:
    """The register's word: `since` is the first day it holds, None where no day is known."""

    kind: StandingKind
    since: date | None = None
    replaced_by: str | None = None


class Life(Protocol):
    """What of a licence its standing depends on."""

    @property
    def state(self) -> LicenseState: ...  # noqa: D102
    @property
    def valid_from(self) -> date: ...  # noqa: D102
    @property
    def valid_until(self) -> date | None: ...  # noqa: D102
    @property
    def suspended_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def revoked_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def replaced_by(self) -> str | None: ...  # noqa: D102


def legal_day(moment: date | datetime) -> date:
    """Return the calendar day in legal time; a naive datetime raises `ValueError`."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone has no legal day")
    return moment.astimezone(LEGAL_TIME_ZONE).date()


def standing(license: Life | None, on: date | datetime) -> Standing:
    """Say how a licence stands on a day; None is a licence the register does not know.

    The day of a revocation or suspension counts as revoked or suspended; the last day of
    validity counts as valid. A revocation later than `on` is not seen, so the answer for a past
    day is the one that day would have got; a suspension that was lifted leaves no trace here.
    What cannot be undone is said first: revoked before expired before suspended.
    """
    if license is None:
        return Standing(StandingKind.UNKNOWN)
    if license.state is LicenseState.RESERVED:
        return Standing(StandingKind.NOT_ISSUED)
    day = legal_day(on)
    return _ended(license, day) or _paused(license, day) or _running(license, day)


def _ended(license: Life, day: date) -> Standing | None:
    if license.revoked_at is not None and legal_day(license.revoked_at) <= day:
        kind = StandingKind.REPLACED if license.replaced_by else StandingKind.REVOKED
        return Standing(kind, legal_day(license.revoked_at), license.replaced_by)
    if license.valid_until is not None and license.valid_until < day:
        return Standing(StandingKind.EXPIRED, license.valid_until + timedelta(days=1))
    return None


def _paused(license: Life, day: date) -> Standing | None:
    if license.suspended_at is not None and legal_day(license.suspended_at) <= day:
        return Standing(StandingKind.SUSPENDED, legal_day(license.suspended_at))
    return None


def _running(license: Life, day: date) -> Standing:
    if day < license.valid_from:
        return Standing(StandingKind.NOT_YET_IN_FORCE)
    return Standing(StandingKind.IN_FORCE, license.valid_from)
