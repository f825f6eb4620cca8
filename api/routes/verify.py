"""POST /v1/verify: anybody's PDF, the verifier's report and the register's word."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.deps import CheckedUpload, ServicesDep
from api.errors import MalformedUpload
from api.examination.page_changes import ChangedPage
from api.examining import Looked, look_at
from api.pages.language import Language
from api.pages.sheet import verdict_of
from api.report_desk import SignedForm
from api.report_models import AnyReport
from api.routes.problem_docs import problems
from api.schemas import StandingView
from api.wiring import Services
from licenses.checking import RegisterWord
from verify import View, view_of

__all__ = ["answer_of", "router"]

PolicyName = Annotated[
    str | None, Query(description="验证策略的名称 Name of the policy to judge by", max_length=64)
]

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
CMS = "application/cms"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
SignedQuery = Annotated[
    SignedForm | None, Query(description="由本服务签名 signed: RFC 5652 or GB/T 35275 names")
]
ViewQuery = Annotated[
    View, Query(description="简要、详细、诊断 for a reader, a program, whoever checks the checks")
]


@router.post(
    "",
    summary="查验 PDF Verify a PDF",
    response_class=JSONResponse,
    responses={
        200: {"model": AnyReport, "content": {CMS: _BINARY}},
        **problems(400, 408, 413, 422, 429, 501, 503),
    },
    openapi_extra=_FORM,
)
def verify(
    request: Request,
    upload: CheckedUpload,
    services: ServicesDep,
    view: ViewQuery = View.DETAILED,
    signed: SignedQuery = None,
    policy: PolicyName = None,
) -> Response:
    """查验任何人手中的 PDF：每个签章的检查报告，以及登记簿怎么说。能查验即返回 200，文件不会留存。

    Verify anybody's PDF: a report on every signature, and what the register says. The status is
    200 whenever the file could be looked at, whatever was found. Nothing is kept. With `signed`,
    or `Accept: application/cms`, the report comes inside a signature of this service.
    """
    if not upload.data:
        raise MalformedUpload("the form has no file in the field `file`, or it is empty")
    looked = look_at(upload, services, pictures=False, policy=policy)
    report = answer_of(looked, view)
    form = signed or (SignedForm.CMS if _accepts(request, CMS) else None)
    return JSONResponse(report) if form is None else _signed(report, form, services)


def _accepts(request: Request, media_type: str) -> bool:
    """Whether the request asks for this type by name, and first; `*/*` asks for JSON."""
    wanted = request.headers.get("accept", "").partition(",")[0].partition(";")[0]
    return wanted.strip().lower() == media_type


def _signed(report: dict[str, Any], form: SignedForm, services: Services) -> Response:
    content = json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()
    value = services.reports.sign(content, form, at=services.clock())
    name = 'attachment; filename="verification-report.p7m"'
    return Response(value, media_type=CMS, headers={"Content-Disposition": name})


def answer_of(looked: Looked, view: View = View.DETAILED) -> dict[str, Any]:
    """Return the report with the register's word and the one verdict beside it."""
    found = looked.examined.findings
    since = looked.word.standing.since
    words = {one: verdict_of(looked.state, one, since=since) for one in Language}
    answer = {
        **view_of(found.report, view),
        "verdict": {
            "state": looked.state.value,
            "zh": words[Language.ZH].sentence,
            "en": words[Language.EN].sentence,
            "next_zh": words[Language.ZH].advice,
            "next_en": words[Language.EN].advice,
        },
        "register": _register(looked.word),
    }
    if view is View.SIMPLE:
        return answer
    pages = [_changed_page(one) for one in looked.examined.changed_pages]
    return {**answer, "changed_pages": pages, "record": found.record}


def _changed_page(page: ChangedPage) -> dict[str, Any]:
    regions = [list(one) for one in page.regions]
    return {"before": page.before, "after": page.after, "regions": regions}


def _register(word: RegisterWord) -> dict[str, Any]:
    return {
        "identifier": word.identifier,
        "is_known": word.is_known,
        "standing": StandingView.of(word.standing).model_dump(mode="json"),
        "has_register_data": word.has_register_data,
        "is_registered_file": word.is_registered_file,
        "differing": list(word.differing),
    }
