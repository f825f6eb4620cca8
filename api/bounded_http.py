"""HTTP/1.1 as uvicorn speaks it, with an end to what a stranger can drag out or pile up.

A proxy in front does most of this too; a service that is reached without one must not stand still.
"""

import asyncio
import json
import logging
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.errors import Overloaded
from api.logs import REQUEST_ID
from api.middleware.request_context import HEADER, sane_request_id
from api.middleware.security_headers import EVERY_ANSWER
from api.problems import MALFORMED_REQUEST, PROBLEMS, Problem, problem_body

__all__ = ["KEEP_ALIVE_SECONDS", "BoundedHttp"]

KEEP_ALIVE_SECONDS = 15
HEAD_SECONDS = 20.0
"""For a request's head to be there, from the connection or the answer before: over keep-alive."""
LINGER_SECONDS = 30.0
"""What still comes after an answer is thrown away for so long, lest a reset overtake the answer."""
MOST_CONNECTIONS = 512
"""Half of the 1024 open files that a process may have by default."""
_HEAD_BYTES = 64 * 1024
_SHORT_REST_BYTES = 64 * 1024
_CRUMBS = 2_000
_CRUMB_BYTES = 64


class BoundedHttp(H11Protocol):
    """One connection."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn makes it
        """Take what uvicorn hands over."""
        super().__init__(*given, **named)
        self.conn = _Reader(h11.SERVER, _HEAD_BYTES)
        self._end: asyncio.TimerHandle | None = None
        self._is_over = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, or answer at once that there are too many."""
        super().connection_made(transport)
        self._end_in(HEAD_SECONDS)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(PROBLEMS[Overloaded], "too many connections are open")
            self._is_over = True
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection's end: it is there."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless all is said."""
        if self._is_over:
            return
        super().data_received(data)
        if self._is_answering():
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request, or out what is left of this one."""
        super().on_response_complete()
        if self._is_answering() or self.transport.is_closing():
            return
        self._end_in(HEAD_SECONDS)
        if self.conn.their_state is h11.SEND_BODY and not self._is_rest_short():
            self._hang_up()

    def send_400_response(self, msg: str) -> None:
        """Answer for what is not HTTP: uvicorn's name for it."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._refuse(MALFORMED_REQUEST, msg)
        self._hang_up()

    def _refuse(self, problem: Problem, detail: str) -> None:
        request_id = sane_request_id(None)
        token = REQUEST_ID.set(request_id)
        _LOG.info("refused before there was a request: %s", problem.slug)
        REQUEST_ID.reset(token)
        body = problem_body(problem, detail=detail, instance="", request_id=request_id, base_url="")
        self._write(problem, request_id, json.dumps(body, ensure_ascii=False).encode())

    def _write(self, problem: Problem, request_id: str, body: bytes) -> None:
        headers = {
            **EVERY_ANSWER,
            "Cache-Control": "no-store",
            HEADER: request_id,
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        response = h11.Response(status_code=problem.status, headers=list(headers.items()))
        for event in (response, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")

    def _hang_up(self) -> None:
        """Say no more and read no more, but leave time for what was said to arrive."""
        self._is_over = True
        self._unset_keepalive_if_required()
        self._end_in(LINGER_SECONDS)
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_rest_short(self) -> bool:
        length = dict(self.headers).get(b"content-length")
        return length is not None and int(length) <= _SHORT_REST_BYTES

    def _end_in(self, seconds: float) -> None:
        self._stop_waiting()
        self._end = self.loop.call_later(seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None


class _Reader(h11.Connection):
    """Refuses a body in crumbs: reading one takes as long as reading a kilobyte."""

    _pieces = 0
    _bytes = 0

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Return what comes next; raises `h11.RemoteProtocolError`."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._pieces = self._bytes = 0
        elif isinstance(event, h11.Data):
            self._pieces += 1
            self._bytes += len(event.data)
            if self._pieces > _CRUMBS and self._bytes < self._pieces * _CRUMB_BYTES:
                raise h11.RemoteProtocolError("the body comes in crumbs")
        return event


_LOG = logging.getLogger(__name__)
