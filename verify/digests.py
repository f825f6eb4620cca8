"""Digests over the parts of a file, without copying it."""

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives import hashes

__all__ = ["DIGESTS", "WholeFile", "digest_of_parts"]

DIGESTS: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sm3": hashes.SM3,
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def digest_of_parts(name: str, parts: Iterable[bytes | memoryview]) -> bytes:
    """Return the digest `name` of `DIGESTS` over the parts in turn."""
    running = hashes.Hash(DIGESTS[name]())
    for part in parts:
        running.update(part)
    return running.finalize()


class WholeFile:
    """SM3 of a file and of the file without a gap, the bytes before the gap digested once."""

    def __init__(self, data: bytes) -> None:
        """Remember; nothing is digested before it is asked for."""
        self._data = data
        self._whole: bytes | None = None

    @property
    def digest(self) -> bytes:
        """SM3 of all bytes."""
        if self._whole is None:
            self._whole = digest_of_parts("sm3", [self._data])
        return self._whole

    def digest_without(self, gap: tuple[int, int], end: int) -> bytes:
        """Return SM3 of the first `end` bytes but those of the gap."""
        view = memoryview(self._data)
        running = hashes.Hash(hashes.SM3())
        running.update(view[: gap[0]])
        if self._whole is None:
            whole = running.copy()
            whole.update(view[gap[0] :])
            self._whole = whole.finalize()
        running.update(view[gap[1] : end])
        return running.finalize()
