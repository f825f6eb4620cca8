"""POST /v1/verify: anybody's PDF, the verifier's report and the register's word."""

from typing import Any

from fastapi import APIRouter

from api.deps import CheckedUpload, ServicesDep
from api.errors import MalformedUpload
from api.examining import Looked, look_at
from api.pages.language import Language
from api.pages.sheet import verdict_of
from api.routes.problem_docs import problems
from api.schemas import StandingView, VerificationView
from licenses.checking import RegisterWord

__all__ = ["answer_of", "router"]

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


@router.post(
    "",
    summary="查验 PDF Verify a PDF",
    response_model=VerificationView,
    responses=problems(400, 408, 413, 422, 429, 503),
    openapi_extra=_FORM,
)
def verify(upload: CheckedUpload, services: ServicesDep) -> dict[str, Any]:
    """查验任何人手中的 PDF：每个签章的检查报告，以及登记簿怎么说。能查验即返回 200，文件不会留存。

    Verify anybody's PDF: a report on every signature, and what the register says. The status is
    200 whenever the file could be looked at, whatever was found. Nothing is kept.
    """
    if not upload.data:
        raise MalformedUpload("the form has no file in the field `file`, or it is empty")
    return answer_of(look_at(upload, services, pictures=False))


def answer_of(looked: Looked) -> dict[str, Any]:
    """Return the report with the register's word and the one verdict beside it."""
    found = looked.examined.findings
    since = looked.word.standing.since
    words = {one: verdict_of(looked.state, one, since=since) for one in Language}
    return {
        **found.report.to_json(),
        "verdict": {
            "state": looked.state.value,
            "zh": words[Language.ZH].sentence,
            "en": words[Language.EN].sentence,
            "next_zh": words[Language.ZH].advice,
            "next_en": words[Language.EN].advice,
        },
        "register": _register(looked.word),
        "record": found.record,
    }


def _register(word: RegisterWord) -> dict[str, Any]:
    return {
        "identifier": word.identifier,
        "is_known": word.is_known,
        "standing": StandingView.of(word.standing).model_dump(mode="json"),
        "has_register_data": word.has_register_data,
        "is_registered_file": word.is_registered_file,
        "differing": list(word.differing),
    }
