"""Takes the content of a stream that qpdf found, without ever decompressing too much."""

import pikepdf

from verify.inflation import inflated
from verify.page_tree import get

__all__ = ["bounded_content"]


def bounded_content(stream: object, limit: int) -> bytes | None:
    """Return the content if it is plain or one plain FlateDecode of at most `limit` bytes.

    Raises what qpdf raises for a stream that is not there.
    """
    if not isinstance(stream, pikepdf.Stream):
        return None
    raw = stream.read_raw_bytes()
    filters = get(stream, "/Filter")
    names = list(filters) if isinstance(filters, pikepdf.Array) else [filters]
    if len(raw) > limit or get(stream, "/F") is not None:
        return None
    if names in ([], [None]):
        return raw
    if names != [pikepdf.Name.FlateDecode] or get(stream, "/DecodeParms") is not None:
        return None
    return inflated(raw, limit)
