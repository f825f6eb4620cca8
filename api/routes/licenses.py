"""/v1/licenses: issue, read, download, suspend, resume, revoke."""

import base64
import hashlib
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, Path, Request
from starlette.responses import JSONResponse, Response

from api.deps import IssuingCaller, ManagingCaller, ReadingCaller, ServicesDep
from api.errors import MissingIdempotencyKey
from api.openapi_texts import EXAMPLE_IDENTIFIER, EXAMPLE_REQUEST, EXAMPLE_REVOCATION
from api.routes.problem_docs import problems
from api.schemas import IssueRequest, LicenseView, ReasonRequest
from api.strict_json import StrictJsonRoute
from api.wiring import Services
from licenses.errors import LicenseNotFound
from licenses.identifiers import LicenseIdentifier
from licenses.issuing_requests import IssuingRequest
from licenses.lifecycle import standing
from licenses.records import LicenseRecord

__all__ = ["router"]

router = APIRouter(prefix="/v1/licenses", tags=["licenses"], route_class=StrictJsonRoute)

_CREATED, _REPLAYED, _NOT_MODIFIED = 201, 200, 304
_PDF = "application/pdf"

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="一次审批一个键，重发时不变 One per approval, the same when repeated",
        examples=["case-2026-000123"],
    ),
]


def require_one_key(request: Request) -> None:
    """Refuse two Idempotency-Key headers: which of them names the request?"""
    if len(request.headers.getlist("idempotency-key")) > 1:
        raise MissingIdempotencyKey("send the Idempotency-Key header once")


Identifier = Annotated[
    str, Path(description="GB/T 36904", max_length=200, examples=[EXAMPLE_IDENTIFIER])
]

Reason = Annotated[ReasonRequest, Body(examples=[EXAMPLE_REVOCATION])]


@router.post(
    "",
    summary="颁发证照 Issue a licence",
    status_code=_CREATED,
    response_model=LicenseView,
    dependencies=[Depends(require_one_key)],
    responses={
        _REPLAYED: {"model": LicenseView, "description": "此前已颁发的同一证照 Issued before"},
        **problems(400, 401, 403, 409, 413, 422, 503),
    },
)
def issue(
    body: Annotated[IssueRequest, Body(examples=[EXAMPLE_REQUEST])],
    key: IdempotencyKey,
    caller: IssuingCaller,
    services: ServicesDep,
) -> Response:
    """颁发一份盖章的证照。同一个键重发同一请求，得到同一份证照（200），绝不会颁发第二份。

    Issue one sealed licence. The same request under the same key gives the same licence (200).
    """
    issued = services.desk.issue(IssuingRequest(body.as_mapping(), caller.client, key))
    view = _view(issued.record, services)
    return JSONResponse(
        view.model_dump(mode="json"),
        _CREATED if issued.created else _REPLAYED,
        {"Location": f"/v1/licenses/{issued.record.identifier}"},
    )


@router.get(
    "/{identifier}",
    summary="查询证照 Read a licence",
    response_model=LicenseView,
    responses=problems(401, 403, 404, 422),
)
def read(identifier: Identifier, caller: ReadingCaller, services: ServicesDep) -> LicenseView:
    """查询一份证照及其今天的现状。 Read a licence and how it stands today."""
    return _view(services.register.find(_parsed(identifier)), services)


@router.get(
    "/{identifier}/pdf",
    summary="下载证照 Download the sealed PDF",
    response_class=Response,
    responses={200: {"content": {_PDF: {}}}, 304: {}, **problems(401, 403, 404, 422)},
)
def download(
    identifier: Identifier, request: Request, caller: ReadingCaller, services: ServicesDep
) -> Response:
    """下载已盖章的 PDF，逐字节与颁发时相同。 The sealed PDF, byte for byte as it was issued."""
    record = services.register.find(_parsed(identifier))
    if record.file_sm3 is None:
        raise LicenseNotFound("this licence was reserved, but never issued")
    tag = f'"{record.file_sm3}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=_NOT_MODIFIED, headers={"ETag": tag})
    content = services.store.get(record.file_sm3)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")
    headers = {
        "ETag": tag,
        "Digest": f"sha-256={digest}",
        "Repr-Digest": f"sha-256=:{digest}:",
        "Content-Disposition": f'attachment; filename="{record.identifier}.pdf"',
    }
    return Response(content, media_type=_PDF, headers=headers)


@router.post(
    "/{identifier}/suspend",
    summary="暂停证照 Suspend a licence",
    response_model=LicenseView,
    responses=problems(401, 403, 404, 409, 422),
)
def suspend(
    identifier: Identifier, body: Reason, caller: ManagingCaller, services: ServicesDep
) -> LicenseView:
    """从今天起暂停使用，可以恢复。 Out of force from today on, until it is resumed."""
    record = services.register.suspend(
        _parsed(identifier), reason=body.reason, by=caller.client, now=services.clock()
    )
    return _view(record, services)


@router.post(
    "/{identifier}/resume",
    summary="恢复证照 Resume a suspended licence",
    response_model=LicenseView,
    responses=problems(401, 403, 404, 409, 422),
)
def resume(identifier: Identifier, caller: ManagingCaller, services: ServicesDep) -> LicenseView:
    """恢复暂停的证照。 Put a suspended licence back in force."""
    record = services.register.resume(_parsed(identifier), by=caller.client, now=services.clock())
    return _view(record, services)


@router.post(
    "/{identifier}/revoke",
    summary="注销或撤销证照 Revoke a licence",
    response_model=LicenseView,
    responses=problems(401, 403, 404, 409, 422),
)
def revoke(
    identifier: Identifier, body: Reason, caller: ManagingCaller, services: ServicesDep
) -> LicenseView:
    """从今天起永久失效。 Out of force for good, from today on."""
    record = services.register.revoke(
        _parsed(identifier), reason=body.reason, by=caller.client, now=services.clock()
    )
    return _view(record, services)


def _parsed(identifier: str) -> str:
    """Return the identifier if it is one; raises `InvalidIdentifier`."""
    return str(LicenseIdentifier.parse(identifier, tolerate_wrong_check=False))


def _view(record: LicenseRecord, services: Services) -> LicenseView:
    base_url = services.settings.public_base_url.rstrip("/")
    return LicenseView.of(record, standing(record, services.clock()), base_url)
