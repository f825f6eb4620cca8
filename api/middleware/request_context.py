"""Every request has an id: the caller's if it is sane, else a new one; every response says it."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import REQUEST_ID

__all__ = ["HEADER", "RequestContext", "sane_request_id"]

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LOG = logging.getLogger("api.access")

Observer = Callable[[str, str, int, float], None]


def sane_request_id(offered: str | None) -> str:
    """Return the offered id if it can stand in a log as it is, else a fresh one."""
    if offered and _SANE.fullmatch(offered):
        return offered
    return secrets.token_hex(12)


class RequestContext:
    """Names the request, logs it when it is answered and tells `observe` how it went.

    `observe(method, route, status, seconds)` gets the route's template, never the path itself.
    """

    def __init__(self, app: ASGIApp, observe: Observer) -> None:
        """Wrap `app`."""
        self._app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = sane_request_id(Headers(scope=scope).get(HEADER))
        scope.setdefault("state", {})["request_id"] = request_id
        token = REQUEST_ID.set(request_id)
        status = 0
        begun = time.perf_counter()

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        finally:
            self._tell(scope, status, time.perf_counter() - begun)
            REQUEST_ID.reset(token)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._observe(scope["method"], route, status, seconds)
        event = {
            "method": scope["method"],
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
        }
        _LOG.info("%s %s %d", scope["method"], route, status, extra={"event": event})
