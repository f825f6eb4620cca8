"""Outlines of a compact font (CFF, Adobe Technical Note 5176): read, and others put in their place.

Nothing else of the font is touched: new outlines are appended, and the one number that says where
the outlines are is changed. The old ones stay behind unused.
"""

import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from licenses.errors import RenderingFailed

__all__ = ["outlines_of", "with_outlines"]

_CHAR_STRINGS = 17
_ESCAPE = 12
_REAL, _SHORT, _LONG = 30, 28, 29
# Bytes of an operand after its first byte; those between 32 and 246 stand for themselves.
_OPERAND_BYTES = {_SHORT: 2, _LONG: 4} | dict.fromkeys(range(247, 255), 1)
_FIRST_OPERAND = 28
_LAST_NIBBLE = 15
# Bytes of an offset as we write it.
_WIDE = 4


def outlines_of(cff: bytes) -> list[bytes]:
    """Each glyph's outline (a Type 2 charstring), by glyph number."""
    at = _place_of_offset(cff)
    return _index(cff, int.from_bytes(cff[at : at + _WIDE], "big"))[0]


def with_outlines(cff: bytes, outlines: Sequence[bytes]) -> bytes:
    """The same font with other outlines, as many as it has glyphs."""
    at = _place_of_offset(cff)
    ends = list(accumulate(map(len, outlines), initial=1))
    head = len(outlines).to_bytes(2, "big") + bytes([_WIDE])
    offsets = struct.pack(f">{len(ends)}I", *ends)
    moved = len(cff).to_bytes(_WIDE, "big")
    return b"".join((cff[:at], moved, cff[at + _WIDE :], head, offsets, *outlines))


def _place_of_offset(cff: bytes) -> int:
    """Where the top dictionary keeps the outlines' offset, in the form that has four bytes."""
    names_end = _index(cff, cff[2])[1]
    (top,), top_end = _index(cff, names_end)
    operand = -1
    for at, token in _tokens(top):
        if token == _CHAR_STRINGS and operand >= 0 and top[operand] == _LONG:
            return top_end - len(top) + operand + 1
        operand = at if token >= _FIRST_OPERAND else -1
    raise RenderingFailed("a font's top dictionary does not say where its outlines are")


def _tokens(dictionary: bytes) -> Iterator[tuple[int, int]]:
    """Where each operand and operator begins, and its first byte."""
    at = 0
    while at < len(dictionary):
        token = dictionary[at]
        yield at, token
        if token == _REAL:
            while dictionary[at] & _LAST_NIBBLE != _LAST_NIBBLE:
                at += 1
        at += 1 + (1 if token == _ESCAPE else _OPERAND_BYTES.get(token, 0))


def _index(cff: bytes, at: int) -> tuple[list[bytes], int]:
    """The parts of an INDEX, and where it ends."""
    count, width = int.from_bytes(cff[at : at + 2], "big"), cff[at + 2]
    if count == 0:
        return [], at + 2
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
