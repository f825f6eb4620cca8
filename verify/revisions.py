"""The chain of cross-reference sections: what stands where, and in which revision it was put.

A strict reader of ISO 32000-1, 7.5: whatever needs guessing is `BrokenStructure`. A linearized
pair of sections counts as two links of the chain, yet ends together, so it is one revision.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from verify.errors import PdfTooLarge
from verify.expansion import Budget, decoded_stream
from verify.limits import Limits
from verify.tokens import (
    Dictionary,
    MalformedObject,
    Name,
    Reference,
    object_header,
    read_object,
)

__all__ = ["BrokenStructure", "Place", "Section", "Structure", "read_structure"]

_SPACES = b"\x00\t\n\f\r "
_AFTER_OBJ = b"\n\r <[(/"
_STARTXREF = re.compile(
    rb"startxref[\x00\t\n\f\r ]+(\d{1,12})[\x00\t\n\f\r ]+%%EOF[\x00\t\n\f\r ]*"
)
_SUBSECTION = re.compile(rb"[\x00\t\n\f\r ]*(\d{1,10}) (\d{1,10})[ ]*(?:\r\n|\r|\n)")
_ENTRY_BYTES = 20  # ISO 32000-1, 7.5.4
_ENTRIES = re.compile(rb"(\d{10}) (\d{5}) ([nf])(?: \r| \n|\r\n)")
_TRAILER = re.compile(rb"[\x00\t\n\f\r ]*trailer(?=[\x00\t\n\f\r <])")
_TAIL_BYTES = 1024  # where readers look for startxref
FREE, IN_FILE, IN_STREAM = 0, 1, 2
_KINDS = {b"f": FREE, b"n": IN_FILE}
_WIDTHS = 3
_WIDTH_MAX_BYTES = 8
_NUMBER_MAX = 8_388_607  # ISO 32000-1, table C.1; readers rebuild a file with larger ones


class BrokenStructure(Exception):
    """The file cannot be read without guessing; never leaves this package."""


class Place(NamedTuple):
    """Where an object stands: in the file at `at`, or as entry `second` of object stream `at`."""

    kind: int
    at: int
    second: int
    """The generation of an object in the file, the index of one in a stream."""


@dataclass(frozen=True, slots=True)
class Section:
    """One cross-reference section with its trailer; `offset` is where it begins.

    In a hybrid file `table` is what readers see that know no cross-reference streams.
    """

    offset: int
    places: dict[int, Place]
    trailer: Dictionary
    table: dict[int, Place] | None = None

    @property
    def is_hybrid(self) -> bool:
        """Whether the section has a table and a stream."""
        return self.table is not None


@dataclass(frozen=True, slots=True)
class Structure:
    """What the first `end` bytes of a file say stands where; sections newest first."""

    end: int
    sections: tuple[Section, ...]
    places: dict[int, Place]

    @property
    def trailer(self) -> Dictionary:
        """The newest trailer."""
        return self.sections[0].trailer

    @property
    def offsets(self) -> tuple[int, ...]:
        """The offsets of the sections, newest first: the identity of this state of the file."""
        return tuple(section.offset for section in self.sections)

    def place_of(self, number: int) -> Place | None:
        """Return where the object stands, None when it is free or unknown."""
        place = self.places.get(number)
        return None if place is None or place.kind == FREE else place

    def grew_from(self, earlier: "Structure") -> bool:
        """Whether everything added since `earlier` was appended behind its end."""
        added = self.sections[: -len(earlier.sections)]
        return self.offsets[len(added) :] == earlier.offsets and all(
            section.offset >= earlier.end
            and all(p.at >= earlier.end for p in section.places.values() if p.kind == IN_FILE)
            for section in added
        )


def read_structure(data: bytes, end: int, limits: Limits, budget: Budget) -> Structure:
    """Follow the chain from the `startxref` that closes the first `end` bytes.

    Raises `BrokenStructure`, or `PdfTooLarge` when a limit is passed.
    """
    sections = tuple(_sections(data, end, limits, budget))
    places: dict[int, Place] = {}
    for section in reversed(sections):
        _require_same_generations(places, section.places)
        places.update(section.places)
    if any(section.is_hybrid for section in sections):
        _require_one_meaning(sections, places)
    return Structure(end, sections, places)


def _require_one_meaning(sections: tuple[Section, ...], places: dict[int, Place]) -> None:
    """Refuse a hybrid file in which old readers find another object than new ones.

    What is only in the stream must be free for them (ISO 32000-1, 7.5.8.4).
    """
    seen: dict[int, Place] = {}
    for section in reversed(sections):
        seen.update(section.places if section.table is None else section.table)
    if any(place.kind != FREE and places[number] != place for number, place in seen.items()):
        raise BrokenStructure("old and new readers find different objects in a hybrid file")


def _require_same_generations(older: dict[int, Place], newer: dict[int, Place]) -> None:
    """Refuse a number used for two objects: readers differ on which one a reference means."""
    for number in older.keys() & newer.keys():
        if generation_of(older[number]) != generation_of(newer[number]):
            raise BrokenStructure(f"object {number} is used in two generations")


def generation_of(place: Place) -> int:
    """Return an object's generation; those in streams have none but 0."""
    return place.second if place.kind == IN_FILE else 0


def _sections(data: bytes, end: int, limits: Limits, budget: Budget) -> Iterator[Section]:
    offset: int | None = _last_offset(data, end)
    seen: set[int] = set()
    entries = 0
    while offset is not None:
        if offset in seen:
            raise BrokenStructure("the chain of cross-reference sections is a loop")
        seen.add(offset)
        if len(seen) > limits.revisions:
            raise PdfTooLarge(f"more than {limits.revisions} cross-reference sections")
        section = _section(data, offset, end, limits, budget)
        entries += len(section.places)
        if entries > limits.objects:
            raise PdfTooLarge(f"more than {limits.objects} objects")
        yield section
        offset = _integer(section.trailer, b"Prev")


def _last_offset(data: bytes, end: int) -> int:
    start = data.rfind(b"startxref", max(0, end - _TAIL_BYTES), end)
    found = _STARTXREF.fullmatch(data, start, end) if start >= 0 else None
    if found is None:
        raise BrokenStructure("the bytes do not end with startxref, an offset and %%EOF")
    return int(found[1])


def _section(data: bytes, offset: int, end: int, limits: Limits, budget: Budget) -> Section:
    if offset >= end:
        raise BrokenStructure("a cross-reference section lies outside the file")
    if data.startswith(b"xref", offset):
        section = _table(data, offset, end, limits, budget)
    else:
        section = _stream(data, offset, end, limits, budget)
    size = _integer(section.trailer, b"Size") or 0
    if max(section.places, default=0) > _NUMBER_MAX or size > _NUMBER_MAX + 1:
        raise BrokenStructure("a section counts more objects than a file may have")
    _require_headers(data, section.places, end)
    return section


def _require_headers(data: bytes, places: dict[int, Place], end: int) -> None:
    for number, (kind, at, generation) in places.items():
        if kind != IN_FILE:
            continue
        # The usual spelling first: the general reader is ten times slower.
        usual = b"%d %d obj" % (number, generation)
        after = at + len(usual)
        if after < end and data.startswith(usual, at) and data[after] in _AFTER_OBJ:
            continue
        header = object_header(data, at) if at < end else None
        if header is None or header[:2] != (number, generation):
            raise BrokenStructure(f"object {number} does not stand where the table says")


def _table(data: bytes, offset: int, end: int, limits: Limits, budget: Budget) -> Section:
    places: dict[int, Place] = {}
    position = offset + len(b"xref")
    while found := _SUBSECTION.match(data, position, end):
        first, count = int(found[1]), int(found[2])
        if count > limits.objects:
            raise PdfTooLarge(f"more than {limits.objects} objects")
        position = found.end() + _ENTRY_BYTES * count
        _add_rows(places, first, _ENTRIES.findall(data, found.end(), min(position, end)), count)
    opening = _TRAILER.match(data, position, end)
    if opening is None:
        raise BrokenStructure("a cross-reference table has no trailer")
    trailer = _dictionary_at(data, opening.end(), limits)
    hidden = _integer(trailer, b"XRefStm")
    if hidden is None:
        return Section(offset, places, trailer)
    if hidden >= end:
        raise BrokenStructure("a cross-reference section lies outside the file")
    extra = _stream(data, hidden, end, limits, budget).places
    return Section(offset, _hybrid(places, extra), trailer, places)


def _hybrid(table: dict[int, Place], extra: dict[int, Place]) -> dict[int, Place]:
    """Join as ISO 32000-1, 7.5.8.4 says: the stream holds what the table calls free."""
    used = {number: place for number, place in table.items() if place.kind != FREE}
    if any(extra[number] != place for number, place in used.items() if number in extra):
        raise BrokenStructure("the table and the stream of a hybrid file disagree")
    return {**table, **extra}


def _add_rows(
    places: dict[int, Place], first: int, rows: list[tuple[bytes, bytes, bytes]], count: int
) -> None:
    if len(rows) != count:
        raise BrokenStructure("a cross-reference table is not made of 20-byte entries")
    numbers = range(first, first + count)
    if not places.keys().isdisjoint(numbers):
        raise BrokenStructure("an object stands twice in one table")
    for number, (offset, generation, use) in zip(numbers, rows, strict=True):
        places[number] = Place(_KINDS[use], int(offset), int(generation))


def _stream(data: bytes, offset: int, end: int, limits: Limits, budget: Budget) -> Section:
    header = object_header(data, offset)
    if header is None:
        raise BrokenStructure("startxref points at neither a table nor a stream")
    trailer = _dictionary_at(data, header[2], limits)
    if trailer.get(b"Type") != Name(b"XRef"):
        raise BrokenStructure("startxref points at a stream of another type")
    length = _integer(trailer, b"Length")
    if length is None:
        raise BrokenStructure("a cross-reference stream has no length of its own")
    rows = decoded_stream(data, trailer, length, end, budget)
    return Section(offset, _stream_places(trailer, rows, limits), trailer)


def _stream_places(trailer: Dictionary, rows: bytes, limits: Limits) -> dict[int, Place]:
    widths = _integers(trailer.get(b"W"))
    if len(widths) != _WIDTHS or max(widths) > _WIDTH_MAX_BYTES or not widths[1]:
        raise BrokenStructure("a cross-reference stream has unusable field widths")
    size = sum(widths)
    index = _integers(trailer.get(b"Index")) or [0, len(rows) // size]
    numbers = list(_numbers(index, len(rows) // size, limits))
    if len(numbers) * size != len(rows) or len(set(numbers)) != len(numbers):
        raise BrokenStructure("a cross-reference stream does not fit its index")
    return {
        number: _row(rows[position * size : (position + 1) * size], widths)
        for position, number in enumerate(numbers)
    }


def _numbers(index: list[int], rows: int, limits: Limits) -> Iterator[int]:
    if len(index) % 2 or sum(index[1::2]) != rows:
        raise BrokenStructure("a cross-reference stream does not fit its index")
    if rows > limits.objects:
        raise PdfTooLarge(f"more than {limits.objects} objects")
    for first, count in zip(index[::2], index[1::2], strict=True):
        yield from range(first, first + count)


def _row(row: bytes, widths: list[int]) -> Place:
    kind = int.from_bytes(row[: widths[0]], "big") if widths[0] else IN_FILE
    if kind > IN_STREAM:
        raise BrokenStructure("a cross-reference stream has an entry of unknown type")
    middle = widths[0] + widths[1]
    return Place(
        kind, int.from_bytes(row[widths[0] : middle], "big"), int.from_bytes(row[middle:], "big")
    )


def _dictionary_at(data: bytes, offset: int, limits: Limits) -> Dictionary:
    try:
        value, _ = read_object(data, offset, depth=limits.nesting_depth)
    except MalformedObject as error:
        raise BrokenStructure(str(error)) from error
    if not isinstance(value, Dictionary) or value.has_duplicates:
        raise BrokenStructure("a trailer is no dictionary, or has a key twice")
    return value


def _integer(trailer: Dictionary, key: bytes) -> int | None:
    value = trailer.get(key)
    if value is not None and (not isinstance(value, int) or value < 0):
        raise BrokenStructure(f"/{key.decode('latin-1')} in a trailer is no offset")
    return value


def _integers(value: object) -> list[int]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, int) and v >= 0 for v in value):
        raise BrokenStructure("a cross-reference stream has an unusable array")
    return value


def root_of(structure: Structure) -> Reference:
    """Return the reference to the catalog; raise `BrokenStructure` when there is none."""
    root = structure.trailer.get(b"Root")
    if not isinstance(root, Reference):
        raise BrokenStructure("the trailer names no catalog")
    return root
