"""A line to a service that can be cut: before a request, after it, or in the middle of an answer."""

import socket
from collections.abc import Callable
from contextlib import contextmanager, suppress
from threading import Lock, Thread

CHUNK = 65536
KINDS = ("before", "after", "half", "down")


class CutLine:
    """Forwards bytes; a cut that was asked for happens once, "down" until it is mended."""

    def __init__(self, target: Callable[[], int]) -> None:
        """`target` says where the service listens now."""
        self._target, self._lock, self._cut = target, Lock(), ""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self.cuts = 0

    def cut(self, kind: str) -> None:
        with self._lock:
            self._cut = kind
            held = list(self._open) if kind == "down" else []
        for one in held:
            _hang_up(one)

    def mend(self) -> None:
        with self._lock:
            self._cut = "" if self._cut == "down" else self._cut

    @property
    def has_cut(self) -> bool:
        with self._lock:
            return not self._cut

    def run(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._carry, args=(caller,), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            _hang_up(one)

    def _taken(self) -> str:
        with self._lock:
            kind = self._cut
            self.cuts += bool(kind)
            self._cut = kind if kind == "down" else ""
            return kind

    def _carry(self, caller: socket.socket) -> None:
        with caller, suppress(OSError), socket.create_connection(_here(self._target())) as on:
            self._open.update((caller, on))
            cutting: list[str] = []
            Thread(target=_back, args=(on, caller, cutting), daemon=True).start()
            with suppress(OSError):
                while asked := caller.recv(CHUNK):
                    kind = self._taken()
                    if kind in ("before", "down"):
                        break
                    cutting += [kind] if kind else []
                    on.sendall(asked)
            self._open.difference_update((caller, on))
            _hang_up(caller)
            _hang_up(on)


def _here(port: int) -> tuple[str, int]:
    return "127.0.0.1", port


def _back(on: socket.socket, caller: socket.socket, cutting: list[str]) -> None:
    with suppress(OSError):
        while answered := on.recv(CHUNK):
            if cutting:
                caller.sendall(answered[: len(answered) // 2] if cutting == ["half"] else b"")
                break
            caller.sendall(answered)
    _hang_up(caller)


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut_line(target: Callable[[], int]):
    line = CutLine(target)
    thread = Thread(target=line.run)
    thread.start()
    try:
        yield line
    finally:
        line.close()
        thread.join(30)
