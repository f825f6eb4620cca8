"""What an examining process may use, told to the kernel before it sees a stranger's byte."""

import ctypes
import os
import resource
from dataclasses import dataclass

__all__ = ["ProcessLimits", "confine", "grant_cpu", "leave_network"]

_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of one process; memory is what it may take beyond what it has after its start."""

    memory_bytes: int
    cpu_seconds: int
    open_files: int


def confine(limits: ProcessLimits) -> None:
    """Give up, for good, what reading a file does not need.

    No file may be written, no program and no process started, no core dumped.
    """
    room = _address_space_bytes() + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    for forbidden in (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        resource.setrlimit(forbidden, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


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
