"""The application: a factory, its middleware, and what becomes of an error nobody expected."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError
from api.metrics import MetricsServer
from api.middleware.body_limits import BodyLimits, BodyRules
from api.middleware.request_context import RequestContext
from api.middleware.security_headers import SecurityHeaders
from api.openapi_texts import DESCRIPTION, TAGS, TITLE, VERSION
from api.responding import respond_http, respond_invalid, respond_with
from api.routes import ROUTERS
from api.routes.problem_docs import name_successes, problem_schemas
from api.settings import Settings
from api.wiring import Services, build
from keystore.errors import KeystoreError
from licenses.errors import LicenseError
from licenses.payloads import MAX_CHARACTERS
from signing.errors import SigningError
from verify.errors import VerifyError

__all__ = ["application", "create_app", "description"]

_LOG = logging.getLogger(__name__)
_FORM_ROOM_BYTES = 16 * 1024  # what a form adds to the file in it
_UPLOAD_PATHS = ("/v1/verify", "/verify")
_PROPOSALS, _PROPOSAL_BYTES = "/v1/proposals", MAX_CHARACTERS + _FORM_ROOM_BYTES


def create_app(settings: Settings) -> FastAPI:
    """Return the application for these settings, not yet started."""
    return application(build(settings))


def application(services: Services) -> FastAPI:
    """Return the application over services that are already put together."""
    middleware = (
        Middleware(SecurityHeaders),
        Middleware(RequestContext, observe=services.metrics.observe_request),
        Middleware(_LastResort),
        Middleware(BodyLimits, rules=_body_rules(services.settings), refuse=_refuse),
    )
    app = _with_routes(middleware)
    app.state.services = services
    for root in (ApiError, KeystoreError, LicenseError, SigningError, VerifyError):
        app.add_exception_handler(root, respond_with)
    app.add_exception_handler(HTTPException, respond_http)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, respond_invalid)  # type: ignore[arg-type]
    return app


def description() -> dict[str, Any]:
    """Return the OpenAPI description, which no setting changes."""
    return _with_routes(()).openapi()


def _with_routes(middleware: Sequence[Middleware]) -> FastAPI:
    app = _Application(
        title=TITLE,
        description=DESCRIPTION,
        version=VERSION,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would lead to whatever host the request named
        lifespan=_lifespan,
        middleware=middleware,
    )
    for router in ROUTERS:
        app.include_router(router)
    return app


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Return the description with the schema of problems, which no route returns itself."""
        if self.openapi_schema is None:
            document = super().openapi()
            document["components"]["schemas"].update(problem_schemas())
            name_successes(document)
        return super().openapi()


def _body_rules(settings: Settings) -> BodyRules:
    upload = settings.upload_bytes + _FORM_ROOM_BYTES
    return BodyRules(
        most_bytes=settings.body_bytes,
        larger={**dict.fromkeys(_UPLOAD_PATHS, upload), _PROPOSALS: _PROPOSAL_BYTES},
        budget_bytes=settings.body_budget_bytes,
        seconds=settings.body_seconds,
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    settings = services.settings
    await run_in_threadpool(services.pool.start)
    metrics = (
        MetricsServer.start(services.metrics, settings.metrics_host, settings.metrics_port)
        if settings.metrics_port
        else None
    )
    for one in services.rounds:
        one.start()
    try:
        yield
    finally:
        for one in services.rounds:
            one.stop()
        if metrics is not None:
            metrics.close()
        services.pool.close()
        services.desk.close()
        services.reports.close()
        services.engine.dispose()


async def _refuse(scope: Scope, receive: Receive, send: Send, error: ApiError) -> None:
    """Answer for a body that was cut off before a route could."""
    await respond_with(Request(scope, receive), error)(scope, receive, send)


class _LastResort:
    """Turns what nobody expected into a problem that says nothing, and a log line that does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            await respond_with(Request(scope, receive), error)(scope, receive, send)
