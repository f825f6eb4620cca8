"""Adds to a PDF of typst's what typst cannot write: our record in its XMP packet, and a border.

typst's output is one revision with a classic cross-reference table, so objects can be replaced
and offsets moved in 0.1 ms, where parsing and writing the document again would take 1 ms.
Anything that is not of typst's own form is refused.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from licenses.errors import RenderingFailed

__all__ = ["Place", "TypstPdf"]

_TAIL = re.compile(rb"startxref\r?\n([0-9]+)\r?\n%%EOF\s*\Z")
_TABLE = re.compile(rb"xref\r?\n0 ([0-9]+)\r?\n")
_SIZE = re.compile(rb"/Size [0-9]+")
_ROOT = re.compile(rb"/Root ([0-9]+) 0 R")
_METADATA = re.compile(rb"/Metadata ([0-9]+) 0 R")
_PAGES = re.compile(rb"/Pages ([0-9]+) 0 R")
_KIDS = re.compile(rb"/Kids\[((?:[0-9]+ 0 R ?)+)\]")
_REFERENCE = re.compile(rb"([0-9]+) 0 R")
_CONTENTS = re.compile(rb"/Contents ([0-9]+) 0 R")
_MEDIA_BOX = re.compile(rb"/MediaBox\[0 0 ([0-9.]+) ([0-9.]+)\]")
_ANNOTATIONS = re.compile(rb"/Annots\[((?:[0-9]+ 0 R ?)+)\]")
_RECT = re.compile(rb"/Rect\[([-0-9.]+) ([-0-9.]+) ([-0-9.]+) ([-0-9.]+)\]")
_TARGET = re.compile(rb"\[([0-9]+) 0 R/XYZ ([-0-9.]+) ([-0-9.]+) 0\]")
# A destination is this much above its heading, so that a reader sees the heading whole.
_LIFT = 10.0
_PACKET = re.compile(rb"[0-9]+ 0 obj\n<<(?:[^>]*?)/Length ([0-9]+)[^>]*>>\nstream\n")
_FONT = re.compile(
    rb"/Type/FontDescriptor/FontName/[A-Z]{6}\+([^/\s]+)[^>]*?/FontFile3 ([0-9]+) 0 R"
)
_FONT_FILE = re.compile(
    rb"[0-9]+ 0 obj\n<</Length ([0-9]+)/Filter/FlateDecode/Subtype/CIDFontType0C>>\nstream\n"
)
_ENTRY_BYTES = 20
_TAIL_BYTES = 64
_IN_USE = b" 00000 n\r\n"
_SCHEMAS = b"<pdfaExtension:schemas><rdf:Bag>"
_END = b"</rdf:RDF>"


class Font(Protocol):
    """A font that has the outlines typst was not given."""

    def embedded(self, subset: bytes) -> bytes:
        """The subset of it that typst embedded, with its outlines."""


@dataclass(frozen=True, slots=True)
class Place:
    """Part of a page, counted from 1; points from its top-left corner."""

    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Change:
    """The bytes from `begin` to `end` become `new`."""

    begin: int
    end: int
    new: bytes


class TypstPdf:
    """A PDF as typst writes it; `finished` gives it with the changes asked for."""

    def __init__(self, pdf: bytes) -> None:
        """Raises `RenderingFailed` if `pdf` is not as typst writes it."""
        self._pdf = pdf
        self._changes: list[_Change] = []
        self._added: list[bytes] = []
        self._table_at = int(self._find(_TAIL, len(pdf) - _TAIL_BYTES, len(pdf))[1])
        head = self._find(_TABLE, self._table_at, len(pdf))
        self._trailer_at = head.end() + int(head[1]) * _ENTRY_BYTES
        self._offsets = self._read_table(head.end())
        self._catalog_at = self._object_at(self._find(_ROOT, self._trailer_at, len(pdf)))
        pages = self._in_object(_KIDS, self._object_at(self._in_object(_PAGES, self._catalog_at)))
        self._pages_at = [self._object_at(kid) for kid in _REFERENCE.finditer(pages[1])]

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return len(self._pages_at)

    def page_size(self, page: int) -> tuple[float, float]:
        """Width and height in points of a page counted from 1."""
        box = self._in_object(_MEDIA_BOX, self._page_at(page))
        return float(box[1]), float(box[2])

    def place_of_link(self, url: str) -> Place:
        """Where the link to `url` is, in points from its page's top-left."""
        action = b"/URI(%s)" % url.encode()
        for number, page_at in enumerate(self._pages_at, 1):
            for link_at in self._links_of(page_at):
                end = self._pdf.find(b"endobj", link_at)
                if self._pdf.find(action, link_at, end) > 0:
                    left, bottom, right, top = map(float, self._in_object(_RECT, link_at).groups())
                    height = self.page_size(number)[1]
                    return Place(number, left, height - top, right - left, top - bottom)
        raise RenderingFailed("the template has no QR code")

    def place_of_destination(self, name: str) -> Place:
        """Where the heading labelled `name` is, in points from its page's top-left."""
        reference = re.compile(rb"\(%s\)([0-9]+) 0 R" % name.encode())
        target = self._in_object(
            _TARGET, self._object_at(self._in_object(reference, self._catalog_at))
        )
        number = self._pages_at.index(self._object_at(target)) + 1
        down = self.page_size(number)[1] - float(target[3])
        return Place(number, float(target[2]), down + _LIFT, 0.0, 0.0)

    def _links_of(self, page_at: int) -> list[int]:
        found = _ANNOTATIONS.search(self._pdf, page_at, self._pdf.find(b"endobj", page_at))
        return [] if found is None else [self._object_at(r) for r in _REFERENCE.finditer(found[1])]

    def add_to_packet(self, *, properties: bytes, schema: bytes) -> None:
        """Add an rdf:Description, and an extension schema to those the packet has."""
        begin = self._object_at(self._in_object(_METADATA, self._catalog_at))
        head = self._in_object(_PACKET, begin)
        end = head.end() + int(head[1])
        before, found, rest = self._pdf[head.end() : end].partition(_SCHEMAS)
        body, closing, tail = rest.rpartition(_END)
        if not found or not closing:
            raise RenderingFailed("typst's XMP packet has no extension schemas")
        packet = b"".join((before, found, schema, body, properties, closing, tail))
        self._changes.append(_Change(head.start(1), head.end(1), b"%d" % len(packet)))
        self._changes.append(_Change(head.end(), end, packet))

    def embed_fonts(self, fonts: Mapping[str, Font]) -> None:
        """Give each font of the page, by its name, its outlines; these are not worth deflating."""
        for found in _FONT.finditer(self._pdf):
            head = self._in_object(_FONT_FILE, self._offsets[int(found[2])])
            end = head.end() + int(head[1])
            subset = zlib.decompress(self._pdf[head.end() : end])
            font = fonts[found[1].decode()].embedded(subset)
            start = head[0].index(b"<<") + head.start()
            opening = b"<</Length %d/Subtype/CIDFontType0C>>\nstream\n" % len(font)
            self._changes.append(_Change(start, end, opening + font))

    def draw_under(self, page: int, *streams: bytes) -> None:
        """Put deflated content streams under the own content of a page counted from 1."""
        found = self._in_object(_CONTENTS, self._page_at(page))
        numbers = []
        for stream in streams:
            number = len(self._offsets) + len(self._added)
            head = b"%d 0 obj\n<</Filter/FlateDecode/Length %d>>\nstream\n" % (number, len(stream))
            self._added.append(head + stream + b"\nendstream\nendobj\n")
            numbers.append(b"%d 0 R " % number)
        contents = b"/Contents[%s%s 0 R]" % (b"".join(numbers), found[1])
        self._changes.append(_Change(found.start(), found.end(), contents))

    def finished(self) -> bytes:
        """The whole file, one revision, with the changes made."""
        parts, offsets, done, moved = [], list(self._offsets), 0, 0
        for change in sorted(self._changes, key=lambda c: c.begin):
            parts += [self._pdf[done : change.begin], change.new]
            moved += len(change.new) - (change.end - change.begin)
            done = change.end
            for index, offset in enumerate(self._offsets):
                if offset >= change.end:
                    offsets[index] = offset + moved
        parts.append(self._pdf[done : self._table_at])
        table_at = self._table_at + moved
        for addition in self._added:
            offsets.append(table_at)
            parts.append(addition)
            table_at += len(addition)
        parts += [
            _table(offsets),
            self._trailer(len(offsets)),
            b"startxref\n%d\n%%%%EOF" % table_at,
        ]
        return b"".join(parts)

    def _trailer(self, size: int) -> bytes:
        end = self._pdf.rindex(b"startxref")
        return _SIZE.sub(b"/Size %d" % size, self._pdf[self._trailer_at : end], count=1)

    def _page_at(self, page: int) -> int:
        if not 1 <= page <= len(self._pages_at):
            raise RenderingFailed(f"there is no page {page} of {len(self._pages_at)}")
        return self._pages_at[page - 1]

    def _object_at(self, reference: re.Match[bytes]) -> int:
        return self._offsets[int(reference[1])]

    def _in_object(self, pattern: re.Pattern[bytes], begin: int) -> re.Match[bytes]:
        return self._find(pattern, begin, self._pdf.find(b"endobj", begin))

    def _find(self, pattern: re.Pattern[bytes], begin: int, end: int) -> re.Match[bytes]:
        found = pattern.search(self._pdf, max(begin, 0), end)
        if found is None:
            raise RenderingFailed(f"typst's output has no {pattern.pattern!r} where it should")
        return found

    def _read_table(self, begin: int) -> list[int]:
        table = self._pdf[begin : self._trailer_at]
        if table.count(_IN_USE) != len(table) // _ENTRY_BYTES - 1:
            raise RenderingFailed("typst's cross-reference table has entries out of use")
        return [int(table[at : at + 10]) for at in range(0, len(table), _ENTRY_BYTES)]


def _table(offsets: list[int]) -> bytes:
    rows = b"".join(b"%010d" % offset + _IN_USE for offset in offsets[1:])
    return b"xref\n0 %d\n0000000000 65535 f\r\n%s" % (len(offsets), rows)
