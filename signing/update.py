"""One incremental update of a PDF: the objects it adds or replaces, written out.

ISO 32000-2, 7.5.6. The bytes of the document stay as they are; everything new comes after them.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, groupby

import pikepdf

from signing.errors import UnsuitablePdf

__all__ = ["Update", "array_of", "damage_reported", "dictionary_of", "open_update"]

HEADER = b"%PDF-"
TAIL_BYTES = 2048
"""Where the last startxref must stand (readers look at 1024 bytes; some writers pad)."""
_FOREIGN = (pikepdf.PdfError, RuntimeError, TypeError, ValueError, AttributeError)
_STARTXREF = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF\s*\Z")
_TRAILER_KEYS = ("/Root", "/Info", "/ID")


@dataclass(slots=True)
class Update:
    """Objects to be appended to `data`. `pdf` is the document as read; it is not changed."""

    data: bytes = field(repr=False)
    pdf: pikepdf.Pdf = field(repr=False)
    previous: int
    is_stream: bool
    """The document keeps its cross-reference in a stream, so the update does as well."""
    first: int
    """The first number that the document does not use."""
    objects: dict[int, bytes] = field(default_factory=dict, repr=False)
    generations: dict[int, int] = field(default_factory=dict, repr=False)
    _next: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the first free number."""
        self._next = self.first

    def new_number(self) -> int:
        """Reserve a number for a new object."""
        number = self._next
        self._next += 1
        return number

    def add(self, body: bytes) -> int:
        """Append a new object; return its number."""
        number = self.new_number()
        self.objects[number] = body
        return number

    def replace(self, target: pikepdf.Object, body: bytes) -> None:
        """Write a new version of an indirect object."""
        number, generation = target.objgen
        if number == 0:
            raise UnsuitablePdf("an object that must change is not indirect")
        self.objects[number] = body
        self.generations[number] = generation

    def write(self) -> tuple[bytearray, dict[int, int]]:
        """Return the whole new file, and where the body of each written object begins."""
        out, offsets, bodies = bytearray(self.data), {}, {}
        if not out.endswith(b"\n"):
            out += b"\n"
        for number, body in self.objects.items():
            offsets[number] = len(out)
            out += b"%d %d obj\n" % (number, self.generations.get(number, 0))
            bodies[number] = len(out)
            out += body
            out += b"\nendobj\n"
        start = len(out)
        out += self._stream(start, offsets) if self.is_stream else self._table(offsets)
        out += b"startxref\n%d\n%%%%EOF\n" % start
        return out, bodies

    def _table(self, offsets: dict[int, int]) -> bytes:
        out = bytearray(b"xref\n")
        for run in _runs(offsets):
            out += b"%d %d\n" % (run[0], len(run))
            for number in run:
                out += b"%010d %05d n\r\n" % (offsets[number], self.generations.get(number, 0))
        return bytes(out) + b"trailer\n<< %s >>\n" % self._trailer(self._next)

    def _stream(self, start: int, offsets: dict[int, int]) -> bytes:
        number = self.new_number()
        places = {**offsets, number: start}
        index = b" ".join(b"%d %d" % (run[0], len(run)) for run in _runs(places))
        rows = b"".join(
            b"\x01"
            + places[one].to_bytes(5, "big")
            + self.generations.get(one, 0).to_bytes(2, "big")
            for one in sorted(places)
        )
        return (
            b"%d 0 obj\n<< /Type /XRef /W [1 5 2] /Index [%s] /Length %d %s >>\n"
            b"stream\n%s\nendstream\nendobj\n"
        ) % (number, index, len(rows), self._trailer(self._next), rows)

    def _trailer(self, size: int) -> bytes:
        trailer = self.pdf.trailer
        parts = [b"/Size %d /Prev %d" % (size, self.previous)]
        for key in _TRAILER_KEYS:
            if key in trailer:
                parts.append(b"%s %s" % (key.encode(), trailer[key].unparse()))
        return b" ".join(parts)


def open_update(data: bytes) -> Update:
    """Read a document that is to grow; raise `UnsuitablePdf` for one that cannot."""
    if not data.startswith(HEADER):
        raise UnsuitablePdf("the document does not begin as a PDF must")
    found = _STARTXREF.search(data[-TAIL_BYTES:])
    if found is None:
        raise UnsuitablePdf("the document does not end as a PDF must (startxref, %%EOF)")
    try:
        # What pages inherit stays where it is: qpdf would move it to objects that no file holds.
        pdf = pikepdf.open(io.BytesIO(data), attempt_recovery=False, inherit_page_attributes=False)
    except (pikepdf.PdfError, pikepdf.PasswordError) as error:
        raise UnsuitablePdf("the document is damaged or encrypted") from error
    if pdf.is_encrypted:
        raise UnsuitablePdf("an encrypted document cannot be sealed")
    previous = int(found.group(1))
    is_stream = not data.startswith(b"xref", previous)
    return Update(data, pdf, previous, is_stream, _first_free_number(pdf))


def _first_free_number(pdf: pikepdf.Pdf) -> int:
    """Return /Size; qpdf warns where it is a lie, and only then are all objects counted (1 ms)."""
    size = int(pdf.trailer["/Size"])
    return max(size, len(pdf.objects) + 1) if pdf.get_warnings() else size


@contextmanager
def damage_reported() -> Iterator[None]:
    """Translate what pikepdf raises, or Python on meeting a value of another kind than is due."""
    try:
        yield
    except _FOREIGN as error:
        raise UnsuitablePdf("the document is damaged") from error


def dictionary_of(value: pikepdf.Object | None) -> pikepdf.Dictionary:
    """Return a dictionary, empty for None; raise `UnsuitablePdf` for anything else."""
    if value is None:
        return pikepdf.Dictionary()
    if not isinstance(value, pikepdf.Dictionary):
        raise UnsuitablePdf("the document is damaged: a dictionary was expected")
    return value


def array_of(value: pikepdf.Object | None) -> pikepdf.Array:
    """Return an array, empty for None; raise `UnsuitablePdf` for anything else."""
    if value is None:
        return pikepdf.Array()
    if not isinstance(value, pikepdf.Array):
        raise UnsuitablePdf("the document is damaged: an array was expected")
    return value


def _runs(numbers: dict[int, int]) -> list[list[int]]:
    counter = count()
    groups = groupby(sorted(numbers), key=lambda number: number - next(counter))
    return [list(group) for _, group in groups]
