"""What goes over the wire about people, proposals, seals, grants and uses."""

from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas import Strict, shallow
from licenses.grant_records import Grant
from licenses.payloads import shown
from licenses.people import PersonRecord
from licenses.proposal_records import ProposalHead, ProposalRecord, ProposalState
from licenses.roles import Act, Role
from licenses.seal_uses import SealUse, UsePage
from licenses.seals import SealRecord, SealState

__all__ = [
    "ApprovalRequest",
    "GrantView",
    "PersonView",
    "ProposalLine",
    "ProposalRequest",
    "ProposalView",
    "SealRequest",
    "SealView",
    "UsePageView",
]

_ALIAS = r"^[a-z][a-z0-9-]{0,63}$"


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("one line of printable characters")
    return text


class _Record(BaseModel):
    """A view whose members are those of the record."""

    model_config = ConfigDict(from_attributes=True)


class PersonView(_Record):
    """一名管理员 One administrator, without anything that proves it."""

    name: str
    full_name: str
    role: Role
    added_at: AwareDatetime
    disabled_at: AwareDatetime | None

    @classmethod
    def of(cls, person: PersonRecord) -> Self:
        """Return the view."""
        return cls.model_validate(person)


class ProposalRequest(Strict):
    """提议 What is asked for; the payload's members are in docs/api.md."""

    act: Act
    payload: Annotated[dict[str, Any], AfterValidator(shallow)]


class ApprovalRequest(Strict):
    """批准 What the approver has seen: the digest of what will be done."""

    payload_sm3: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ProposalLine(_Record):
    """一项提议 One proposal in a list: who asked for what, and what became of it."""

    id: int
    act: Act
    payload_sm3: str
    proposed_by: str
    proposed_at: AwareDatetime
    expires_at: AwareDatetime
    is_expired: bool
    state: ProposalState
    decided_by: str | None
    decided_at: AwareDatetime | None
    reason: str | None

    @classmethod
    def of(cls, proposal: ProposalHead, now: datetime) -> Self:
        """Return the view at a moment."""
        return cls.model_validate(_head(proposal, now))


class ProposalView(ProposalLine):
    """一项提议的全部 What an approver must have seen; `summary` has long members by SM3."""

    summary: dict[str, str]
    payload: dict[str, Any]

    @classmethod
    def whole(cls, proposal: ProposalRecord, now: datetime) -> Self:
        """Return the view at a moment, all of the payload in it."""
        payload = proposal.fields
        head = _head(proposal, now)
        return cls.model_validate({**head, "summary": shown(payload), "payload": payload})


def _head(proposal: ProposalHead, now: datetime) -> dict[str, Any]:
    own = {one.name: getattr(proposal, one.name) for one in fields(ProposalHead)}
    return {**own, "is_expired": proposal.is_expired(now)}


class SealRequest(Strict):
    """登记印章 A seal to be, by the alias it will have in keys.toml."""

    alias: Annotated[str, Field(pattern=_ALIAS)]
    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]


class SealView(_Record):
    """一枚印章 One seal; `esl_sm3` is of its file, once there is one."""

    alias: str
    name: str
    state: SealState
    registered_at: AwareDatetime
    esl_sm3: str | None
    reason: str | None
    renewed_by: str | None

    @classmethod
    def of(cls, seal: SealRecord) -> Self:
        """Return the view."""
        return cls.model_validate(seal)


class GrantView(_Record):
    """一项授权 One grant, and what was used of it; null quotas are without limit."""

    id: int
    seal: str
    client: str
    license_types: tuple[str, ...]
    per_day: int | None
    in_all: int | None
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    proposal: int
    withdrawn_at: AwareDatetime | None
    used: int

    @classmethod
    def of(cls, grant: Grant) -> Self:
        """Return the view."""
        return cls.model_validate(grant)


class UseView(_Record):
    """一次用印 One use; `outcome` is empty where none is known, else `completed` or an error."""

    line: Annotated[int, Field(description="of the audit trail")]
    at: AwareDatetime
    client: str
    grant: int
    subject: str
    digest: str
    key: str
    outcome: str
    ended_at: AwareDatetime | None

    @classmethod
    def of(cls, use: SealUse) -> Self:
        """Return the view."""
        return cls.model_validate(use)


class UsePageView(BaseModel):
    """用印记录 Uses, newest first; `older_than` asks for the next page, null at the end."""

    uses: list[UseView]
    older_than: int | None

    @classmethod
    def of(cls, page: UsePage) -> Self:
        """Return the view."""
        return cls(uses=[UseView.of(one) for one in page.uses], older_than=page.older_than)
