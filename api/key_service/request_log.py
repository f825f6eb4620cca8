"""The key service's log: a line for every request, added before the answer is given."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Self

__all__ = ["RequestLog"]

OWNER_ONLY = 0o600


class RequestLog:
    """JSON objects, one a line, each written whole; the file is only ever added to."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises `OSError`."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file, self._lock = os.open(path, flags, OWNER_ONLY), Lock()

    def __enter__(self) -> Self:
        """Use the log as a context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        os.close(self._file)

    def add(self, at: datetime, line: dict[str, str]) -> None:
        """Add a line; raises `OSError`, also when it could not be written whole."""
        time = at.astimezone(UTC).isoformat(timespec="microseconds")
        data = json.dumps({"time": time, **line}, ensure_ascii=True).encode("ascii") + b"\n"
        with self._lock:
            written = os.write(self._file, data)
        if written != len(data):
            raise OSError("a line of the log was not written whole")
