"""How much a request may send, and how long it may take: kept while the bytes come in.

The bodies of all requests together have a budget too, so that many callers with large files
cannot take the memory of the process; a slow caller holds no more of it than it has sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, BodyCutOff, BodyTooLarge, BodyTooSlow, Overloaded

__all__ = ["BodyLimits", "BodyRules"]

Refuse = Callable[[Scope, Receive, Send, ApiError], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class BodyRules:
    """Limits in bytes and seconds; `larger` names the paths that take more than `most_bytes`."""

    most_bytes: int
    larger: Mapping[str, int]
    budget_bytes: int
    seconds: float

    def most_for(self, path: str) -> int:
        """Return how many bytes a body sent to this path may have."""
        return self.larger.get(path, self.most_bytes)


class BodyLimits:
    """Refuses a body over its limit before it is held, whatever Content-Length said."""

    def __init__(self, app: ASGIApp, rules: BodyRules, refuse: Refuse) -> None:
        """`refuse` answers the caller when the application could not."""
        self._app = app
        self._rules = rules
        self._refuse = refuse
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(self, self._rules, scope, receive)
        started = False

        async def send_unless_refused(message: Message) -> None:
            nonlocal started
            if body.fault is None or started:
                started = True
                await send(message)

        try:
            body.check_promise()
            await self._app(scope, body.receive, send_unless_refused)
        except ApiError as error:
            if error is not body.fault:
                raise
        finally:
            self._held -= body.taken
        if body.fault is not None and not started:
            await self._refuse(scope, receive, send, body.fault)

    def take(self, amount: int) -> None:
        """Count bytes against the budget of all; raises `Overloaded` when it is used up."""
        if self._held + amount > self._rules.budget_bytes:
            raise Overloaded("too many uploads are under way")
        self._held += amount


class _Body:
    """One request's body: counts what arrives and remembers why it was cut off."""

    def __init__(self, limits: BodyLimits, rules: BodyRules, scope: Scope, source: Receive) -> None:
        self._limits = limits
        self._source = source
        self._promised = Headers(scope=scope).get("content-length", "")
        self._most = rules.most_for(scope["path"])
        self._seconds = rules.seconds
        self._until: float | None = None
        self.taken = 0
        self.fault: ApiError | None = None

    def check_promise(self) -> None:
        """Refuse by Content-Length alone what is going to be too large."""
        if self._promised.isdecimal() and int(self._promised) > self._most:
            self._stop(BodyTooLarge(f"at most {self._most} bytes are taken here"))

    async def receive(self) -> Message:
        """Return the next message, or raise what is wrong with the body."""
        message = await self._next()
        if message["type"] != "http.request":
            if self._until != float("inf"):
                self._stop(BodyCutOff("the connection ended before the body did"))
            return message
        size = len(message.get("body", b""))
        if self.taken + size > self._most:
            self._stop(BodyTooLarge(f"at most {self._most} bytes are taken here"))
        try:
            self._limits.take(size)
        except Overloaded as error:
            self._stop(error)
        self.taken += size
        if not message.get("more_body", False):
            self._until = float("inf")
        return message

    async def _next(self) -> Message:
        now = asyncio.get_running_loop().time()
        if self._until is None:
            self._until = now + self._seconds
        if self._until == float("inf"):
            return await self._source()
        try:
            return await asyncio.wait_for(self._source(), max(0.0, self._until - now))
        except TimeoutError:
            self._stop(BodyTooSlow(f"the body did not arrive within {self._seconds:g} seconds"))

    def _stop(self, fault: ApiError) -> NoReturn:
        self.fault = fault
        raise fault
