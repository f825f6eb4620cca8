"""Request bodies in JSON that mean one thing: a name that stands twice is refused (RFC 8259, 4)."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from keystore import clear_json

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
    """Return the value; raise `json.JSONDecodeError` for what `clear_json` refuses."""
    try:
        return clear_json(body)
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise json.JSONDecodeError(str(error), "", 0) from error
