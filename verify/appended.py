"""Says whether every byte after a signed revision is accounted for, and hides nothing.

Readers that find a file damaged look for objects themselves, listed or not (pdfium and poppler do).
So later revisions must be whole, and hold no object, trailer or table but those that count.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from verify.errors import NotAPdf
from verify.expansion import stream_bounds
from verify.object_streams import integer_of
from verify.revisions import FREE, IN_FILE, IN_STREAM, Place, Section, Structure
from verify.scanning import name_pattern
from verify.tokens import Dictionary, MalformedObject, header_end, read_object
from verify.upload import ReadablePdf

__all__ = ["NotUpkeep", "review_appended"]

_GAP = rb"(?:[\x00\t\n\f\r ]|%[^\r\n]*[\r\n])"
_BETWEEN = re.compile(_GAP + rb"*+")
_STREAM = re.compile(_GAP + rb"*+stream")
_END_OF_STREAM = re.compile(rb"[\x00\t\n\f\r ]*endstream(?=[\x00\t\n\f\r ])")
_END_OF_OBJECT = re.compile(_GAP + rb"*+endobj(?=[\x00\t\n\f\r ])")
_END = re.compile(rb"[\x00\t\n\f\r ]*startxref[\x00\t\n\f\r ]+(\d{1,12})[\x00\t\n\f\r ]+%%EOF")
_MARK = re.compile(
    rb"(?<!\d)(?P<object>\d+)" + _GAP + rb"+\d+" + _GAP + rb"*obj"
    rb"|(?P<trailer>trailer)" + _GAP + rb"*<<|(?P<table>startxref)"
)
_REFERENCE = re.compile(rb"(?<!\d)(\d+)" + _GAP + rb"+\d+" + _GAP + rb"+R(?![A-Za-z0-9])")
_DIGITS_MAX = 20
_OBJECT_STREAM = name_pattern("ObjStm")


class NotUpkeep(Exception):
    """A later revision did something else; stays in this package."""


def review_appended(readable: ReadablePdf, then: Structure) -> None:
    """Raise `NotUpkeep` unless what follows `then` is whole revisions, each byte of known use."""
    now = readable.structure
    if now is None or not now.grew_from(then):
        raise NotUpkeep("a later revision points back into the signed bytes")
    added = now.sections[: -len(then.sections)]
    if any(newer.offset <= older.offset for newer, older in pairwise(added)):
        raise NotUpkeep("the later revisions do not stand in their order")
    try:
        marks = _walked(readable, now, then.end, added)
    except (MalformedObject, NotAPdf) as error:
        raise NotUpkeep(f"a later revision cannot be read to its end: {error}") from error
    if any(one.start() not in marks for one in _MARK.finditer(readable.data, then.end)):
        raise NotUpkeep("a later revision holds an object or a trailer that no table lists")
    _require_all_counted(then)
    _require_no_shadows(readable, then)
    _require_same_streams(then, now)
    _require_none_awaited(readable, then, now)


def _walked(
    readable: ReadablePdf, now: Structure, position: int, added: tuple[Section, ...]
) -> set[int]:
    """Return where objects, trailers and ends of the added sections stand, oldest first."""
    marks: set[int] = set()
    for section in reversed(added):
        starts = {place.at for place in section.places.values() if place.kind == IN_FILE}
        is_table = readable.data.startswith(b"xref", section.offset)
        starts |= set() if is_table else {section.offset}
        for start in sorted(starts):
            _require_next(readable, position, start)
            position = _object_end(readable, now, start)
        marks |= starts
        if is_table:
            _require_next(readable, position, section.offset)
            position = section.trailer.end
            marks.add(readable.data.rfind(b"trailer", 0, section.trailer.start))
        end = _END.match(readable.data, position)
        if end is None or int(end[1]) != section.offset:
            raise NotUpkeep("a later revision does not end where its table does")
        marks.add(readable.data.find(b"startxref", position))
        position = end.end()
    if _BETWEEN.fullmatch(readable.data, position) is None:
        raise NotUpkeep("bytes follow the last revision")
    return marks


def _require_next(readable: ReadablePdf, position: int, start: int) -> None:
    between = _BETWEEN.match(readable.data, position, max(start, position))
    if between is None or between.end() != start:
        raise NotUpkeep("a later revision holds bytes that no table lists")


def _object_end(readable: ReadablePdf, now: Structure, start: int) -> int:
    data = readable.data
    value, end = read_object(data, header_end(data, start), depth=readable.limits.nesting_depth)
    if isinstance(value, Dictionary) and _STREAM.match(data, end):
        length = integer_of(data, now, value.get(b"Length"))
        _, end = stream_bounds(data, end, -1 if length is None else length, len(data))
        closing = _END_OF_STREAM.match(data, end)
        end = -1 if closing is None or length is None else closing.end()
    found = None if end < 0 else _END_OF_OBJECT.match(data, end)
    if found is None:
        raise NotUpkeep("an object of a later revision does not end where it should")
    return found.end()


def _require_all_counted(then: Structure) -> None:
    """Refuse signed objects beyond /Size: they count as missing until a later /Size is larger."""
    size = then.trailer.get(b"Size")
    used = (number for number, place in then.places.items() if place.kind != FREE)
    if not isinstance(size, int) or max(used, default=0) >= size:
        raise NotUpkeep("the signed revision has objects beyond its size")


def _require_no_shadows(readable: ReadablePdf, then: Structure) -> None:
    """Refuse signed bytes in which readers that rebuild come to other objects than the tables.

    Some update may make them rebuild, and what stands last under a number then counts.
    """
    data, places = readable.data, then.places
    last = {_number(found["object"]): found.start() for found in _objects(data, then.end)}
    astray = {one: at for one, at in last.items() if not _counts(places, one, at)}
    unused = {one for one in astray if then.place_of(one) is None}
    is_awaited = bool(unused) and any(one in unused for one, _ in _references(data[: then.end]))
    if (
        is_awaited
        or unused != astray.keys()
        or any(_holds_objects(data, astray[n]) for n in unused)
    ):
        raise NotUpkeep("the signed revision holds objects that only rebuilding readers see")


def _objects(data: bytes, end: int) -> Iterator[re.Match[bytes]]:
    return (found for found in _MARK.finditer(data, 0, end) if found["object"])


def _counts(places: dict[int, Place], number: int, at: int) -> bool:
    """Say whether the object at `at` is the one that counts, or older than the stream with it."""
    place = places.get(number)
    if place is None or place.kind == FREE:
        return False
    return place.at == at if place.kind == IN_FILE else places[place.at].at > at


def _holds_objects(data: bytes, at: int) -> bool:
    """Say whether an object that no table lists is a stream of objects."""
    return _OBJECT_STREAM.search(data, at, data.find(b"stream", at) + 1) is not None


def _require_same_streams(then: Structure, now: Structure) -> None:
    """Refuse another object stream under the number of one that holds signed objects."""
    holders = {place.at for place in then.places.values() if place.kind == IN_STREAM}
    if any(then.places.get(one) != now.places.get(one) for one in holders):
        raise NotUpkeep("a later revision replaces an object stream")


def _require_none_awaited(readable: ReadablePdf, then: Structure, now: Structure) -> None:
    """Refuse new objects that the signed bytes already refer to: they change what was signed."""
    new = {number for number in now.places if then.place_of(number) is None}
    new = {number for number in new if now.places[number].kind != FREE}
    holders = {place.at for place in then.places.values() if place.kind == IN_STREAM}
    first = _first_references(readable)
    awaited = any(first.get(number, then.end + 1) <= then.end for number in new)
    if awaited or any(number in new for one in holders for number in _referred_to(readable, one)):
        raise NotUpkeep("a later revision adds what the signed one refers to")


def _first_references(readable: ReadablePdf) -> dict[int, int]:
    """Return where each object of the file is first referred to; a large file is read once."""
    if not readable.references and readable.structure is not None:
        for number, at in _references(readable.data):
            if number in readable.structure.places:
                readable.references.setdefault(number, at)
    return readable.references


def _referred_to(readable: ReadablePdf, holder: int) -> Iterator[int]:
    return (number for number, _ in _references(readable.streams[holder].content))


def _references(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield the number of each reference and where it ends."""
    for found in _REFERENCE.finditer(text):
        number = _number(found[1])
        if number >= 0:
            yield number, found.end()


def _number(written: bytes) -> int:
    """Return an object's number, -1 for one that no file has."""
    digits = written.lstrip(b"0")
    return int(digits or b"0") if len(digits) < _DIGITS_MAX else -1
