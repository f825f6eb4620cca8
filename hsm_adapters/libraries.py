"""Vendors' libraries: loaded by their whole path, never when others can change them."""

import ctypes
import os
import stat
from pathlib import Path

from keystore.errors import AdapterFault, KeyRefused, KeyUnavailable

__all__ = ["Room", "load_library", "readable"]

WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
ROOM_BYTES = 1024
UNTOUCHED = 0xA5


def load_library(path: Path) -> ctypes.CDLL:
    """Load; raises `KeyUnavailable` without the file, `KeyRefused` for one not to be trusted.

    A library runs with our rights: one that others may change is not loaded, and a name
    without a folder, which the system would look for, neither.
    """
    _require_ours(path)
    try:
        return ctypes.CDLL(str(path), mode=os.RTLD_NOW | os.RTLD_LOCAL)
    except OSError as error:
        raise KeyUnavailable(f"the library cannot be loaded: {error}") from error


class Room:
    """A place for an answer with room behind it: a library that writes too much is caught."""

    def __init__(self, size: int) -> None:
        """`size` is what the library is told, in bytes."""
        self._size = size
        self.place = (ctypes.c_ubyte * (size + ROOM_BYTES))(*([UNTOUCHED] * (size + ROOM_BYTES)))

    def taken(self, function: str) -> bytes:
        """Return what was written; raise `AdapterFault` where it is too much."""
        written = bytes(self.place)
        if written[self._size :].strip(bytes([UNTOUCHED])):
            raise AdapterFault(f"{function} wrote past its structure")
        return written[: self._size]


def readable(text: bytes) -> str:
    """Return a text of a device as one that can be printed, whatever is in it."""
    found = text.split(b"\0", 1)[0].decode("utf-8", "replace").strip()
    return "".join(one if one.isprintable() else "?" for one in found)


def _require_ours(path: Path) -> None:
    if not path.is_absolute():
        raise KeyRefused(f"a library is named by its whole path: {path}")
    try:
        found = path.stat()
    except OSError as error:
        raise KeyUnavailable(f"the library is not there: {path}") from error
    owners = (0, os.geteuid())
    if found.st_mode & WRITABLE_BY_OTHERS or found.st_uid not in owners:
        raise KeyRefused(f"others can change the library; chown root, chmod go-w: {path}")
