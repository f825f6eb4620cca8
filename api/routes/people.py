"""/v1/people: the administrators, and the end of one; adding one is a proposal."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import ServicesDep
from api.governing_models import PersonView
from api.openapi_texts import EXAMPLE_PERSON
from api.person_deps import Disabler, PeopleReader
from api.routes.problem_docs import problems

__all__ = ["router"]

router = APIRouter(prefix="/v1/people", tags=["governance"])

Name = Annotated[
    str, Path(pattern=r"^[a-z][a-z0-9-]{1,63}$", examples=[EXAMPLE_PERSON["payload"]["name"]])
]


@router.get("", summary="管理员 Administrators", responses=problems(401, 403))
def list_people(caller: PeopleReader, services: ServicesDep) -> list[PersonView]:
    """列出全部管理员，含已停用的。 Everybody, disabled ones too; never a secret."""
    return [PersonView.of(one) for one in services.governance.people.all()]


@router.get(
    "/{name}", summary="一名管理员 One administrator", responses=problems(401, 403, 404, 422)
)
def read(name: Name, caller: PeopleReader, services: ServicesDep) -> PersonView:
    """查询一名管理员。 Read one."""
    return PersonView.of(services.governance.people.find(name))


@router.post(
    "/{name}/disable",
    summary="停用管理员 Disable an administrator",
    responses=problems(401, 403, 404, 409, 422),
)
def disable(name: Name, caller: Disabler, services: ServicesDep) -> PersonView:
    """立即停用，已签发的令牌同时失效；一人即可。 At once, tokens included; one person is enough."""
    people = services.governance.people
    people.disable(name, by=caller.name, now=services.clock())
    return PersonView.of(people.find(name))
