"""Digests over the parts of a file, without copying it."""

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives import hashes

__all__ = ["DIGESTS", "digest_of_parts"]

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
