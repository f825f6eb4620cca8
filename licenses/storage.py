"""Where sealed PDFs lie: under the SM3 of their bytes, so that a name says what must be inside."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from keystore import sm3
from licenses.errors import RegisterUnavailable, StoredFileDamaged

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_MODE = 0o640


class FileStore(Protocol):
    """A place for sealed files; digests are SM3 in small hex."""

    def put(self, content: bytes, digest: str) -> None:
        """Keep the bytes for good, under their digest, before returning; again is no error.

        Raises `RegisterUnavailable`.
        """

    def get(self, digest: str) -> bytes:
        """Return the bytes; raises `StoredFileDamaged` where they are missing or changed.

        Raises `RegisterUnavailable` where the place cannot be asked.
        """


class FolderStore:
    """A file store in one folder with 256 folders in it; processes may share it.

    A file is flushed, gets its name, and its folder is flushed: when `put` returns, a power cut
    takes nothing, and at no moment does a name stand for half a file. The two flushes are nearly
    all that `put` costs (0.5 ms for 100 kB on an ordinary virtual disk); they let
    go of the interpreter, so other threads work meanwhile. A `.part` file is what a killed
    process left; it may be deleted once it is a day old.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` is made where it is missing, with all 256 in it, so that `put` makes none."""
        self._root = str(folder)
        for number in range(256):
            (folder / f"{number:02x}").mkdir(mode=0o750, parents=True, exist_ok=True)
        _flush(self._root)

    def put(self, content: bytes, digest: str) -> None:
        """Keep the bytes on the disk; whoever made them has digested them.

        Written anew also where the file is there: that mends a damaged one, and does not trust
        another process to have flushed it.
        """
        path = self._path(digest)
        try:
            _write(path, content)
            _flush(os.path.dirname(path))
        except OSError as e:
            raise RegisterUnavailable("the file store cannot keep a file now") from e

    def get(self, digest: str) -> bytes:
        """Return the bytes of this digest."""
        try:
            content = Path(self._path(digest)).read_bytes()
        except FileNotFoundError as e:
            raise StoredFileDamaged(f"the stored file {digest} is missing") from e
        except OSError as e:
            raise RegisterUnavailable("the file store cannot be read now") from e
        if sm3(content).hex() != digest:
            raise StoredFileDamaged(f"the stored file {digest} was changed")
        return content

    def _path(self, digest: str) -> str:
        if not _DIGEST.fullmatch(digest):  # also what keeps "../../etc/passwd" out
            raise StoredFileDamaged("a stored file is named by 64 small hexadecimal digits")
        return f"{self._root}/{digest[:2]}/{digest[2:]}"


def _write(path: str, content: bytes) -> None:
    folder, name = os.path.split(path)
    draft = f"{folder}/.{name}.{secrets.token_hex(8)}.part"
    try:
        with open(os.open(draft, _NEW_FILE, _MODE), "wb", buffering=0) as file:
            file.write(content)
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise


def _flush(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
