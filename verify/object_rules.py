"""What one object says that takes content from elsewhere, acts, or leads somewhere unsafe."""

import re
from collections.abc import Callable, Iterator

from verify.tokens import Dictionary, Keyword, Name, Reference, Token

__all__ = ["ELSEWHERE", "SUSPECT_NAMES", "oddities"]

Resolve = Callable[[Reference], object]

ELSEWHERE = "content in another file"
_OF_STREAMS = {
    b"F": ELSEWHERE,
    b"FFilter": ELSEWHERE,
    b"FDecodeParms": ELSEWHERE,
    b"Ref": ELSEWHERE,
    b"OPI": ELSEWHERE,
    b"PS": (_PROGRAM := "a program for printers"),
}
"""Keys of a stream's own dictionary (ISO 32000-1, tables 5, 95, 97; 14.11.7)."""
_KINDS = (b"Subtype", b"Subtype2")
_ACTIONS = frozenset(
    {b"GoToR", b"GoToE", b"Thread", b"Sound", b"Movie", b"Hide", b"ResetForm", b"Trans"}
)
"""Values of /S that leave the file, hide or play; the worse ones are known by name alone."""
_AREAS = frozenset({b"ViewArea", b"ViewClip", b"PrintArea", b"PrintClip"})
_TRANSFERS = frozenset({b"TR", b"TR2"})
_ADDRESSES = frozenset({b"URI", b"Base"})

SUSPECT_NAMES = frozenset({*_OF_STREAMS, *_ACTIONS, *_AREAS, *_TRANSFERS, *_ADDRESSES} - {b"F"})
"""An object without any of these, and without F where it is a stream, follows every rule."""

_BLANK = bytes(range(0x21)) + b"\x7f"  # a browser leaves it out; so UTF-16 becomes ASCII
_MARKS = (b"\xfe\xff", b"\xef\xbb\xbf")
_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*):")
_SAFE_SCHEMES = frozenset({b"http", b"https", b"mailto", b"tel", b"ftp"})


def oddities(value: object, resolve: Resolve, *, is_stream: bool) -> Iterator[str]:
    """Name what an object breaks the rules with; `resolve` reads what it refers to."""
    if isinstance(value, bytes) and value in _ACTIONS | {b"PS"}:
        yield "names of actions or of contents that take turns"
    if is_stream and isinstance(value, Dictionary):
        yield from (_OF_STREAMS[one] for one in value.keys if one in _OF_STREAMS)
        if any(value.get(one) == Name(b"PS") for one in _KINDS):
            yield _PROGRAM
    for one in _dictionaries(value):
        yield from _of_dictionary(one, resolve)


def _dictionaries(value: object) -> Iterator[Dictionary]:
    if isinstance(value, Dictionary):
        yield value
    inside = [one.value for one in value.entries] if isinstance(value, Dictionary) else value
    for one in inside if isinstance(inside, list) else ():
        yield from _dictionaries(one)


def _of_dictionary(one: Dictionary, resolve: Resolve) -> Iterator[str]:
    kind = one.get(b"S")
    if isinstance(kind, bytes) and kind in _ACTIONS:
        yield "an action that is no plain link"
    for entry in one.entries:
        if entry.key in _ADDRESSES and _is_unsafe(entry.value, resolve):
            yield "a link that is no web address"
        if entry.key in _AREAS and entry.value != Name(b"CropBox"):
            yield "pages that are cut otherwise on paper"
        if entry.key in _TRANSFERS and kind is None and not _is_plain_transfer(entry.value):
            yield "colours that some readers exchange"


def _is_unsafe(value: object, resolve: Resolve) -> bool:
    """Say whether it is an address that a click should not follow: scripts, programs, files."""
    address = resolve(value) if isinstance(value, Reference) else value
    if not isinstance(address, Token):
        return False
    text = address.value
    for mark in _MARKS:
        text = text.removeprefix(mark)
    scheme = _SCHEME.match(text.translate(None, _BLANK))
    return scheme is not None and scheme[1].lower() not in _SAFE_SCHEMES


def _is_plain_transfer(value: object) -> bool:
    """Say whether it is no function (ISO 32000-1, 10.5): a name, as of a table row, is none."""
    return isinstance(value, bytes | Keyword)
