"""The API's documentation and the list of problems, without any third party's assets."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.deps import ServicesDep
from api.errors import PageNotFound
from api.openapi_texts import INTRODUCTION, NOTES
from api.problems import (
    INTERNAL,
    INVALID_REQUEST,
    MALFORMED_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    PROBLEMS,
    Problem,
)
from api.routes.pages import Asked, language_of

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_METHODS = ("get", "post")
_EVERY = {
    row.slug: row
    for row in (
        *PROBLEMS.values(),
        INTERNAL,
        INVALID_REQUEST,
        MALFORMED_REQUEST,
        METHOD_NOT_ALLOWED,
        NOT_FOUND,
    )
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the page shows it."""

    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    scopes: tuple[str, ...]
    example: str | None
    statuses: tuple[tuple[str, str], ...]


@router.get("/api")
def api(request: Request, services: ServicesDep, asked: Asked = None) -> Response:
    """Show what OpenAPI describes."""
    document = request.app.openapi()
    groups = [
        (tag["description"], [one for tags, one in _operations(document) if tag["name"] in tags])
        for tag in document["tags"]
    ]
    page = services.pages.render(
        "api.html",
        language_of(request, asked),
        groups=groups,
        intro=INTRODUCTION,
        notes=NOTES,
    )
    return HTMLResponse(page)


@router.get("/problems")
def problems(request: Request, services: ServicesDep, asked: Asked = None) -> Response:
    """List every problem."""
    return _problems(request, services, asked, sorted(_EVERY.values(), key=lambda row: row.slug))


@router.get("/problems/{slug}")
def problem(slug: str, request: Request, services: ServicesDep, asked: Asked = None) -> Response:
    """Show one problem: where a problem's `type` leads."""
    if slug not in _EVERY:
        raise PageNotFound("there is no such problem")
    return _problems(request, services, asked, [_EVERY[slug]])


def _problems(
    request: Request, services: ServicesDep, asked: str | None, rows: list[Problem]
) -> Response:
    page = services.pages.render("problems.html", language_of(request, asked), rows=rows)
    return HTMLResponse(page)


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[list[str], Operation]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield item[method]["tags"], _operation(method, path, item[method])


def _operation(method: str, path: str, described: Mapping[str, Any]) -> Operation:
    scopes = [scope for one in described.get("security", []) for scope in one.get("oauth2", [])]
    return Operation(
        method=method.upper(),
        path=path,
        summary=described["summary"],
        paragraphs=tuple(described.get("description", "").split("\n\n")),
        scopes=tuple(scopes),
        example=_example(described),
        statuses=tuple(
            (status, answer.get("description", ""))
            for status, answer in described["responses"].items()
        ),
    )


def _example(described: Mapping[str, Any]) -> str | None:
    for content in described.get("requestBody", {}).get("content", {}).values():
        for example in (content.get("example"), *content.get("examples", ())):
            if example is not None:
                return json.dumps(example, ensure_ascii=False, indent=2)
        for example in content.get("schema", {}).get("examples", ()):
            return json.dumps(example, ensure_ascii=False, indent=2)
    return None
