"""Notices that revocation data on disk changed, and has the examiners load them anew."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock

__all__ = ["EvidenceWatch"]

_SUFFIXES = frozenset({".crl", ".ocsp", ".distrust"})
_Stamp = frozenset[tuple[str, int, int]]


class EvidenceWatch:
    """Asked before every examination; a few names and times are read, no file."""

    def __init__(self, folders: tuple[Path, ...], renew: Callable[[], None]) -> None:
        """`renew` is called once for each change of what is in the folders."""
        self._folders = folders
        self._renew = renew
        self._lock = Lock()
        self._seen = self._stamp()

    def look(self) -> None:
        """Renew if something changed since the last look."""
        if self._stamp() == self._seen:
            return
        with self._lock:
            now = self._stamp()
            if now != self._seen:
                self._seen = now
                self._renew()

    def _stamp(self) -> _Stamp:
        found = (
            one for folder in self._folders for one in folder.glob("*") if one.suffix in _SUFFIXES
        )
        return frozenset(
            (str(one), stat.st_mtime_ns, stat.st_size)
            for one in found
            if (stat := _stat(one)) is not None
        )


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
