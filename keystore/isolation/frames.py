"""What a service and the process of a key say to each other: small JSON objects, nothing else.

The other side may be mad: a vendor's library shares its memory. So every frame is bounded, its
form is checked, and what it says is believed no further than a signature that verifies.
"""

import json
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

__all__ = ["BrokenConversation", "Message", "receive", "send", "text_of"]

_LENGTH = struct.Struct("!H")
MOST_BYTES = 16 * 1024

Message = Mapping[str, Any]


class BrokenConversation(Exception):
    """The other side hung up or speaks something else; never leaves this package."""


def send(sock: socket.socket, message: Message) -> None:
    """Write one frame; raises `OSError` or `TimeoutError` as the socket does."""
    body = json.dumps(message).encode("ascii")
    sock.sendall(_LENGTH.pack(len(body)) + body)


def receive(sock: socket.socket, until: float | None) -> Message:
    """Read one frame before `until` (monotonic seconds; None waits as long as it takes).

    Raises `TimeoutError`, or `BrokenConversation` when there is no whole frame to come.
    """
    (size,) = _LENGTH.unpack(_exactly(sock, _LENGTH.size, until))
    if size > MOST_BYTES:
        raise BrokenConversation("a frame is too large")
    try:
        message = json.loads(_exactly(sock, size, until))
    except (ValueError, RecursionError) as error:
        raise BrokenConversation("a frame is not JSON") from error
    if not isinstance(message, dict):
        raise BrokenConversation("a frame is not an object")
    return message


def text_of(message: Message, name: str) -> str:
    """Return a text of a message; raise `BrokenConversation` where there is none."""
    value = message.get(name)
    if not isinstance(value, str):
        raise BrokenConversation(f"a frame has no {name}")
    return value


def _exactly(sock: socket.socket, size: int, until: float | None) -> bytes:
    received = b""
    while len(received) < size:
        if until is not None:
            sock.settimeout(_left(until))
        chunk = sock.recv(size - len(received))
        if not chunk:
            raise BrokenConversation("the other side is gone")
        received += chunk
    return received


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
