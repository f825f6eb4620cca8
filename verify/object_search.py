"""Looks at every object of a file once: for a key that stands twice, and for names that act."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from verify.object_rules import SUSPECT_NAMES, oddities
from verify.object_streams import ObjectStream, read_indirect
from verify.revisions import FREE, IN_FILE, IN_STREAM, Place, Structure, generation_of
from verify.tokens import Dictionary, MalformedObject, Reference, plain_name, repeats_a_key

__all__ = ["ObjectSearch"]

_ACTIVE = frozenset(
    {b"JS", b"JavaScript", b"Launch", b"SubmitForm", b"ImportData", b"Rendition"}
    | {b"SetOCGState", b"RichMediaExecute", b"GoTo3DView", b"Alternates"}
    | {b"AlternatePresentations", b"PresSteps"}
)
"""Names that what acts, or what takes turns in being shown, cannot do without."""

_FIELDS = frozenset({b"Tx", b"Ch", b"Btn"})
"""Kinds of form fields that hold a value; no field does without its kind."""
_IN_STREAMS = SUSPECT_NAMES | {b"F"}

_BATCH_BYTES = 64 * 1024  # looked at in one go
_BETWEEN = b"}"  # stands between objects, as it never does inside one
_ESCAPE = ord("#")
_DELIMITERS = rb"\x00\t\n\f\r ()<>\[\]{}/%"
_A_NAME = rb"/([^" + _DELIMITERS + rb"]++)"
_SPACE = rb"[\x00\t\n\f\r ]*+"
# With `_BETWEEN` inside it, it would have begun in another object.
_STRING = rb"\([^()\\}]*+(?:\\[^}][^()\\}]*+)*+\)"
PIECE = re.compile(
    rb"[^()<>\[\]{}/%]*+(?:"
    # A string or an array of numbers, of which nothing is kept.
    rb"{string}|<[0-9A-Fa-f]++>|\[[^()<>\[\]{}/%]*+\]|"
    # A name and the one right behind it, or the name of a web link: every licence of ours has one.
    rb"{name}(?:(?<=/S){space}/URI{space}/URI{space}\(https?:[^()\\}]*+\)|{space}{name})?|"
    # A bracket, or what has no business outside strings.
    rb"(<<|>>|[()<>\[\]{}/%])|"
    # The end: numbers before it would be gone over once for each of them.
    rb"\Z)".replace(b"{string}", _STRING)
    .replace(b"{name}", _A_NAME)
    .replace(b"{space}", _SPACE)
)
_OPENING = (b"<<", b"[")
_STREAM = re.compile(rb"(?:[\x00\t\n\f\r ]|%[^\r\n]*)*+stream")

_Row = tuple[int, bytes]
"""An object's number, and how it is written."""
_Piece = tuple[bytes, bytes, bytes]
"""A name and the name right behind it, without their slashes; or else a bracket."""


@dataclass(slots=True)
class _Findings:
    repeats_a_key: bool = False
    has_active_names: bool = False
    has_form_fields: bool = False
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
    def has_form_fields(self) -> bool:
        """Whether there may be form fields that hold a value."""
        return self._findings.has_form_fields

    @property
    def oddities(self) -> frozenset[str]:
        """What breaks one of the rules on what an object may say, in words."""
        return frozenset(self._findings.oddities)

    @cached_property
    def _findings(self) -> _Findings:
        found = _Findings()
        places = {} if self.structure is None else self.structure.places
        for number in places.keys() & self.known.keys():
            self._note(self.known[number], places[number], found)
        wanted = {
            number: place
            for number, place in places.items()
            if place.kind != FREE and number not in self.known
        }
        streams, others = self._in_file(wanted)
        others += self._in_streams(wanted)
        for rows, suspects in ((streams, _IN_STREAMS), (others, SUSPECT_NAMES)):
            for batch in _batches(rows):
                self._look_at(batch, suspects, found)
        return found

    def _in_file(self, places: dict[int, Place]) -> tuple[list[_Row], list[_Row]]:
        """Return what begins with an object, and ends with it unless it is in disguise.

        What may be a stream comes first, all others after.
        """
        rows = sorted([(at, number) for number, (kind, at, _) in places.items() if kind == IN_FILE])
        bounds = [at for at, _ in rows[1:]]
        bounds.append(len(self.data))
        streams: list[_Row] = []
        others: list[_Row] = []
        data, find = self.data, self.data.find
        for (at, number), bound in zip(rows, bounds, strict=False):
            # A stream's own bytes are not gone through to find its end.
            inner = find(b"stream", at, bound)
            end = find(b"endobj", at, bound if inner < 0 else inner)
            if end >= 0:
                others.append((number, data[at:end]))
            else:
                streams.append((number, data[at : max(at, inner)]))
        return streams, others

    def _in_streams(self, places: dict[int, Place]) -> Iterator[_Row]:
        """Yield the same of compressed objects; nothing for one that is not where it should be."""
        for number, (kind, holder, index) in places.items():
            if kind == IN_STREAM:
                stream = self.streams[holder]
                bounds = (*stream.offsets, len(stream.content))[index : index + 2]
                is_there = stream.numbers[index : index + 1] == (number,)
                yield number, stream.content[slice(*bounds)] if is_there else b""

    def _look_at(self, rows: list[_Row], suspects: frozenset[bytes], found: _Findings) -> None:
        """Look at all objects at once, or at each if one is odd, and read those that are."""
        texts = [written for _, written in rows]
        if all(texts) and _is_settled(_BETWEEN.join(texts), suspects, self.depth, found):
            return
        for number, written in rows:
            if not written or not _is_settled(written, suspects, self.depth, found):
                self._read(number, found)

    def _read(self, number: int, found: _Findings) -> None:
        assert self.structure is not None  # noqa: S101 - it has the place this came from
        place = self.structure.places[number]
        try:
            self._note(self._value(Reference(number, generation_of(place))), place, found)
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
        names = set(_names_in(value))
        found.has_active_names |= not _ACTIVE.isdisjoint(names)
        found.has_form_fields |= not _FIELDS.isdisjoint(names)
        if not _IN_STREAMS.isdisjoint(names):
            is_stream = place.kind == IN_FILE and self._is_stream(value)
            found.oddities.update(oddities(value, self._value, is_stream=is_stream))

    def _is_stream(self, value: object) -> bool:
        return isinstance(value, Dictionary) and bool(_STREAM.match(self.data, value.end))


def _batches(rows: list[_Row]) -> Iterator[list[_Row]]:
    """Yield rows together up to a size; names with escapes cost more, so they come apart."""
    plain = [row for row in rows if _ESCAPE not in row[1]]
    escaped = [] if len(plain) == len(rows) else [row for row in rows if _ESCAPE in row[1]]
    for alike in (plain, escaped):
        batch: list[_Row] = []
        size = 0
        for row in alike:
            batch.append(row)
            size += len(row[1])
            if size > _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        yield batch


def _is_settled(written: bytes, suspects: frozenset[bytes], depth: int, found: _Findings) -> bool:
    """Note what the names in whole objects tell; say whether they tell all.

    Not so where a name, a string, a comment or a bracket is not as nearly everybody writes it:
    to read such an object takes ten times as long as to look at it.
    """
    tokens: list[_Piece] = PIECE.findall(written)
    if _ESCAPE in written:
        tokens = [(plain_name(key), plain_name(value), end) for key, value, end in tokens]
    names = {key for key, _, _ in tokens}
    names.update([value for _, value, _ in tokens])
    if not suspects.isdisjoint(names):
        return False
    try:
        found.repeats_a_key |= _repeats_a_key(tokens, depth)
    except MalformedObject:
        return False
    found.has_active_names |= not _ACTIVE.isdisjoint(names)
    found.has_form_fields |= not _FIELDS.isdisjoint(names)
    return True


def _repeats_a_key(tokens: list[_Piece], depth: int) -> bool:
    """Say whether a dictionary has a key twice; raise `MalformedObject` for odd brackets."""
    repeats = False
    outer: list[set[bytes] | None] = []
    keys: set[bytes] | None = None  # of the dictionary this is in, if it is in one
    for key, _, bracket in tokens:
        if key:
            if keys is not None:
                repeats = repeats or key in keys
                keys.add(key)
        elif bracket in _OPENING and len(outer) < depth:
            outer.append(keys)
            keys = set() if bracket == b"<<" else None
        elif outer and bracket == (b"]" if keys is None else b">>"):
            keys = outer.pop()
        elif bracket and (outer or bracket != _BETWEEN):
            raise MalformedObject("a bracket closes nothing, or a string is not closed")
    if outer:
        raise MalformedObject("a bracket is not closed")
    return repeats


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
