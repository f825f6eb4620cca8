"""A few examining processes, started before they are needed and replaced when they die."""

import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from api.errors import ExaminationUnavailable, Overloaded
from api.examination.confinement import ProcessLimits, Wall
from api.examination.frames import ConversationEnded, Frame, receive_frame, send_frame
from api.examination.line import Line
from api.examination.worker import READY

__all__ = ["End", "ExaminationPool", "PoolRules", "Said"]

_LOG = logging.getLogger(__name__)
_START_SECONDS = 60.0
_SPAWN_SECONDS = 5.0
_FAREWELL_SECONDS = 2.0
_MOST_ANSWER_BYTES = 64
# Nothing of the service's own environment, which may name secrets, goes to the examiners.
_ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True, slots=True)
class PoolRules:
    """How many processes, and how patient; `jobs_per_process` = 1 gives every file a fresh one."""

    processes: int
    waiting: int
    queue_seconds: float
    job_seconds: float
    jobs_per_process: int
    limits: ProcessLimits


class End(StrEnum):
    """How an examination ended."""

    DONE = "done"
    TIMED_OUT = "timed out"
    DIED = "died"


_ENDS = {"done": End.DONE, "died": End.DIED}


@dataclass(frozen=True, slots=True)
class Said:
    """What a process said before it ended in one way or another, and how long it was busy."""

    frames: tuple[Frame, ...]
    end: End
    seconds: float


@dataclass(slots=True)
class _Process:
    pid: int
    sock: socket.socket
    generation: int
    jobs: int = 0


class ExaminationPool:
    """Runs jobs, each in a process of its own kind; safe to use from many threads."""

    def __init__(self, factory: str, options: Mapping[str, Any], rules: PoolRules) -> None:
        """`factory` is `module:function`, called with `options` in the zygote."""
        self._rules = rules
        self._nursery = _Nursery(factory, options, rules.limits)
        self._places = threading.BoundedSemaphore(rules.processes + rules.waiting)
        self._idle: Line[_Process | None] = Line()
        # One more than there are places, so that nobody waits while a process is made.
        self._spare: _Process | None = None
        self._replacing = ThreadPoolExecutor(1, thread_name_prefix="replacing-examiners")

    @property
    def missing_walls(self) -> frozenset[Wall]:
        """What this kernel does not have; empty before the first process was started."""
        return self._nursery.missing

    def start(self) -> None:
        """Start the processes; raises `ExaminationUnavailable`."""
        for _ in range(self._rules.processes):
            self._idle.put(self._nursery.spawn())
        self._make_spare()

    def renew(self) -> None:
        """Have every later job done by a process that knows what is on disk now."""
        self._nursery.renew()

    def close(self) -> None:
        """End all processes; jobs under way end as died."""
        self._nursery.close()
        self._replacing.shutdown()
        for process in (self._spare, *self._idle.drain()):
            if process is not None:
                process.sock.close()

    def run(self, job: Frame) -> Said:
        """Have one job done; raises `Overloaded` or `ExaminationUnavailable`."""
        if not self._places.acquire(blocking=False):
            raise Overloaded("all examiners are busy and the queue is full")
        try:
            process = self._borrow()
            findings = self._converse(process, job)
            self._give_back(process, findings.end)
        finally:
            self._places.release()
        return findings

    def _borrow(self) -> _Process:
        try:
            process = self._idle.get(self._rules.queue_seconds)
        except TimeoutError:
            raise Overloaded("all examiners are busy") from None
        if process is not None and process.generation == self._nursery.generation:
            return process
        if process is not None:
            self._nursery.end(process)
        try:
            return self._nursery.spawn()
        except ExaminationUnavailable:
            self._idle.put(None)
            raise

    def _converse(self, process: _Process, job: Frame) -> Said:
        begun = time.monotonic()
        until = begun + self._rules.job_seconds
        frames: list[Frame] = []
        end = End.DONE
        try:
            process.sock.settimeout(self._rules.job_seconds)
            send_frame(process.sock, job)
            while (frame := receive_frame(process.sock, until)).header.get("kind") not in _ENDS:
                frames.append(frame)
            end = _ENDS[frame.header["kind"]]
            if end is End.DIED:
                _LOG.error("an examining process died", extra={"event": {"died": frame.header}})
        except TimeoutError:
            end = End.TIMED_OUT
        except (ConversationEnded, OSError):
            end = End.DIED
        return Said(tuple(frames), end, time.monotonic() - begun)

    def _give_back(self, process: _Process, end: End) -> None:
        process.jobs += 1
        if end is End.DONE and process.jobs < self._rules.jobs_per_process:
            self._idle.put(process)
            return
        if end is not End.DONE:
            _LOG.warning("an examination %s; its process is replaced", end)
        self._replacing.submit(self._replace, process)

    def _replace(self, process: _Process) -> None:
        if self._spare is None:
            self._make_spare()
        self._idle.put(self._spare)
        self._nursery.end(process)
        self._make_spare()

    def _make_spare(self) -> None:
        try:
            self._spare = self._nursery.spawn()
        except ExaminationUnavailable:
            _LOG.warning("no new examining process could be started")
            self._spare = None


@dataclass(slots=True)
class _Nursery:
    """The zygote, seen from the service: started when first needed, started again if it dies."""

    factory: str
    options: Mapping[str, Any]
    limits: ProcessLimits
    missing: frozenset[Wall] = frozenset()
    generation: int = 0
    _closed: bool = False
    _zygote: subprocess.Popen[bytes] | None = None
    _control: socket.socket | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spawn(self) -> _Process:
        """Return a new process; raises `ExaminationUnavailable`."""
        with self._lock:
            for _ in range(0 if self._closed else 2):
                try:
                    return self._ask_for_one(self._control or self._start())
                except (OSError, ValueError) as e:
                    _LOG.warning("the zygote does not answer: %s", type(e).__name__)
                    self._stop()
        raise ExaminationUnavailable("no examining process can be started")

    def renew(self) -> None:
        """Let the zygote load anew; processes it made before are of an older generation."""
        with self._lock:
            self.generation += 1
            try:
                if self._control is not None:
                    self._control.send(b"renew")
                    self._control.recv(_MOST_ANSWER_BYTES)
            except OSError:
                self._stop()  # the next one loads everything at its start

    def end(self, process: _Process) -> None:
        """Kill the process, whatever it is doing."""
        process.sock.close()
        with self._lock, suppress(OSError):
            if self._control is not None:
                self._control.send(b"kill %d" % process.pid)

    def close(self) -> None:
        """End the zygote and with it all processes."""
        with self._lock:
            self._closed = True
            self._stop()

    def _ask_for_one(self, control: socket.socket) -> _Process:
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(control, [b"spawn"], [theirs.fileno()])
        process = _Process(int(control.recv(_MOST_ANSWER_BYTES)), ours, self.generation)
        ours.settimeout(_SPAWN_SECONDS)
        if ours.recv(len(READY)) != READY:
            raise ConnectionError("an examining process died at its start")
        return process

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config = {
            "factory": self.factory,
            "options": dict(self.options),
            "limits": asdict(self.limits),
            "control": theirs.fileno(),
        }
        with theirs:
            self._zygote = subprocess.Popen(  # noqa: S603  (every argument is ours)
                [sys.executable, "-P", "-m", "api.examination.zygote", json.dumps(config)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**_ENVIRONMENT, "PYTHONPATH": ":".join(filter(None, sys.path))},
            )
        self._control = ours
        ours.settimeout(_START_SECONDS)
        answer = ours.recv(_MOST_ANSWER_BYTES).decode("ascii").split()
        if not answer:
            raise ConnectionError("the zygote died at its start")
        self.missing = frozenset(Wall) - frozenset(map(Wall, answer[1:]))
        if self.missing:
            _LOG.warning("this kernel lacks for examiners: %s", ", ".join(sorted(self.missing)))
        ours.settimeout(_SPAWN_SECONDS)
        return ours

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._zygote is not None:
            try:
                self._zygote.wait(_FAREWELL_SECONDS)  # it hears us hang up and ends its children
            except subprocess.TimeoutExpired:
                self._zygote.kill()
                self._zygote.wait()
            self._zygote = None
