"""Files that are their owner's alone: looked at before they are read, and written whole or not."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

from keystore.errors import KeyNotFound, KeyUnavailable, ReadableByOthers

__all__ = ["read_private", "replace_private", "write_new"]

OTHERS = 0o077


def read_private(path: Path, *, most_bytes: int) -> bytearray:
    """Return the first `most_bytes` in a buffer that is the caller's to overwrite.

    Raises `ReadableByOthers` where its group or the world has any right to the file, `KeyNotFound`
    and `KeyUnavailable`.
    """
    buffer, size = bytearray(most_bytes), 0
    try:
        with path.open("rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_mode & OTHERS:
                raise ReadableByOthers(f"others may read or change {path}: chmod 600 it")
            while count := file.readinto(memoryview(buffer)[size:]):
                size += count
    except FileNotFoundError as error:
        raise KeyNotFound(f"there is no file {path}") from error
    except OSError as error:
        raise KeyUnavailable(f"the file cannot be read: {path}") from error
    del buffer[size:]
    return buffer


def write_new(path: Path, data: bytes) -> bool:
    """Write all of it, or nothing; say whether the name was free. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _written(path, data, _linked)


def replace_private(path: Path, data: bytes) -> None:
    """Put the data in the place of what is there: a crash leaves the one or the other."""
    _written(path, data, _moved)


def _linked(draft: str, path: Path) -> bool:
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    return True


def _moved(draft: str, path: Path) -> bool:
    os.link(draft, f"{draft}.whole")
    os.replace(f"{draft}.whole", path)
    return True


def _written(path: Path, data: bytes, put: Callable[[str, Path], bool]) -> bool:
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-") as file:  # of mode 600
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        if not put(file.name, path):
            return False
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True
