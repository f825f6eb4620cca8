"""Digests over the parts of a file, without copying it and none of them twice."""

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives import hashes

from verify.errors import PdfTooLarge

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
    """Digests of a file and of the file without a gap, each computed once and within a budget."""

    def __init__(self, data: bytes, most_bytes: int) -> None:
        """Remember; nothing is digested before it is asked for."""
        self._data = data
        self._whole: bytes | None = None
        self._most = most_bytes
        self._left = most_bytes
        self._known: dict[tuple[object, ...], bytes] = {}

    @property
    def digest(self) -> bytes:
        """SM3 of all bytes."""
        if self._whole is None:
            self._whole = digest_of_parts("sm3", [self._data])
        return self._whole

    def digest_without(
        self, gap: tuple[int, int], end: int, name: str, prefix: bytes = b""
    ) -> bytes:
        """Return the digest over `prefix` and the first `end` bytes but those of the gap.

        Raises `PdfTooLarge` when all such digests together are over the budget.
        """
        key = gap, end, name, prefix
        if key not in self._known:
            self._left -= end
            if self._left < 0:
                raise PdfTooLarge(f"its signatures are over more than {self._most} bytes together")
            self._known[key] = self._digest_without(gap, end, name, prefix)
        return self._known[key]

    def _digest_without(self, gap: tuple[int, int], end: int, name: str, prefix: bytes) -> bytes:
        view = memoryview(self._data)
        running = hashes.Hash(DIGESTS[name]())
        running.update(prefix)
        running.update(view[: gap[0]])
        if self._whole is None and name == "sm3" and not prefix:
            whole = running.copy()
            whole.update(view[gap[0] :])
            self._whole = whole.finalize()
        running.update(view[gap[1] : end])
        return running.finalize()
