"""Reads what a page prints from its text operators, in the form in which our licences are written.

Whatever is written in another form is not read, or read as nonsense: who misses something asks
`extracted_text`, which takes a hundred times as long.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, repeat

import pikepdf

from verify.page_tree import Page, get
from verify.streams import bounded_content

__all__ = ["UNREAD", "printed_texts"]

UNREAD = "\ufffd"
"""Stands for a glyph whose font does not say which character it is."""
_PARTS_MAX = 64  # streams of one page's content
_FONTS_MAX = 16
_CONTENT_MAX_BYTES = 1024 * 1024
_CHARACTERS_MAX_BYTES = 256 * 1024
_PLAIN = rb"[^()\\]*+(?:\\.[^()\\]*+)*+"
_LITERAL = rb"\(" + _PLAIN + rb"(?:\(" + _PLAIN + rb"\)" + _PLAIN + rb")*+\)"
# Nothing here is gone over twice: what one match gives up belongs to no other.
SHOWN = re.compile(
    rb"/(\w{1,40}+) [\d.]++ Tf[^\[(<]{0,200}+(?:\[[-\d. ]*+)?"
    rb"((?:[-\d. ]*+(?:" + _LITERAL + rb"|<[0-9A-Fa-f]*+>))++)[-\d. ]*+\]?\s*+T[Jj]",
    re.DOTALL,
)
_HEXADECIMAL = re.compile(rb"<((?:[0-9A-Fa-f]{4})+)>")
_BETWEEN_STRINGS = re.compile(rb"\)(?:(?<!\\\))|(?<=\\\\\)))[-\d. ]*\(")
_BRACKET = re.compile(rb"(\\\\)|\\([()])")  # all other escapes are Python's as well
_END = b"(\\377\\377)"  # no character, so no glyph's code either
_PAIRS = re.compile(rb"beginbfchar\s([^g-z]*)endbfchar")
_PAIR = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<((?:[0-9A-Fa-f]{4})+)>")
_PAIR_BYTES = 4  # of a code and a character, as nearly all are

Characters = dict[str, str]


def printed_texts(page: Page) -> Iterator[str]:
    """Yield the text of each part of a page's content, last part first: ornaments come before.

    The same part may come again, with more fonts read: those with two-byte codes and a table of
    characters (ISO 32000-1, 9.10.3).
    """
    contents = get(page.dictionary, "/Contents")
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    fonts = get(get(page.dictionary, "/Resources"), "/Font")
    known: dict[bytes, Characters] = {}
    for part in reversed(parts[:_PARTS_MAX]):
        content = bounded_content(part, _CONTENT_MAX_BYTES)
        if content is not None and b" Tf" in content:
            yield from _texts(content, fonts, known)


def _texts(
    content: bytes, fonts: pikepdf.Object | None, known: dict[bytes, Characters]
) -> Iterator[str]:
    """Yield the text as read with the fonts used most, then with all that follow as well."""
    pieces = SHOWN.findall(content)
    names = [name for name, _ in pieces]
    shown = list(zip(names, _codes([literal for _, literal in pieces]), strict=False))
    for one, _ in Counter(names).most_common(_FONTS_MAX):
        if one not in known:
            known[one] = _characters(get(get(fonts, "/" + one.decode("latin-1")), "/ToUnicode"))
        read = (map(known[font].get, run, repeat(UNREAD)) for font, run in shown if font in known)
        yield "".join(chain.from_iterable(read))


def _codes(strings: list[bytes]) -> list[str]:
    """Undo kerning and escapes of all strings at once; two bytes become one character."""
    literal = _END.join(strings)
    if b">" in literal:
        literal = _HEXADECIMAL.sub(_as_literal, literal)
    literal = _BETWEEN_STRINGS.sub(b"", literal)
    if b"\\(" in literal or b"\\)" in literal:
        literal = _BRACKET.sub(rb"\1\2", literal)
    try:
        codes = literal[1:-1].decode("unicode_escape").encode("latin-1")
        return codes.decode("utf-16-be").split("\uffff")
    except UnicodeError:
        return []


def _as_literal(found: re.Match[bytes]) -> bytes:
    digits = bytes.fromhex(found[1].decode())
    return b"(%s)" % digits.decode("latin-1").encode("unicode_escape")


def _characters(table: pikepdf.Object | None) -> Characters:
    content = bounded_content(table, _CHARACTERS_MAX_BYTES) or b""
    return dict(chain.from_iterable(map(_paired, _PAIRS.findall(content))))


def _paired(pairs: bytes) -> Iterator[tuple[str, str]]:
    try:
        packed = bytes.fromhex(pairs.translate(None, b"<>").decode())
        if len(packed) == _PAIR_BYTES * (pairs.count(b"<") // 2):
            plain = packed.decode("utf-16-be")
            return zip(plain[::2], plain[1::2], strict=True)
        return iter([(_character(a), _character(b)) for a, b in _PAIR.findall(pairs)])
    except ValueError:
        return iter(())


def _character(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be")
