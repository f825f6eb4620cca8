"""A bound on time and memory for a command that reads a stranger's file in its own process."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from verify.errors import PdfTooLarge

__all__ = ["bounded"]

_AGAIN_SECONDS = 0.5  # what is raised may be swallowed once, deep inside a library


@contextmanager
def bounded(*, seconds: float, memory_bytes: int) -> Iterator[None]:
    """Raise `PdfTooLarge` when the block takes longer, or more memory than there was before it.

    For the main thread only; limits and handler are put back afterwards.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise PdfTooLarge(f"the file takes more than {seconds:g} seconds to examine")

    before = resource.getrlimit(resource.RLIMIT_AS)
    handler = signal.signal(signal.SIGALRM, stop)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_room(memory_bytes, before[1]), before[1]))
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
        yield
    except (MemoryError, RecursionError) as error:
        raise PdfTooLarge("the file takes too much memory to examine") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        resource.setrlimit(resource.RLIMIT_AS, before)


def _room(memory_bytes: int, most: int) -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        wanted = int(statm.read().split()[0]) * resource.getpagesize() + memory_bytes
    return wanted if most == resource.RLIM_INFINITY else min(wanted, most)
