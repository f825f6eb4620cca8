"""Decompresses cross-reference and object streams inside one budget for the whole file."""

import re
import zlib
from dataclasses import dataclass

from verify.errors import NotAPdf, PdfTooLarge
from verify.tokens import Dictionary, Name

__all__ = ["Budget", "decoded_stream", "stream_bounds"]

_STREAM = re.compile(rb"(?:[\x00\t\n\f\r ]|%[^\r\n]*)*+stream(?:\r\n|\n)")
_PNG_FIRST = 10  # predictors 10 to 15 are the PNG filters (ISO 32000-1, table 8)
_NO_PREDICTOR = 1
_PNG_NONE, _PNG_SUB, _PNG_UP, _PNG_AVERAGE, _PNG_PAETH = range(5)
_COLUMNS_MAX_BYTES = 64
_OCTET = 0xFF
_ROWS_MAX = 1_000_000  # each costs a step; no file has so many objects


@dataclass(slots=True)
class Budget:
    """How many bytes may still come out of compressed streams."""

    remaining: int
    complaint: str = "the cross-reference and object streams expand too far"

    def spend(self, count: int) -> None:
        """Take `count` bytes off; raise `PdfTooLarge` when they are not there."""
        self.remaining -= count
        if self.remaining < 0:
            raise PdfTooLarge(self.complaint)


def stream_bounds(data: bytes, dictionary_end: int, length: int, end: int) -> tuple[int, int]:
    """Return where the stream's bytes begin and end; raise `NotAPdf` if there is no such stream."""
    opening = _STREAM.match(data, dictionary_end, end)
    if opening is None or opening.end() + length > end:
        raise NotAPdf("a stream does not stand where it should")
    return opening.end(), opening.end() + length


def decoded_stream(
    data: bytes, dictionary: Dictionary, length: int, end: int, budget: Budget
) -> bytes:
    """Return a stream's content: plain or one FlateDecode, with a predictor or without.

    Raises `NotAPdf` for other filters and for damage, `PdfTooLarge` over the budget.
    """
    start, stop = stream_bounds(data, dictionary.end, length, end)
    if dictionary.get(b"F") is not None:
        raise NotAPdf("a cross-reference or object stream lies in another file")
    filters = _as_list(dictionary.get(b"Filter"))
    if not filters:
        budget.spend(length)
        return data[start:stop]
    if filters != [Name(b"FlateDecode")]:
        raise NotAPdf("a cross-reference or object stream uses another filter than FlateDecode")
    parameters = _as_list(dictionary.get(b"DecodeParms"))
    # A view, so that looking at very many streams of a large file copies nothing.
    return _unpredicted(_inflated(memoryview(data)[start:stop], budget), parameters)


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _inflated(packed: memoryview, budget: Budget) -> bytes:
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(packed, budget.remaining + 1)
    except zlib.error as error:
        raise NotAPdf("a compressed stream is damaged") from error
    budget.spend(len(content))
    if not inflater.eof:
        raise NotAPdf("a compressed stream is cut off")
    return content


def _unpredicted(content: bytes, parameters: list[object]) -> bytes:
    given = parameters[0] if parameters else None
    if not isinstance(given, Dictionary):
        return content
    predictor = given.get(b"Predictor") or _NO_PREDICTOR
    if predictor == _NO_PREDICTOR:
        return content
    columns = given.get(b"Columns") or 1
    is_plain = all(
        given.get(key) in {None, usual} for key, usual in ((b"Colors", 1), (b"BitsPerComponent", 8))
    )
    if (
        not isinstance(predictor, int)
        or predictor < _PNG_FIRST
        or not isinstance(columns, int)
        or not 0 < columns <= _COLUMNS_MAX_BYTES
        or not is_plain
    ):
        raise NotAPdf("a cross-reference stream uses an unusual predictor")
    return _png_rows(content, columns)


def _png_rows(content: bytes, columns: int) -> bytes:
    """Undo the PNG filters row by row (ISO/IEC 15948, 9)."""
    rows = bytearray()
    above = bytes(columns)
    if len(content) > _ROWS_MAX * (columns + 1):
        raise PdfTooLarge("a cross-reference stream has too many rows")
    if len(content) % (columns + 1):
        raise NotAPdf("a cross-reference stream ends inside a row")
    for start in range(0, len(content), columns + 1):
        above = _png_row(content[start], content[start + 1 : start + 1 + columns], above)
        rows += above
    return bytes(rows)


def _png_row(kind: int, row: bytes, above: bytes) -> bytes:
    if kind == _PNG_NONE:
        return row
    if kind == _PNG_UP:
        return bytes((value + up) & _OCTET for value, up in zip(row, above, strict=True))
    if kind > _PNG_PAETH:
        raise NotAPdf("a cross-reference stream has an unknown row filter")
    done = bytearray()
    for position, value in enumerate(row):
        left = done[position - 1] if position else 0
        corner = above[position - 1] if position else 0
        done.append((value + _prediction(kind, left, above[position], corner)) & _OCTET)
    return bytes(done)


def _prediction(kind: int, left: int, up: int, corner: int) -> int:
    if kind == _PNG_SUB:
        return left
    if kind == _PNG_AVERAGE:
        return (left + up) // 2
    estimate = left + up - corner
    return min((left, up, corner), key=lambda near: abs(estimate - near))
