"""Telling errors: a problem for programs, a page for people, each with the request's id."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.errors import InsufficientScope, InvalidToken, MissingIdempotencyKey, MissingToken
from api.pages.language import choose_language
from api.pages.trouble import trouble_words
from api.problems import (
    INTERNAL,
    INVALID_REQUEST,
    MALFORMED_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    Problem,
    problem_body,
    problem_for,
)
from api.wiring import Services
from licenses.errors import InvalidDraft

__all__ = ["respond_http", "respond_invalid", "respond_with", "wants_page"]

_LOG = logging.getLogger(__name__)
_FOR_PROGRAMS = ("/v1/", "/oauth/", "/healthz", "/readyz", "/openapi.json")
_MOST_FAULTS = 50
_MOST_CHARACTERS = 500  # of one sentence: names that a caller chose may stand in it
_NO_JSON = "json_invalid"
_HTTP: Mapping[int, Problem] = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}
_CHALLENGES: Mapping[type[Exception], str] = {
    MissingToken: "Bearer",
    InvalidToken: 'Bearer error="invalid_token"',
    InsufficientScope: 'Bearer error="insufficient_scope"',
}


def respond_with(request: Request, error: Exception) -> Response:
    """Answer with the error's row; what is the service's own fault is logged with its cause."""
    problem = problem_for(error)
    if problem.status >= INTERNAL.status and not problem.show_detail:
        _LOG.error("%s", problem.slug, exc_info=error)
    elif problem.status >= INTERNAL.status:
        _LOG.warning("%s: %s", problem.slug, error)
    headers = _headers(problem, error)
    faults = error.faults if isinstance(error, InvalidDraft) else ()
    return _respond(request, problem, detail=str(error), faults=faults, headers=headers)


def respond_http(request: Request, error: HTTPException) -> Response:
    """Answer for what the framework refuses: no such address, no such method, no such JSON."""
    problem = _HTTP.get(error.status_code, MALFORMED_REQUEST)
    headers = {name: value for name, value in (error.headers or {}).items() if name == "Allow"}
    return _respond(request, problem, detail=problem.title, headers=headers)


def respond_invalid(request: Request, error: RequestValidationError) -> Response:
    """Answer for a request whose shape is wrong; no value of it is repeated."""
    places = [(tuple(fault["loc"]), _sentence(fault)) for fault in error.errors()[:_MOST_FAULTS]]
    if any(place[:2] == ("header", "Idempotency-Key") for place, _ in places):
        return respond_with(request, _NO_KEY)
    faults = tuple((_pointer(place), sentence) for place, sentence in places)
    detail = "; ".join(f"{where or '/'}: {sentence}" for where, sentence in faults[:3])
    return _respond(request, INVALID_REQUEST, detail=detail, faults=faults)


_NO_KEY = MissingIdempotencyKey(
    "send an Idempotency-Key header of 1 to 128 visible ASCII characters, a new one for each "
    "licence and the same one when you repeat a request"
)


def wants_page(request: Request) -> bool:
    """Say whether a person is reading: not the API, and HTML is accepted."""
    if request.scope["path"].startswith(_FOR_PROGRAMS):
        return False
    return "text/html" in request.headers.get("accept", "")


def _sentence(fault: Mapping[str, Any]) -> str:
    said = str(fault["msg"])
    return f"{said}: {fault['ctx']['error']}" if fault["type"] == _NO_JSON else said


def _pointer(place: tuple[int | str, ...]) -> str:
    inner = place[1:] if place[:1] == ("body",) else place
    if inner and isinstance(inner[0], int):
        return ""  # no place in the JSON, but in its bytes: it could not be read
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in inner)


def _headers(problem: Problem, error: Exception) -> dict[str, str]:
    wait = getattr(error, "retry_after", None) or problem.retry_after
    headers = {} if wait is None else {"Retry-After": str(wait)}
    for kind, challenge in _CHALLENGES.items():
        if isinstance(error, kind):
            headers["WWW-Authenticate"] = challenge
    return headers


def _respond(
    request: Request,
    problem: Problem,
    *,
    detail: str,
    faults: tuple[tuple[str, str], ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    services: Services = request.app.state.services
    body: dict[str, Any] = problem_body(
        problem,
        detail=_short(detail),
        instance=_short(request.scope["path"]),
        request_id=request.state.request_id,
        base_url=services.settings.public_base_url.rstrip("/"),
    )
    if wants_page(request):
        asked = request.query_params.get("lang")
        language = choose_language(asked, request.headers.get("accept-language"))
        happened, now = trouble_words(problem.slug, language)
        page = services.pages.render(
            "problem.html", language, happened=happened, advice=now, **body
        )
        return HTMLResponse(page, problem.status, headers=dict(headers or {}))
    if faults:
        body["errors"] = [
            {"pointer": _short(where), "detail": _short(sentence)} for where, sentence in faults
        ]
    return JSONResponse(
        body, problem.status, dict(headers or {}), media_type="application/problem+json"
    )


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"
