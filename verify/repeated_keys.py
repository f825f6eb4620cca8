"""Whether some dictionary of a file has a key twice, so that readers may differ on what it says."""

import re
from functools import cached_property

from verify.object_streams import ObjectStream, read_indirect
from verify.revisions import FREE, IN_FILE, Place, Structure, generation_of
from verify.tokens import MalformedObject, Reference, repeats_a_key

__all__ = ["RepeatedKeys"]

_NAME = re.compile(_A_NAME := rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]*")
_PLAIN_STRING = re.compile(rb"\([^()\\]*\)|<[0-9A-Fa-f]+>")
# As the first key it cannot be another key's value, so what follows is a value.
_VALUE_OF_TYPE = re.compile(rb"(<<[ \r\n]*/Type)[ \r\n]*" + _A_NAME)
_INNERMOST = re.compile(rb"<<([^<>]*)>>")
_DISGUISE = re.compile(rb"[(%#]")


class RepeatedKeys:
    """Every object of a file is looked at, once, when it is first asked for."""

    def __init__(
        self,
        data: bytes,
        structure: Structure | None,
        streams: dict[int, ObjectStream],
        depth: int,
    ) -> None:
        """Remember; nothing is read yet. `depth` is how deep objects may be nested."""
        self._data = data
        self._structure = structure
        self._streams = streams
        self._depth = depth

    @cached_property
    def are_there(self) -> bool:
        """Whether a key stands twice; an object that cannot be read counts."""
        places = {} if self._structure is None else self._structure.places
        return any(
            self._repeats(number, place) for number, place in places.items() if place.kind != FREE
        )

    def _repeats(self, number: int, place: Place) -> bool:
        if self._structure is None or _means_one_thing(self._text(place), self._depth):
            return False
        reference = Reference(number, generation_of(place))
        try:
            value, _ = read_indirect(
                self._data, self._structure, self._streams, reference, depth=self._depth
            )
        except MalformedObject:
            return True
        return repeats_a_key(value)

    def _text(self, place: Place) -> bytes:
        """Return what begins with the object, and ends with it unless it is in disguise.

        Nothing is returned for a place that lies outside its stream.
        """
        if place.kind == IN_FILE:
            end = self._data.find(b"endobj", place.at)
            inner = self._data.find(b"stream", place.at, end)
            return self._data[place.at : end if inner < 0 else inner]
        stream = self._streams[place.at]
        bounds = (*stream.offsets, len(stream.content))[place.second : place.second + 2]
        return stream.content[slice(*bounds)] if len(bounds) > 1 else b""


def _means_one_thing(text: bytes, depth: int) -> bool:
    """Say whether no name at all is repeated in what is certainly the whole object.

    This is ten times faster than reading it, and true of nearly every object.
    """
    text = _PLAIN_STRING.sub(b"", text)
    opened = text.count(b"<") + text.count(b"[")
    return (
        0 < len(text)
        and opened < depth
        and opened == text.count(b">") + text.count(b"]")
        and _DISGUISE.search(text) is None
        and _are_different_in_each(text)
    )


def _are_different_in_each(text: bytes) -> bool:
    """Say whether no dictionary, seen without those inside it, names anything twice."""
    if _are_different(text):
        return True
    text = _VALUE_OF_TYPE.sub(rb"\1", text)
    while inside := _INNERMOST.findall(text):
        if not all(map(_are_different, inside)):
            return False
        text = _INNERMOST.sub(b"", text)
    return _are_different(text)


def _are_different(text: bytes) -> bool:
    names = _NAME.findall(text)
    return len(set(names)) == len(names)
