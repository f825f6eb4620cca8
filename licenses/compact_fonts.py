"""Outlines of a compact font (CFF, Adobe Technical Note 5176): read, and others put in their place.

Nothing else of the font is touched: new outlines are appended, and the one number that says where
the outlines are is changed. The old ones stay behind unused.
"""

import re
import struct
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise

from licenses.errors import RenderingFailed

__all__ = ["outlines_of", "with_outlines", "without_subroutines"]

_CHAR_STRINGS = 17
_LONG = 29
_FIRST_OPERAND = 28
# A real number ends with the first byte that has this in either half.
_STOP = 15
_END = re.escape(bytes(byte for byte in range(256) if _STOP in (byte & 15, byte >> 4)))
# Operands of two bytes after the first, of four, of one; reals; operators of two bytes; the rest.
_TOKEN = re.compile(
    rb"\x1c..|\x1d....|[\xf7-\xfe].|\x1e[^%b]*.|\x0c.|." % _END,
    re.DOTALL,
)
# Bytes of an offset as we write it.
_WIDE = 4


def outlines_of(cff: bytes) -> list[bytes]:
    """Each glyph's outline (a Type 2 charstring), by glyph number."""
    at = _place_of_offset(cff)
    return _index(cff, int.from_bytes(cff[at : at + _WIDE], "big"))[0]


def with_outlines(cff: bytes, replaced: Callable[[Sequence[bytes]], Sequence[bytes]]) -> bytes:
    """The same font with other outlines, as many as it has glyphs."""
    at = _place_of_offset(cff)
    end = at + _WIDE
    outlines = replaced(_index(cff, int.from_bytes(cff[at:end], "big"))[0])
    ends = list(accumulate(map(len, outlines), initial=1))
    head = len(outlines).to_bytes(2, "big") + bytes([_WIDE])
    offsets = struct.pack(f">{len(ends)}I", *ends)
    moved = len(cff).to_bytes(_WIDE, "big")
    return b"".join((cff[:at], moved, cff[end:], head, offsets, *outlines))


def without_subroutines(cff: bytes, local: Iterable[int]) -> bytes:
    """The same font with no subroutines, neither global ones nor those whose indexes are `local`.

    An INDEX whose count is 0 ends there; what it held stays behind unused.
    """
    emptied = bytearray(cff)
    _, names_end = _index(cff, cff[2])
    _, top_end = _index(cff, names_end)
    _, strings_end = _index(cff, top_end)
    for at in (strings_end, *local):
        emptied[at : at + 2] = bytes(2)
    return bytes(emptied)


def _place_of_offset(cff: bytes) -> int:
    """Where the top dictionary keeps the outlines' offset, in the form that has four bytes."""
    names_end = _index(cff, cff[2])[1]
    (top,), top_end = _index(cff, names_end)
    operand = -1
    for token in _TOKEN.finditer(top):
        first = top[token.start()]
        if first == _CHAR_STRINGS and operand >= 0 and top[operand] == _LONG:
            return top_end - len(top) + operand + 1
        operand = token.start() if first >= _FIRST_OPERAND else -1
    raise RenderingFailed("a font's top dictionary does not say where its outlines are")


def _index(cff: bytes, at: int) -> tuple[list[bytes], int]:
    """The parts of an INDEX, and where it ends."""
    count = int.from_bytes(cff[at : at + 2], "big")
    if count == 0:
        return [], at + 2
    width = cff[at + 2]
    first = at + 3
    begin = first + (count + 1) * width
    ends = _numbers(cff[first:begin], width)
    data = cff[begin - 1 : begin - 1 + ends[-1]]
    return [data[a:b] for a, b in pairwise(ends)], begin - 1 + ends[-1]


def _numbers(data: bytes, width: int) -> Sequence[int]:
    form = {1: "B", 2: "H", _WIDE: "I"}.get(width)
    if form is not None:
        return struct.unpack(f">{len(data) // width}{form}", data)
    places = range(0, len(data), width)
    return [int.from_bytes(data[at : at + width], "big") for at in places]
