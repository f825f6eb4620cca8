"""Request bodies in JSON that mean one thing: a name that stands twice is refused (RFC 8259, 4)."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["StrictJsonRoute", "parse_json"]

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictJsonRoute(APIRoute):
    """A route whose bodies are read by `parse_json`."""

    def get_route_handler(self) -> Handler:
        """Hand the route a request that reads JSON strictly."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            return await handle(_StrictJsonRequest(request.scope, request.receive))

        return handle_strictly


class _StrictJsonRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401 - JSON
        if not hasattr(self, "_strict"):
            self._strict = parse_json(await self.body())
        return self._strict


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the value; raise `json.JSONDecodeError` for a repeated name, NaN or an infinity."""
    try:
        return json.loads(body, object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (UnicodeDecodeError, RecursionError) as error:
        raise json.JSONDecodeError("the body is not JSON in UTF-8", "", 0) from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise json.JSONDecodeError("a name stands twice in one object", "", 0)
    return found


def _no_constant(name: str) -> Any:  # noqa: ANN401 - it never returns
    raise json.JSONDecodeError(f"{name} is no JSON number", "", 0)
