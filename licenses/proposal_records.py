"""What is on record of a proposal: its head, which lists hold, and all of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from licenses.roles import Act

__all__ = ["ProposalHead", "ProposalRecord", "ProposalState"]


class ProposalState(StrEnum):
    """What is stored; that one has expired is never stored, its date says it."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    """Allowed, and the work outside the database not yet done: its approver may go on."""
    EXECUTED = "EXECUTED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class ProposalHead:
    """One proposal without its payload, which may have megabytes; `payload_sm3` is in hex."""

    id: int
    act: Act
    payload_sm3: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    state: ProposalState
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None

    def is_expired(self, now: datetime) -> bool:
        """Say whether nobody decided it in time."""
        is_undecided = self.state in {ProposalState.OPEN, ProposalState.APPROVED}
        return is_undecided and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class ProposalRecord(ProposalHead):
    """One proposal; `payload` is the text that is executed."""

    payload: str

    @property
    def fields(self) -> Mapping[str, Any]:
        """The payload, read anew each time."""
        found: dict[str, Any] = json.loads(self.payload)
        return found
