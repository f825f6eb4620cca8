"""POST /v1/verify: anybody's PDF, the verifier's report and the register's word."""

from enum import StrEnum
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.deps import CheckedUpload, ServicesDep
from api.errors import MalformedUpload
from api.examining import look_at
from api.report_answers import CMS, PDF, as_json, on_paper, signed
from api.report_desk import SignedForm
from api.report_models import AnyReport
from api.routes.problem_docs import problems
from verify import View

__all__ = ["router"]

router = APIRouter(prefix="/v1/verify", tags=["verification"])

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


class Form(StrEnum):
    """What the answer is written as."""

    JSON = "json"
    PDF = "pdf"


class Asked(BaseModel):
    """How the report is wanted."""

    view: Annotated[
        View,
        Field(description="简要、详细、诊断 for readers, programs, whoever checks the checks"),
    ] = View.DETAILED
    policy: Annotated[
        str | None,
        Field(description="验证策略的名称 Name of the policy to judge by", max_length=64),
    ] = None
    format: Annotated[
        Form | None, Field(description="打印用 PDF on paper; or Accept: application/pdf")
    ] = None
    signed: Annotated[
        SignedForm | None,
        Field(description="由本服务签名 RFC 5652 or GB/T 35275; or Accept: application/cms"),
    ] = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.signed is not None and self.format is Form.PDF:
            raise ValueError("what is signed is the JSON: ask for signed or for the PDF")
        return self

    def told_by(self, request: Request) -> "Asked":
        """Return with what `Accept` asks for, where the address does not say."""
        if self.signed is not None or self.format is not None:
            return self
        first = request.headers.get("accept", "").partition(",")[0].partition(";")[0]
        return self.model_copy(update=_ACCEPTED.get(first.strip().lower(), {}))


_ACCEPTED: dict[str, dict[str, object]] = {
    CMS: {"signed": SignedForm.CMS},
    PDF: {"format": Form.PDF},
}


@router.post(
    "",
    summary="查验 PDF Verify a PDF",
    response_class=JSONResponse,
    responses={
        200: {"model": AnyReport, "content": {CMS: _BINARY, PDF: _BINARY}},
        **problems(400, 408, 413, 422, 429, 501, 503),
    },
    openapi_extra=_FORM,
)
def verify(
    request: Request, upload: CheckedUpload, services: ServicesDep, asked: Annotated[Asked, Query()]
) -> Response:
    """查验任何人手中的 PDF：每个签章的检查报告，以及登记簿怎么说。能查验即返回 200，文件不会留存。

    Verify anybody's PDF: a report on every signature, and what the register says. The status is
    200 whenever the file could be looked at, whatever was found. Nothing is kept.
    """
    if not upload.data:
        raise MalformedUpload("the form has no file in the field `file`, or it is empty")
    facts = asked.view is View.DIAGNOSTIC
    looked = look_at(upload, services, pictures=False, facts=facts, policy=asked.policy)
    wanted = asked.told_by(request)
    if wanted.signed is not None:
        return signed(looked, wanted.view, wanted.signed, services)
    return on_paper(looked) if wanted.format is Form.PDF else as_json(looked, wanted.view)
