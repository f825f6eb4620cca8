"""GET /v1/seals/{alias}/uses: every use of a seal, for the audit administrator, or as CSV."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response, StreamingResponse

from api.deps import ServicesDep
from api.governing_models import UsePageView
from api.person_deps import UseReader
from api.routes.problem_docs import problems
from api.routes.seals import Alias
from api.schemas import MOST_INTEGER
from api.use_lists import use_csv
from licenses.seal_uses import MAX_USES

__all__ = ["router"]

router = APIRouter(prefix="/v1/seals", tags=["governance"])

_CSV = "text/csv"


class Form(StrEnum):
    """What the answer is written as."""

    JSON = "json"
    CSV = "csv"


class Asked(BaseModel):
    """Which uses are wanted, and how."""

    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: AwareDatetime | None = None
    older_than: Annotated[int | None, Field(ge=1, le=MOST_INTEGER)] = None
    limit: Annotated[int, Field(ge=1, le=MAX_USES)] = MAX_USES
    format: Annotated[
        Form | None, Field(description="CSV 含全部 all of them; or Accept: text/csv")
    ] = None


@router.get(
    "/{alias}/uses",
    summary="用印记录 Uses of a seal",
    response_model=UsePageView,
    responses={200: {"content": {_CSV: {}}}, **problems(401, 403, 404, 422)},
)
def list_uses(
    alias: Alias,
    request: Request,
    caller: UseReader,
    services: ServicesDep,
    asked: Annotated[Asked, Query()],
) -> UsePageView | Response:
    """每次用印一行：谁、依据哪项授权、哪个密钥、文件摘要、何时、结果。仅审计管理员可读。

    One line a use, newest first: who, which grant, which key, which digest, when, what became of
    it. As CSV: all between `from` and `until`, as `qianyin seal uses --csv` writes them.
    """
    uses = services.governance.uses
    if not _wants_csv(asked, request):
        page = uses.page(
            alias,
            since=asked.since,
            until=asked.until,
            older_than=asked.older_than,
            limit=asked.limit,
        )
        return UsePageView.of(page)
    services.governance.seals.find(alias)  # before the answer has begun
    lines = use_csv(uses.all(alias, since=asked.since, until=asked.until))
    headers = {"Content-Disposition": f'attachment; filename="{alias}-uses.csv"'}
    return StreamingResponse(lines, media_type=_CSV, headers=headers)


def _wants_csv(asked: Asked, request: Request) -> bool:
    if asked.format is not None:
        return asked.format is Form.CSV
    first = request.headers.get("accept", "").partition(",")[0].partition(";")[0]
    return first.strip().lower() == _CSV
