"""Opens object streams, so that what is compressed is scanned and read like the rest."""

from dataclasses import dataclass, field

from verify.errors import PdfTooLarge
from verify.expansion import Budget, decoded_stream
from verify.limits import Limits
from verify.revisions import (
    IN_FILE,
    IN_STREAM,
    BrokenStructure,
    Place,
    Structure,
    generation_of,
)
from verify.tokens import Dictionary, MalformedObject, Name, Reference, header_end, read_object

__all__ = ["ObjectStream", "integer_of", "object_streams", "read_indirect"]

_DIGITS_MAX = 10
_INDEX_MAX_BYTES = 64  # of one entry: two numbers and the space around them


@dataclass(frozen=True, slots=True)
class ObjectStream:
    """One decoded object stream; `numbers[i]` stands at `offsets[i]` of `content`."""

    content: bytes = field(repr=False)
    numbers: tuple[int, ...]
    offsets: tuple[int, ...]


def object_streams(
    data: bytes, structure: Structure, limits: Limits, budget: Budget
) -> dict[int, ObjectStream]:
    """Decode every object stream that any section points into, keyed by object number.

    Raises `BrokenStructure`; `NotAPdf` for damage and `PdfTooLarge` over the budget.
    """
    wanted = {
        place.at
        for section in structure.sections
        for place in section.places.values()
        if place.kind == IN_STREAM
    }
    return {number: _opened(data, structure, number, limits, budget) for number in sorted(wanted)}


def _opened(
    data: bytes, structure: Structure, number: int, limits: Limits, budget: Budget
) -> ObjectStream:
    place = structure.place_of(number)
    if place is None or place.kind != IN_FILE:
        raise BrokenStructure("an object stream does not stand in the file")
    dictionary = _dictionary(data, place, limits)
    if dictionary.get(b"Type") != Name(b"ObjStm") or dictionary.has_duplicates:
        raise BrokenStructure("an object stream is of another type")
    length = integer_of(data, structure, dictionary.get(b"Length"))
    first, count = dictionary.get(b"First"), dictionary.get(b"N")
    if length is None or not isinstance(first, int) or not isinstance(count, int):
        raise BrokenStructure("an object stream lacks one of its numbers")
    if count > limits.objects:
        raise PdfTooLarge(f"more than {limits.objects} objects")
    content = decoded_stream(data, dictionary, length, structure.end, budget)
    return _indexed(content, first, count)


def _indexed(content: bytes, first: int, count: int) -> ObjectStream:
    if first > _INDEX_MAX_BYTES * (count + 1):
        raise BrokenStructure("an object stream has an index larger than its count")
    words = content[:first].split(None, 2 * count)
    if len(words) != 2 * count or not all(w.isdigit() and len(w) <= _DIGITS_MAX for w in words):
        raise BrokenStructure("an object stream has an unusable index")
    numbers = tuple(map(int, words))
    return ObjectStream(content, numbers[::2], tuple(first + at for at in numbers[1::2]))


def _dictionary(data: bytes, place: Place, limits: Limits) -> Dictionary:
    try:
        value, _ = read_object(data, header_end(data, place.at), depth=limits.nesting_depth)
    except MalformedObject as error:
        raise BrokenStructure(str(error)) from error
    if not isinstance(value, Dictionary):
        raise BrokenStructure("an object stream is no stream")
    return value


def integer_of(data: bytes, structure: Structure, value: object) -> int | None:
    """Return an integer given directly or by one reference to an object in the file."""
    if isinstance(value, Reference):
        place = structure.place_of(value.number)
        if place is None or place.kind != IN_FILE:
            return None
        try:
            value, _ = read_object(data, header_end(data, place.at), depth=1)
        except MalformedObject:
            return None
    return value if isinstance(value, int) and value >= 0 else None


def read_indirect(
    data: bytes,
    structure: Structure,
    streams: dict[int, ObjectStream],
    reference: Reference,
    *,
    depth: int,
) -> tuple[object, int | None]:
    """Return the object and, when it stands in the file itself, where its header is.

    Raises `MalformedObject`; a reference to nothing is null, given as None.
    """
    number, place = reference.number, structure.place_of(reference.number)
    if place is None or reference.generation != generation_of(place):
        return None, None
    if place.kind == IN_FILE:
        return read_object(data, header_end(data, place.at), depth=depth)[0], place.at
    stream = streams[place.at]
    if place.second >= len(stream.numbers) or stream.numbers[place.second] != number:
        raise MalformedObject(f"object {number} is not where the table says")
    return read_object(stream.content, stream.offsets[place.second], depth=depth)[0], None
