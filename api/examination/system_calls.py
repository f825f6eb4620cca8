"""Which system calls an examining process keeps: a seccomp filter, written out as its program.

The list says what is allowed; whatever is not on it fails with EPERM. x86-64 and aarch64.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["keep_few_system_calls"]

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2  # linux/prctl.h, linux/seccomp.h
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_LOAD, _IF_EQUAL, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # linux/bpf_common.h
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16  # of struct seccomp_data
_ARGUMENT_BYTES = 8
_WRITING = (
    os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_TMPFILE & ~os.O_DIRECTORY
)


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    """AUDIT_ARCH_… of linux/audit.h."""
    column: int
    """Of the table of calls."""


_MACHINES: Mapping[str, _Machine] = {
    "x86_64": _Machine(0xC000003E, 0),
    "aarch64": _Machine(0xC00000B7, 1),
}

# name: number on x86-64, number on aarch64 (None: there is no such call there).
_ALLOWED: Mapping[str, tuple[int, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "stat": (4, None),
    "fstat": (5, 80),
    "lstat": (6, None),
    "poll": (7, None),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "readv": (19, 65),
    "access": (21, None),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "exit": (60, 93),
    "getcwd": (79, 17),
    "readlink": (89, None),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "getdents64": (217, 61),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "newfstatat": (262, 79),
    "readlinkat": (267, 78),
    "ppoll": (271, 73),
    "getrandom": (318, 278),
    "statx": (332, 291),
    "faccessat2": (439, 439),
}
_OPENAT = (257, 56)
_PRLIMIT64 = (302, 261)


def keep_few_system_calls() -> bool:
    """Refuse all other calls in this process from here on; False where that cannot be had.

    `PR_SET_NO_NEW_PRIVS` must be set.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    program = b"".join(_program(machine))
    filters = ctypes.create_string_buffer(program, len(program))
    length = len(program) // struct.calcsize("HBBI")
    described = struct.pack("@HP", length, ctypes.addressof(filters))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, described, 0, 0) == 0)


def _program(machine: _Machine) -> Iterable[bytes]:
    yield _step(_LOAD, _MACHINE_AT)
    yield _step(_IF_EQUAL, machine.audit, then=1)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, _NUMBER_AT)
    for numbers in _ALLOWED.values():
        number = numbers[machine.column]
        if number is not None:
            yield _step(_IF_EQUAL, number, otherwise=1)
            yield _step(_RETURN, _ALLOW)
    yield from _only_if(
        _OPENAT[machine.column], [_load_argument(2), _step(_IF_ANY_BIT, _WRITING, then=1)]
    )
    own_processor_time = [
        _load_argument(0),
        _step(_IF_EQUAL, 0, otherwise=3),
        _load_argument(1),
        _step(_IF_EQUAL, resource.RLIMIT_CPU, otherwise=1),
    ]
    yield from _only_if(_PRLIMIT64[machine.column], own_processor_time)
    yield _step(_RETURN, _REFUSE)


def _only_if(number: int, conditions: list[bytes]) -> Iterable[bytes]:
    """Allow the call if all conditions hold; each jumps past the `allow` where it does not."""
    yield _step(_IF_EQUAL, number, otherwise=len(conditions) + 2)
    yield from conditions
    yield _step(_RETURN, _ALLOW)
    yield _step(_RETURN, _REFUSE)


def _load_argument(index: int) -> bytes:
    """Load its low half: all that `int` arguments have (both machines are little-endian)."""
    return _step(_LOAD, _ARGUMENTS_AT + _ARGUMENT_BYTES * index)


def _step(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """Return one instruction; jumps count from the next."""
    return struct.pack("=HBBI", code, then, otherwise, value)
