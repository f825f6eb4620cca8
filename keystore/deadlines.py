"""Sockets on which a whole conversation, not each byte of it, has to end by a moment."""

import socket
import ssl
import time
from typing import Any

__all__ = ["DeadlineSocket", "PlainDeadlineSocket"]


class _Ending(socket.socket):
    until: float | None = None

    def recv_into(self, *arguments: Any, **named: Any) -> int:  # noqa: ANN401 - as the socket's
        """Read, as long as there is time."""
        self._set_what_is_left()
        return super().recv_into(*arguments, **named)

    def send(self, *arguments: Any, **named: Any) -> int:  # noqa: ANN401 - as the socket's
        """Write, as long as there is time; `sendall` comes by here under TLS."""
        self._set_what_is_left()
        return super().send(*arguments, **named)

    def _set_what_is_left(self) -> None:
        if self.until is None:
            return
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for this conversation is over")
        self.settimeout(left)


class DeadlineSocket(_Ending, ssl.SSLSocket):
    """Every read and write raises `TimeoutError` after `until`; a drip of bytes gains nothing.

    Made by a context whose `sslsocket_class` it is. `until` counts as `time.monotonic` does.
    """


class PlainDeadlineSocket(_Ending):
    """The same without TLS; `sendall` counts from the last read or write."""

    @classmethod
    def around(cls, connected: socket.socket, until: float) -> "PlainDeadlineSocket":
        """Take over a connected socket."""
        made = cls(fileno=connected.detach())
        made.until = until
        return made
