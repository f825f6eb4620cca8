"""The uses of the day, on disk: counted before a key is touched, remembered across restarts.

A line for each use: `2026-11-23T08:00:00.000000+00:00 CALLER/KEY`. A process that is killed loses
none; a power failure may lose the last ones, as of the request log.
"""

import fcntl
import os
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from api.errors import BadSettings

__all__ = ["Ledger"]

OWNER_ONLY = 0o600
MOST_BYTES = 256 * 1024 * 1024
"""More than two million uses: what is larger was not written here."""


class Ledger:
    """One process at a time; its caller takes care that one thread at a time counts."""

    def __init__(self, path: Path) -> None:
        """Read or begin the file. Raises `BadSettings` where another process has it, or `OSError`.

        A line that was cut off is of a use that never was: its caller had no signature.
        """
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(path, flags, OWNER_ONLY)
        self.latest: datetime | None = None
        self._used: Counter[str] = Counter()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._read()
        except BlockingIOError as error:
            os.close(self._file)
            raise BadSettings(f"another key service counts in {path}") from error
        except ValueError as error:
            os.close(self._file)
            raise BadSettings(f"{path} holds what is no line of it: {error}") from error

    def __enter__(self) -> Self:
        """Use the ledger as a context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, for another process to have it."""
        os.close(self._file)

    def day(self, now: datetime) -> date:
        """Return the day that counts: today, and not again one that is over."""
        return max(now, self.latest or now).astimezone(UTC).date()

    def used(self, caller: str, key: str, now: datetime) -> int:
        """Return the uses of the day."""
        is_of_today = self.latest is not None and self.day(now) == self.latest.date()
        return self._used[f"{caller}/{key}"] if is_of_today else 0

    def add(self, caller: str, key: str, now: datetime) -> None:
        """Count one; raises `OSError` where it could not be noted."""
        at = max(now, self.latest or now).astimezone(UTC)
        if self.latest is not None and at.date() != self.latest.date():
            os.ftruncate(self._file, 0)
            self._used.clear()
        line = f"{at.isoformat(timespec='microseconds')} {caller}/{key}\n".encode("ascii")
        self._count(line.decode("ascii"))
        written = os.write(self._file, line)
        if written != len(line):
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise OSError("a use was not noted whole")

    def _read(self) -> None:
        if os.fstat(self._file).st_size > MOST_BYTES:
            raise ValueError("it is too large")
        with os.fdopen(os.dup(self._file), "rb") as file:
            whole, _, _ = file.read().rpartition(b"\n")
        os.ftruncate(self._file, len(whole) + 1 if whole else 0)
        for line in whole.decode("ascii").splitlines():
            self._count(line)

    def _count(self, line: str) -> None:
        time, name = line.split()
        at = datetime.fromisoformat(time).astimezone(UTC)
        if self.latest is not None and at.date() != self.latest.date():
            self._used.clear()
        self.latest = at
        self._used[name] += 1
