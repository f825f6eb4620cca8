"""The revocation lists that go into sealed documents, read anew when their files change."""

import logging
import os
from pathlib import Path

from verify import BadTrustAnchor, Evidence

__all__ = ["FreshLists"]

_LOG = logging.getLogger(__name__)
_Stamp = frozenset[tuple[str, int, int]]


class FreshLists:
    """Asked for each document; names and times of a few files are read, no file."""

    def __init__(self, folder: Path) -> None:
        """Read the folder; raises `BadTrustAnchor` naming a file that is no list."""
        self._folder = folder
        self._state = self._stamp(), _lists_in(folder)

    def __call__(self) -> tuple[bytes, ...]:
        """Return the lists as they are now; while one cannot be read, as they were before."""
        stamp, lists = self._stamp(), self._state[1]
        if stamp != self._state[0]:
            try:
                lists = _lists_in(self._folder)
            except BadTrustAnchor as error:
                _LOG.warning("the revocation lists are left as they were: %s", error)
            self._state = stamp, lists
        return lists

    def _stamp(self) -> _Stamp:
        try:
            with os.scandir(self._folder) as entries:
                found = [one for one in entries if one.name.endswith(".crl")]
                kept = [(one.name, one.stat()) for one in found]
        except FileNotFoundError:  # no folder, or a file that is just being exchanged
            return frozenset()
        return frozenset((name, stat.st_mtime_ns, stat.st_size) for name, stat in kept)


def _lists_in(folder: Path) -> tuple[bytes, ...]:
    return tuple(one.der for one in Evidence.from_directory(folder).revocation_lists)
