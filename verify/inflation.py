"""Inflates one stream up to a limit."""

import zlib

__all__ = ["inflated"]


def inflated(packed: bytes, limit: int) -> bytes | None:
    """Return the content if it is whole and has at most `limit` bytes."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(packed, limit + 1)
    except zlib.error:
        return None
    return content if inflater.eof and len(content) <= limit else None
