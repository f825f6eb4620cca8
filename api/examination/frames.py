"""What the service and an examining process say to each other: a JSON header and a blob.

No pickle: what comes back was made by a process that has read a stranger's file.
"""

import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ConversationEnded", "Frame", "receive_frame", "send_frame"]

_LENGTHS = struct.Struct("!II")
_CHUNK = 1 << 20
MOST_HEADER_BYTES = 64 * 1024
MOST_BLOB_BYTES = 256 * 1024 * 1024


class ConversationEnded(Exception):
    """The other side closed the socket, or spoke something else; never leaves this package."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    header: Mapping[str, Any]
    blob: bytes = b""


def send_frame(sock: socket.socket, frame: Frame) -> None:
    """Write one frame; raises `OSError` or `TimeoutError` as the socket does."""
    header = json.dumps(frame.header).encode()
    sock.sendall(_LENGTHS.pack(len(header), len(frame.blob)) + header)
    if frame.blob:
        sock.sendall(frame.blob)


def receive_frame(sock: socket.socket, until: float | None = None) -> Frame:
    """Read one frame before `until` (monotonic seconds; None waits as long as it takes).

    Raises `TimeoutError`, or `ConversationEnded` when there is no whole frame to come.
    """
    header_size, blob_size = _LENGTHS.unpack(_exactly(sock, _LENGTHS.size, until))
    if header_size > MOST_HEADER_BYTES or blob_size > MOST_BLOB_BYTES:
        raise ConversationEnded("a frame is too large")
    try:
        header = json.loads(_exactly(sock, header_size, until))
    except ValueError as e:
        raise ConversationEnded("a header is not JSON") from e
    if not isinstance(header, dict):
        raise ConversationEnded("a header is not an object")
    return Frame(header, bytes(_exactly(sock, blob_size, until)))


def _exactly(sock: socket.socket, size: int, until: float | None) -> bytearray:
    received = bytearray()
    while len(received) < size:
        if until is not None:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            sock.settimeout(left)
        chunk = sock.recv(min(_CHUNK, size - len(received)))
        if not chunk:
            raise ConversationEnded("the other side is gone")
        received += chunk
    return received
