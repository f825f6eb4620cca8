"""What an examining process may use, told to the kernel before it sees a stranger's byte."""

import ctypes
import os
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.examination.file_access import keep_few_files
from api.examination.system_calls import keep_few_system_calls

__all__ = ["ProcessLimits", "Wall", "confine", "grant_cpu", "leave_network", "standing_walls"]

_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_CLONE_NEWNET = 0x40000000
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38  # linux/prctl.h
_MOST_WALLS_BYTES = 256


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of one process; memory is what it may take beyond what it has after its start."""

    memory_bytes: int
    cpu_seconds: int
    open_files: int


class Wall(StrEnum):
    """What stands between an examining process and the rest, where the kernel has it."""

    NETWORK = "network"
    """It has a network of its own, with nothing in it."""
    FILES = "files"
    """It opens programs and fonts, for reading (Landlock)."""
    CALLS = "calls"
    """It makes no sockets, processes or files and traces nobody (seccomp)."""


# In this order: the last one takes away what the one before it needs.
_RAISED: Mapping[Wall, Callable[[], bool]] = {
    Wall.FILES: keep_few_files,
    Wall.CALLS: keep_few_system_calls,
}


def confine(limits: ProcessLimits) -> frozenset[Wall]:
    """Give up, for good, what reading a file does not need; return the walls that now stand.

    Everywhere: no file may be written, no core dumped, no privilege gained, and unless root, no
    process started.
    """
    room = _address_space_bytes() + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    for forbidden in (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        resource.setrlimit(forbidden, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    return frozenset(wall for wall, raised in _RAISED.items() if raised())


def standing_walls(limits: ProcessLimits) -> frozenset[Wall]:
    """Return what this kernel has, found out by a child that tries; for the zygote's main thread.

    Raises `ChildProcessError` when the child cannot confine itself: no examiner could either.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            outer = {Wall.NETWORK} if leave_network() else set()
            os.write(writing, " ".join(outer | confine(limits)).encode("ascii"))
            os._exit(0)
        finally:
            os._exit(1)  # an error here must not go on as a second copy of the caller
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read(_MOST_WALLS_BYTES).decode("ascii").split()
    if os.waitpid(child, 0)[1] != 0:
        raise ChildProcessError("a process cannot confine itself")
    return frozenset(map(Wall, told))


def grant_cpu(seconds: int) -> None:
    """Let this process use `seconds` more of the processor; the kernel ends it after that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def leave_network() -> bool:
    """Move this process into a network namespace with nothing in it; False where not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    return bool(libc.unshare(flags) == 0)


def _address_space_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()
