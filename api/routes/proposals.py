"""/v1/proposals: what takes two people. One asks, another has read it and allows it."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query

from api.deps import ServicesDep
from api.governing_models import ApprovalRequest, ProposalLine, ProposalRequest, ProposalView
from api.openapi_texts import (
    EXAMPLE_APPROVAL,
    EXAMPLE_GRANT,
    EXAMPLE_PERSON,
    EXAMPLE_REFUSAL,
)
from api.person_deps import Decider, ProposalReader, Proposer
from api.routes.problem_docs import problems
from api.schemas import MOST_INTEGER, ReasonRequest
from api.strict_json import StrictJsonRoute
from licenses.proposal_records import ProposalState

__all__ = ["router"]

router = APIRouter(prefix="/v1/proposals", tags=["governance"], route_class=StrictJsonRoute)

_CREATED = 201
_FIRST, _SECOND = 5, 6  # the demo's own four come before
Number = Annotated[int, Path(ge=1, le=MOST_INTEGER, examples=[_FIRST])]
Refused = Annotated[int, Path(ge=1, le=MOST_INTEGER, examples=[_SECOND])]


@router.get("", summary="提议列表 Proposals", responses=problems(401, 403, 422))
def list_proposals(
    caller: ProposalReader,
    services: ServicesDep,
    state: ProposalState | None = None,
    older_than: Annotated[int | None, Query(ge=1, le=MOST_INTEGER)] = None,
) -> list[ProposalLine]:
    """列出最近的提议。 The newest, 200 at most; `older_than` the last one's id gives the next."""
    found = services.governance.proposals.newest(state=state, older_than=older_than)
    return [ProposalLine.of(one, services.clock()) for one in found]


@router.post(
    "",
    summary="提议 Propose",
    status_code=_CREATED,
    responses=problems(400, 401, 403, 404, 409, 413, 422),
)
def propose(
    body: Annotated[ProposalRequest, Body(examples=[EXAMPLE_PERSON, EXAMPLE_GRANT])],
    caller: Proposer,
    services: ServicesDep,
) -> ProposalView:
    """提出一项须由另一角色的另一人批准的事；七日内有效。

    Ask for what another person of another role must allow; it lives seven days.
    """
    now = services.clock()
    made = services.governance.proposals.propose(body.act, body.payload, by=caller.name, now=now)
    return ProposalView.whole(made, now)


@router.get("/{number}", summary="一项提议 One proposal", responses=problems(401, 403, 404, 422))
def read(number: Number, caller: ProposalReader, services: ServicesDep) -> ProposalView:
    """将要执行的全部内容及其摘要。 Exactly what would be done, and its digest."""
    found = services.governance.proposals.find(number)
    return ProposalView.whole(found, services.clock())


@router.post(
    "/{number}/approve",
    summary="批准并执行 Approve, and do it",
    responses=problems(400, 401, 403, 404, 409, 422, 503),
)
def approve(
    number: Number,
    body: Annotated[ApprovalRequest, Body(examples=[EXAMPLE_APPROVAL])],
    caller: Decider,
    services: ServicesDep,
) -> ProposalView:
    """批准所见内容并执行一次；本人不得批准本人的提议。中途失败的，由同一批准人重发。

    Allow what was seen, and do it, once; nobody approves their own. Where making or importing a
    seal fails on the way, the same approver sends this again.
    """
    now = services.clock()
    done = services.governance.proposals.approve(
        number, seen_sm3=body.payload_sm3, by=caller.name, now=now
    )
    return ProposalView.whole(done, now)


@router.post(
    "/{number}/reject",
    summary="驳回或撤回 Refuse, or take one's own back",
    responses=problems(400, 401, 403, 404, 409, 422),
)
def reject(
    number: Refused,
    body: Annotated[ReasonRequest, Body(examples=[EXAMPLE_REFUSAL])],
    caller: Decider,
    services: ServicesDep,
) -> ProposalView:
    """不再执行。 It will never be done."""
    now = services.clock()
    done = services.governance.proposals.reject(number, reason=body.reason, by=caller.name, now=now)
    return ProposalView.whole(done, now)
