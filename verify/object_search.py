"""Looks at every object of a file once: for a key that stands twice, and for names that act."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from verify.object_rules import SUSPECT_NAMES, oddities
from verify.object_streams import ObjectStream, read_indirect
from verify.revisions import FREE, IN_FILE, Place, Structure, generation_of
from verify.tokens import Dictionary, MalformedObject, Reference, repeats_a_key

__all__ = ["ObjectSearch"]

_ACTIVE = frozenset(
    {b"/JS", b"/JavaScript", b"/Launch", b"/SubmitForm", b"/ImportData", b"/Rendition"}
    | {b"/SetOCGState", b"/RichMediaExecute", b"/GoTo3DView", b"/Alternates"}
    | {b"/AlternatePresentations", b"/PresSteps"}
)
"""Names that what acts, or what takes turns in being shown, cannot do without."""

_IN_STREAMS = SUSPECT_NAMES | {b"/F"}

_NAME = re.compile(_A_NAME := rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]*")
_IN_BRACKETS = re.compile(_BRACKETED := rb"\([^()\\]*\)")
_STREAM = re.compile(rb"(?:[\x00\t\n\f\r ]|%[^\r\n]*)*+stream")
_PLAIN_STRING = re.compile(_BRACKETED + rb"|<[0-9A-Fa-f]+>")
# As the first key it cannot be another key's value, so what follows is a value.
_VALUE_OF_TYPE = re.compile(rb"(<<[ \r\n]*/Type)[ \r\n]*" + _A_NAME)
# Every licence of ours has one; a comment before it leaves its % to be seen.
_WEB_LINK = re.compile(rb"/S[ \r\n]*/URI[ \r\n]*/URI[ \r\n]*\(https?:[^()\\]*\)")
_LINK_KEYS = b"/S 0/URI 0"
_INNERMOST = re.compile(rb"<<([^<>]*)>>")


@dataclass(slots=True)
class _Findings:
    repeats_a_key: bool = False
    has_active_names: bool = False
    oddities: set[str] = field(default_factory=set)


@dataclass
class ObjectSearch:
    """Nobody has to know where to look: outlines, fields on no page, article threads.

    Streams' own bytes are not searched: a page's content is no place for an action. A file whose
    structure is damaged is not searched at all, and cannot pass.
    """

    data: bytes = field(repr=False)
    structure: Structure | None = field(repr=False)
    streams: dict[int, ObjectStream] = field(repr=False)
    depth: int
    """How deep objects may be nested."""
    known: dict[int, object] = field(init=False, repr=False, default_factory=dict)
    """Objects of the file that were read for another reason, by their number."""

    @property
    def repeats_a_key(self) -> bool:
        """Whether readers may differ on what a dictionary says; true of unreadable objects too."""
        return self._findings.repeats_a_key

    @property
    def has_active_names(self) -> bool:
        """Whether something in the file acts, or looks different at times."""
        return self._findings.has_active_names

    @property
    def oddities(self) -> frozenset[str]:
        """What breaks one of the rules on what an object may say, in words."""
        return frozenset(self._findings.oddities)

    @cached_property
    def _findings(self) -> _Findings:
        found = _Findings()
        places = {} if self.structure is None else self.structure.places
        for number, place in places.items():
            if number in self.known:
                self._note(self.known[number], place, found)
            elif place.kind != FREE and not _is_settled(*self._text(place), self.depth, found):
                self._read(Reference(number, generation_of(place)), place, found)
        return found

    def _text(self, place: Place) -> tuple[bytes, bool]:
        """Return what begins with the object, and ends with it unless it is in disguise.

        Nothing is returned for a place that lies outside its stream. Said as well is whether it
        may be a stream.
        """
        if place.kind == IN_FILE:
            end = self.data.find(b"endobj", place.at)
            inner = self.data.find(b"stream", place.at, end)
            return self.data[place.at : end if inner < 0 else inner], inner >= 0
        stream = self.streams[place.at]
        bounds = (*stream.offsets, len(stream.content))[place.second : place.second + 2]
        return (stream.content[slice(*bounds)] if len(bounds) > 1 else b""), False

    def _read(self, reference: Reference, place: Place, found: _Findings) -> None:
        try:
            self._note(self._value(reference), place, found)
        except MalformedObject:
            found.repeats_a_key = True

    def _value(self, reference: Reference) -> object:
        assert self.structure is not None  # noqa: S101 - it has the place this came from
        return read_indirect(self.data, self.structure, self.streams, reference, depth=self.depth)[
            0
        ]

    def _note(self, value: object, place: Place, found: _Findings) -> None:
        """Note what an object that was read says."""
        found.repeats_a_key |= repeats_a_key(value)
        names = {b"/" + one for one in _names_in(value)}
        found.has_active_names |= not _ACTIVE.isdisjoint(names)
        if not _IN_STREAMS.isdisjoint(names):
            is_stream = place.kind == IN_FILE and self._is_stream(value)
            found.oddities.update(oddities(value, self._value, is_stream=is_stream))

    def _is_stream(self, value: object) -> bool:
        return isinstance(value, Dictionary) and bool(_STREAM.match(self.data, value.end))


def _is_settled(written: bytes, may_be_stream: bool, depth: int, found: _Findings) -> bool:
    """Note what the names alone tell; say whether they tell that no key stands twice.

    They tell nothing unless this is the whole object, with every name as it is spelt. So it is
    with nearly every object, and ten times faster to see than to read it.
    """
    written, links = _WEB_LINK.subn(_LINK_KEYS, written) if b"/URI" in written else (written, 0)
    text = _IN_BRACKETS.sub(b"", written) if b"(" in written else written
    opened = text.count(b"<") + text.count(b"[")
    if not text or opened >= depth or opened != text.count(b">") + text.count(b"]"):
        return False
    if b"(" in text or b"%" in text or b"#" in text:
        return False
    names = _NAME.findall(text)
    different = set(names)
    if links and names.count(b"/URI") == links:
        different.discard(b"/URI")
    if not (_IN_STREAMS if may_be_stream else SUSPECT_NAMES).isdisjoint(different):
        return False
    if not _ACTIVE.isdisjoint(different):
        found.has_active_names = True
    return len(different) == len(names) or _are_different_in_each(written)


def _are_different_in_each(written: bytes) -> bool:
    """Say whether no dictionary, seen without those inside it, names anything twice."""
    text = _VALUE_OF_TYPE.sub(rb"\1", _PLAIN_STRING.sub(b"", written))
    while inside := _INNERMOST.findall(text):
        if not all(map(_are_different, inside)):
            return False
        text = _INNERMOST.sub(b"", text)
    return _are_different(text)


def _are_different(text: bytes) -> bool:
    names = _NAME.findall(text)
    return len(set(names)) == len(names)


def _names_in(value: object) -> Iterator[bytes]:
    if isinstance(value, Dictionary):
        for entry in value.entries:
            yield entry.key
            yield from _names_in(entry.value)
    elif isinstance(value, list):
        for one in value:
            yield from _names_in(one)
    elif isinstance(value, bytes):
        yield value
