"""A process that holds keys: its memory is written to no disk, and read by no other process."""

import ctypes
import logging
import resource

__all__ = ["forbid_cores", "guard_memory"]

PR_SET_DUMPABLE = 4
"""Of <linux/prctl.h>."""

log = logging.getLogger(__name__)


def forbid_cores() -> None:
    """Have a crash write no core, here and in every process started from here."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def guard_memory() -> None:
    """Besides, let no other process of the same user trace this one or read its memory.

    Until it runs another program. Its files in /proc then belong to root: a monitor that counts its
    open files needs to be root.
    """
    forbid_cores()
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is None or prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        log.warning("this system cannot keep other processes from this one's memory")
