"""The public page: choose a file, read the result. Works without script, keeps nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import CheckedUpload, ServicesDep
from api.errors import ExaminationDied, ExaminationTimedOut, MalformedUpload
from api.examining import Looked, look_at
from api.pages.language import Language, choose_language
from api.pages.sheet import sheet_of, verdict_of
from api.pages.states import State
from api.pages.trouble import trouble_words
from api.pages.wording import sentences_in
from api.problems import problem_for
from api.report_answers import answer_of
from api.uploads import Upload
from api.wiring import Services
from verify.errors import EncryptedPdf, NotAPdf, PdfTooLarge

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_SHOWN_STATES = (
    State.IN_FORCE,
    State.REVOKED,
    State.CHANGED,
    State.UNKNOWN_ISSUER,
    State.UNSIGNED,
)
_UNREADABLE = (NotAPdf, EncryptedPdf, PdfTooLarge, ExaminationTimedOut, ExaminationDied)
_MEBIBYTE = 1024 * 1024
_SEE_OTHER = 303
_MOST_REPORT_BYTES = 256 * 1024  # as a data: link in the page

Asked = Annotated[str | None, Query(alias="lang")]


def language_of(request: Request, asked: str | None) -> Language:
    """Return the reader's language."""
    return choose_language(asked, request.headers.get("accept-language"))


@router.api_route("/", methods=["GET", "HEAD"])
def home(request: Request, services: ServicesDep, asked: Asked = None) -> Response:
    """Show the form."""
    language = language_of(request, asked)
    today = services.clock().date()
    page = services.pages.render(
        "home.html",
        language,
        samples=services.samples.offered(language),
        most_bytes=services.settings.upload_bytes,
        megabytes=services.settings.upload_bytes // _MEBIBYTE,
        states=[verdict_of(state, language, since=today) for state in _SHOWN_STATES],
    )
    return HTMLResponse(page, headers={"Vary": "Accept-Language"})


@router.get("/verify")
def verify_without_file() -> Response:
    """Lead back whoever reloads a result."""
    return RedirectResponse("/", _SEE_OTHER)


@router.post("/verify")
def verify(request: Request, upload: CheckedUpload, services: ServicesDep) -> Response:
    """Show what is in the file."""
    language = language_of(request, upload.fields.get("lang"))
    chosen = _chosen(upload, services)
    try:
        looked = look_at(chosen, services, pictures=True)
    except _UNREADABLE as error:
        return _unreadable(error, chosen, request, language, services)
    sheet = sheet_of(
        looked.evidence(chosen.name, _anchor_names(services)),
        language=language,
        sentence=sentences_in(language),
        labels=_labels(looked, services),
    )
    page = services.pages.render(
        "result.html",
        language,
        sheet=sheet,
        report_uri=_report_uri(looked),
        address=services.settings.public_base_url,
    )
    return HTMLResponse(page)


@router.get("/samples/{name}")
def sample(name: str, services: ServicesDep) -> Response:
    """Serve one of the demonstration's files."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(services.samples.read(name), media_type="application/pdf", headers=headers)


def _chosen(upload: Upload, services: Services) -> Upload:
    """Return the file that was sent, or the sample that was named instead."""
    if upload.data:
        return upload
    name = upload.fields.get("sample")
    if name is None:
        raise MalformedUpload("no file was chosen")
    return replace(upload, name=name, data=services.samples.read(name))


def _unreadable(
    error: Exception, upload: Upload, request: Request, language: Language, services: Services
) -> Response:
    problem = problem_for(error)
    happened, now = trouble_words(problem.slug, language)
    page = services.pages.render(
        "unreadable.html",
        language,
        verdict=verdict_of(State.UNREADABLE, language),
        happened=happened,
        advice=now,
        file_name=upload.name,
        request_id=request.state.request_id,
    )
    return HTMLResponse(page, problem.status)


def _anchor_names(services: Services) -> dict[str, str]:
    return {one.fingerprint: one.common_name for one in services.anchors.certificates}


def _labels(looked: Looked, services: Services) -> Mapping[str, tuple[str, str]]:
    """Return the labels of the type the file says it is; a file can only choose among ours."""
    record = looked.examined.findings.record or {}
    for kind in services.catalog:
        if kind.code == record.get("ZZLXDM"):
            return {one.short_name: (one.zh, one.en) for one in kind.fields}
    return {}


def _report_uri(looked: Looked) -> str | None:
    text = json.dumps(answer_of(looked), ensure_ascii=False)
    if len(text) > _MOST_REPORT_BYTES:
        return None
    return "data:application/json;charset=utf-8," + quote(text)
