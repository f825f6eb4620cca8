"""Reads one PDF object at an offset, strictly, keeping where values stand (ISO 32000-1, 7.3)."""

import re
from binascii import unhexlify
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, NewType

__all__ = [
    "Dictionary",
    "Entry",
    "Keyword",
    "MalformedObject",
    "Name",
    "Reference",
    "Token",
    "header_end",
    "object_header",
    "plain_name",
    "read_object",
    "repeats_a_key",
]

Name = NewType("Name", bytes)
"""A name without its slash, with every #-escape undone."""


class MalformedObject(Exception):
    """The bytes here are not one PDF object; never leaves this package."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An indirect reference `number generation R`."""

    number: int
    generation: int


@dataclass(frozen=True, slots=True)
class Keyword:
    """One of the words true, false and null."""

    word: bytes


class Entry(NamedTuple):
    """One entry of a dictionary; `start` and `end` bound the value's own bytes."""

    key: bytes
    value: object
    start: int
    end: int
    is_plain: bool
    """False when the key is written with #-escapes."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All entries in their order, duplicates and nulls included."""

    entries: tuple[Entry, ...]
    start: int
    end: int

    def find(self, key: bytes) -> Entry | None:
        """Return the first entry under `key`."""
        for entry in self.entries:
            if entry.key == key:
                return entry
        return None

    def get(self, key: bytes) -> object:
        """Return the value under `key`, None when there is none."""
        entry = self.find(key)
        return None if entry is None else entry.value

    @property
    def keys(self) -> tuple[bytes, ...]:
        """All keys, as often as they stand there."""
        return tuple(entry.key for entry in self.entries)

    @property
    def has_duplicates(self) -> bool:
        """Whether a key stands there twice."""
        return len({entry.key for entry in self.entries}) != len(self.entries)


@dataclass(frozen=True, slots=True)
class Token:
    """A string value: decoded bytes and whether it was written in hex."""

    value: bytes
    is_hex: bool


_WHITE = b"\x00\t\n\f\r "
_BLANK = rb"[\x00\t\n\f\r ]*+"
_SPACE = _BLANK + rb"(?:%[^\r\n]*+" + _BLANK + rb")*+"
_DELIMITER = rb"[\x00\t\n\f\r ()<>\[\]{}/%]"
_REGULAR = rb"[^\x00\t\n\f\r ()<>\[\]{}/%]*"
_ENDED = rb"(?=" + _DELIMITER + rb"|$)"
_NAMED = rb"/(?P<name>" + _REGULAR + rb")"
_REFERENCE = (
    rb"(?P<ref>(?P<number>\d{1,10})[\x00\t\n\f\r ]+(?P<generation>\d{1,5})[\x00\t\n\f\r ]+R"
    + _ENDED
    + rb")"
)
_INTEGER = rb"(?P<int>[+-]?\d{1,20})" + _ENDED
_TEXT = rb"\((?P<text>[^()\\\r]*+)\)"  # a string without brackets and escapes in it
# Tried in this order at every position; the name of the group says what was found.
_TOKEN = re.compile(
    _SPACE + rb"(?:(?P<open><<)|(?P<close>>>)|(?P<begin>\[)|(?P<end>\])"
    rb"|"
    + _NAMED
    + rb"|"
    + _REFERENCE
    + rb"|(?P<real>[+-]?(?:\d{1,20}\.\d{0,20}|\.\d{1,20}))"
    + _ENDED
    + rb"|"
    + _INTEGER
    + rb"|"
    + _TEXT
    + rb"|(?P<hex><)|(?P<string>\()|(?P<word>[A-Za-z]+))"
)
# A key, with its value when that is of the commonest kinds: half the time of two tokens.
_KEY = re.compile(
    _SPACE
    + rb"/(?P<key>"
    + _REGULAR
    + rb")"
    + _SPACE
    + rb"(?:"
    + _NAMED
    + rb"|"
    + _REFERENCE
    + rb"|"
    + _INTEGER
    + rb"|"
    + _TEXT
    + rb")?"
)
_HEADER = re.compile(
    rb"(\d{1,10})[\x00\t\n\f\r ]+(\d{1,5})[\x00\t\n\f\r ]+obj(?=" + _DELIMITER + rb"|$)"
)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STRING_PART = re.compile(rb"[^()\\]*+(?:([()])|\\(?s:.))")
_STRING_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|(?s:.))|\r\n?")
_KEYWORDS = frozenset({b"true", b"false", b"null"})
_STRING_VALUES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_HASH, _BACKSLASH, _RETURN = b"#\\\r"
_OCTET = 0xFF
_OCTAL = b"01234567"


def object_header(data: bytes, offset: int) -> tuple[int, int, int] | None:
    """Return number, generation and the position after `obj`, if a header stands right there."""
    found = _HEADER.match(data, offset)
    return None if found is None else (int(found[1]), int(found[2]), found.end())


def header_end(data: bytes, offset: int) -> int:
    """Return the position after the header at `offset`; raise `MalformedObject` without one."""
    header = object_header(data, offset)
    if header is None:
        raise MalformedObject(f"no object begins at byte {offset}")
    return header[2]


def read_object(data: bytes, offset: int, *, depth: int) -> tuple[object, int]:
    """Return the object at `offset` and the position after it.

    `depth` bounds nesting. Raises `MalformedObject` for anything that is not exactly one object.
    """
    reader = _Reader(data)
    return reader.value(offset, depth)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def value(self, position: int, depth: int) -> tuple[object, int]:
        found = _TOKEN.match(self.data, position)
        if found is None:
            raise MalformedObject(f"no object at byte {position}")
        return self._value_of(found, depth)

    def _value_of(self, found: re.Match[bytes], depth: int) -> tuple[object, int]:
        simple = _SIMPLE.get(found.lastgroup)
        return self._composite(found, depth) if simple is None else (simple(found), found.end())

    def _composite(self, found: re.Match[bytes], depth: int) -> tuple[object, int]:
        if depth <= 0:
            raise MalformedObject(f"nested too deeply at byte {found.start()}")
        kind = found.lastgroup
        if kind == "open":
            return self._dictionary(found.end() - 2, found.end(), depth - 1)
        if kind == "begin":
            return self._array(found.end(), depth - 1)
        if kind == "hex":
            return self._hex(found.end())
        if kind == "string":
            return self._string(found.end())
        raise MalformedObject(f"a bracket closes nothing at byte {found.start()}")

    def _array(self, position: int, depth: int) -> tuple[object, int]:
        items: list[object] = []
        while True:
            found = _TOKEN.match(self.data, position)
            if found is None:
                raise MalformedObject(f"an array is not closed at byte {position}")
            if found.lastgroup == "end":
                return items, found.end()
            simple = _SIMPLE.get(found.lastgroup)
            if simple is None:
                item, position = self._composite(found, depth)
            else:
                item, position = simple(found), found.end()
            items.append(item)

    def _dictionary(self, start: int, position: int, depth: int) -> tuple[object, int]:
        entries: list[Entry] = []
        while key := _KEY.match(self.data, position):
            kind, written = key.lastgroup, key["key"]
            simple = _SIMPLE.get(kind)
            if simple is None or kind is None:
                value, begin, position = self._other_value(key.end(), depth)
            else:
                value, begin, position = simple(key), key.start(kind), key.end()
                begin -= kind in _MARKED
            is_plain = _HASH not in written
            name = written if is_plain else plain_name(written)
            entries.append(Entry(name, value, begin, position, is_plain))
        found = _TOKEN.match(self.data, position)
        if found is None or found.lastgroup != "close":
            raise MalformedObject(f"neither a key nor the dictionary's end at byte {position}")
        return Dictionary(tuple(entries), start, found.end()), found.end()

    def _other_value(self, position: int, depth: int) -> tuple[object, int, int]:
        """Return the value of a key, where it begins and where it ends."""
        found = _TOKEN.match(self.data, position)
        if found is None or found.lastgroup is None:
            raise MalformedObject(f"a dictionary key has no value at byte {position}")
        value, end = self._value_of(found, depth)
        return value, found.start(found.lastgroup), end

    def _hex(self, position: int) -> tuple[object, int]:
        end = self.data.find(b">", position)
        if end < 0:
            raise MalformedObject(f"a hex string is not closed at byte {position}")
        try:
            return Token(_unhexed(self.data[position:end]), is_hex=True), end + 1
        except ValueError:
            raise MalformedObject(f"not a hex string at byte {position}") from None

    def _string(self, position: int) -> tuple[object, int]:
        start, open_brackets = position, 1
        while open_brackets:
            found = _STRING_PART.match(self.data, position)
            if found is None:
                raise MalformedObject(f"a string is not closed at byte {start}")
            open_brackets += {b"(": 1, b")": -1}.get(found[1], 0)
            position = found.end()
        return Token(_plain_string(self.data[start : position - 1]), is_hex=False), position


def _unhexed(digits: bytes) -> bytes:
    try:
        return unhexlify(digits)
    except ValueError:
        plain = digits.translate(None, _WHITE)
        # A missing last digit counts as 0 (ISO 32000-1, 7.3.4.3).
        return unhexlify(plain + b"0" * (len(plain) % 2))


def repeats_a_key(value: object) -> bool:
    """Say whether a dictionary, or one inside it, has a key twice."""
    if isinstance(value, Dictionary):
        return value.has_duplicates or any(repeats_a_key(one.value) for one in value.entries)
    return isinstance(value, list) and any(map(repeats_a_key, value))


def _keyword(found: re.Match[bytes]) -> Keyword:
    if found["word"] not in _KEYWORDS:
        raise MalformedObject(f"a word that is no object at byte {found.start()}")
    return Keyword(found["word"])


def plain_name(written: bytes) -> bytes:
    """Undo the #-escapes of a name."""
    if _HASH not in written:
        return written
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), written)


def _plain_string(written: bytes) -> bytes:
    if _BACKSLASH not in written and _RETURN not in written:
        return written
    return _STRING_ESCAPE.sub(_unescaped, written)


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if escape is None:
        return b"\n"
    if escape[:1] in _STRING_VALUES:
        return _STRING_VALUES[escape[:1]]
    if escape[0] in _OCTAL:
        return bytes([int(escape, 8) & _OCTET])
    return b"" if escape in {b"\n", b"\r", b"\r\n"} else bytes(escape)


_SIMPLE: dict[str | None, Callable[[re.Match[bytes]], object]] = {
    "name": lambda found: plain_name(found["name"]),
    "text": lambda found: Token(found["text"], is_hex=False),
    "ref": lambda found: Reference(int(found["number"]), int(found["generation"])),
    "int": lambda found: int(found["int"]),
    "real": lambda found: float(found["real"]),
    "word": _keyword,
}
"""How values are read that are one token."""
_MARKED = frozenset({"name", "text"})
"""Those whose first byte, a slash or a bracket, is no part of what is kept."""
