"""The life of one examining process: a file comes in, what was found goes out, again."""

import os
import socket
import sys
import traceback
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Protocol, runtime_checkable

from api.examination.confinement import ProcessLimits, confine, grant_cpu
from api.examination.frames import ConversationEnded, Frame, receive_frame, send_frame

__all__ = ["READY", "Examiner", "Rehearsing", "live", "serve"]

READY = b"!"
DONE = Frame({"kind": "done"})
_MOST_PLACES = 20

Examiner = Callable[[Frame], Iterable[Frame]]
_ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


@runtime_checkable
class Rehearsing(Protocol):
    """An examiner whose first file takes longer: a new process has to copy its memory."""

    def rehearse(self) -> None:
        """Do what is done for a file, without one."""


def serve(sock: socket.socket, examiner: Examiner, cpu_seconds: int) -> None:
    """Answer jobs until the service hangs up; an examiner's exception ends the process."""
    while True:
        try:
            job = receive_frame(sock)
        except (ConversationEnded, ConnectionError):
            return
        grant_cpu(cpu_seconds)
        for found in examiner(job):
            send_frame(sock, found)
        send_frame(sock, DONE)


def live(sock: socket.socket, examiner: Examiner, limits: ProcessLimits) -> None:
    """Be an examining process from here on: this never returns."""
    status = 1
    try:
        confine(limits)
        if isinstance(examiner, Rehearsing):
            examiner.rehearse()
        sock.sendall(READY)
        serve(sock, examiner, limits.cpu_seconds)
        status = 0
    finally:
        try:
            if status:
                send_frame(sock, epitaph(sys.exc_info()))
        finally:
            os._exit(status)


def epitaph(exc_info: _ExcInfo) -> Frame:
    """Return what the log will say: where the process died, and nothing of what it had read."""
    kind, _, where = exc_info
    deepest = traceback.extract_tb(where)[-_MOST_PLACES:]
    places = [f"{place.filename}:{place.lineno} {place.name}" for place in deepest]
    return Frame({"kind": "died", "error": kind.__name__ if kind else None, "where": places})
