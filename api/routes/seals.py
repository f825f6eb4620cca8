"""/v1/seals: the register of seals and their grants, and what one person may do to them."""

from typing import Annotated

from fastapi import APIRouter, Body, Path

from api.deps import ServicesDep
from api.governing_models import GrantView, SealRequest, SealView
from api.openapi_texts import EXAMPLE_SEAL, EXAMPLE_SUSPENSION
from api.person_deps import Registrar, SealReader, Stopper
from api.routes.problem_docs import problems
from api.schemas import MOST_INTEGER, ReasonRequest
from api.strict_json import StrictJsonRoute

__all__ = ["Alias", "router"]

router = APIRouter(prefix="/v1/seals", tags=["governance"], route_class=StrictJsonRoute)

_CREATED = 201
Alias = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,63}$", examples=["authority"])]


@router.get("", summary="印章列表 Seals", responses=problems(401, 403))
def list_seals(caller: SealReader, services: ServicesDep) -> list[SealView]:
    """列出全部印章及其状态。 Every seal and its state."""
    return [SealView.of(one) for one in services.governance.seals.all()]


@router.post(
    "",
    summary="登记印章 Register a seal",
    status_code=_CREATED,
    responses=problems(400, 401, 403, 409, 422),
)
def register(
    body: Annotated[SealRequest, Body(examples=[EXAMPLE_SEAL])],
    caller: Registrar,
    services: ServicesDep,
) -> SealView:
    """在制作或导入之前登记。 Announce a seal, before it is made or imported."""
    made = services.governance.seals.register(
        body.alias, body.name, by=caller.name, now=services.clock()
    )
    return SealView.of(made)


@router.get("/{alias}", summary="一枚印章 One seal", responses=problems(401, 403, 404, 422))
def read(alias: Alias, caller: SealReader, services: ServicesDep) -> SealView:
    """查询一枚印章。 Read one."""
    return SealView.of(services.governance.seals.find(alias))


@router.post(
    "/{alias}/suspend",
    summary="停用印章 Suspend a seal",
    responses=problems(400, 401, 403, 404, 409, 422),
)
def suspend(
    alias: Alias,
    body: Annotated[ReasonRequest, Body(examples=[EXAMPLE_SUSPENSION])],
    caller: Stopper,
    services: ServicesDep,
) -> SealView:
    """立即停用，一人即可；恢复须双人（提议 `seal.resume`）。

    Out of use at once, one person is enough; using it again takes two (propose `seal.resume`).
    """
    stopped = services.governance.seals.suspend(
        alias, reason=body.reason, by=caller.name, now=services.clock()
    )
    return SealView.of(stopped)


@router.get(
    "/{alias}/grants", summary="授权列表 Grants of a seal", responses=problems(401, 403, 404, 422)
)
def list_grants(alias: Alias, caller: SealReader, services: ServicesDep) -> list[GrantView]:
    """谁可以用、用于什么、用了多少。 Who may use it, for what, and how often they did."""
    return [GrantView.of(one) for one in services.governance.grants.of_seal(alias)]


@router.post(
    "/{alias}/grants/{grant}/withdraw",
    summary="收回授权 Withdraw a grant",
    responses=problems(401, 403, 404, 422),
)
def withdraw(
    alias: Alias,
    grant: Annotated[int, Path(ge=1, le=MOST_INTEGER, examples=[1])],
    caller: Stopper,
    services: ServicesDep,
) -> list[GrantView]:
    """立即收回，一人即可。 At once, one person is enough; the seal's grants as they are now."""
    grants = services.governance.grants
    grants.withdraw(alias, grant, by=caller.name, now=services.clock())
    return [GrantView.of(one) for one in grants.of_seal(alias)]
