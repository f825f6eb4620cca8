"""Small PDFs written by hand, so that every byte of them can be made wrong on purpose."""

import re
import zlib
from dataclasses import dataclass, replace

PAGE_CONTENT = b"0 0 100 100 re f"


@dataclass(frozen=True)
class Document:
    """A file and what its objects are at its end; `update` appends a revision."""

    data: bytes
    objects: dict[int, bytes]
    start: int

    @property
    def free(self) -> int:
        return max(self.objects) + 1

    def update(self, changed: dict[int, bytes], *, trailer: bytes = b"") -> "Document":
        """Append a revision with a classic table."""
        data = self.data if self.data.endswith(b"\n") else self.data + b"\n"
        return _written(data, {**self.objects, **changed}, changed, self.start, trailer)

    def update_compressed(self, changed: dict[int, bytes], **options: object) -> "Document":
        """Append a revision whose objects stand in an object stream, behind an xref stream."""
        data = self.data if self.data.endswith(b"\n") else self.data + b"\n"
        return _compressed(data, {**self.objects, **changed}, changed, self.start, **options)

    def raw(self, data: bytes) -> "Document":
        return replace(self, data=data)


def document(
    objects: dict[int, bytes] | None = None,
    *,
    catalog: bytes = b"",
    page: bytes = b"",
    trailer: bytes = b"",
    header: bytes = b"",
) -> Document:
    """One page with one grey square; `catalog` and `page` add entries."""
    base = {
        1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>" % page,
        4: stream(PAGE_CONTENT),
        **(objects or {}),
    }
    return _written(
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + header, base, base, None, trailer, first=True
    )


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def flate(content: bytes, entries: bytes = b"") -> bytes:
    return stream(zlib.compress(content), b"/Filter /FlateDecode " + entries)


def _written(
    data: bytes,
    objects: dict[int, bytes],
    changed: dict[int, bytes],
    previous: int | None,
    trailer: bytes,
    *,
    first: bool = False,
) -> Document:
    out = bytearray(data)
    offsets = {}
    for number, body in changed.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n"
    rows = {number: b"%010d 00000 n \n" % offset for number, offset in offsets.items()}
    if first:
        rows[0] = b"0000000000 65535 f \n"
    for begin, count in _runs(sorted(rows)):
        out += b"%d %d\n" % (begin, count)
        out += b"".join(rows[number] for number in range(begin, begin + count))
    before = b"" if previous is None else b" /Prev %d" % previous
    out += b"trailer\n<< /Size %d /Root 1 0 R%s %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        max(objects) + 1,
        before,
        trailer,
        start,
    )
    return Document(bytes(out), objects, start)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and sum(runs[-1]) == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs


def object_stream(objects: dict[int, bytes]) -> tuple[bytes, int]:
    """Return the content of an object stream and its /First."""
    index, body = [], b""
    for number, text in objects.items():
        index.append(b"%d %d" % (number, len(body)))
        body += text + b"\n"
    head = b" ".join(index) + b"\n"
    return head + body, len(head)


def _compressed(
    data: bytes,
    objects: dict[int, bytes],
    changed: dict[int, bytes],
    previous: int | None,
    *,
    dictionary: bytes | None = None,
    content: bytes | None = None,
    xref_entries: bytes = b"",
    predictor: int | None = None,
) -> Document:
    """`dictionary` and `content` replace those of the object stream."""
    out = bytearray(data)
    holder, table = max(objects) + 1, max(objects) + 2
    packed, first = object_stream(changed)
    entries = b"/Type /ObjStm /N %d /First %d" % (len(changed), first)
    held_at = len(out)
    body = flate(content or packed, dictionary or entries)
    out += b"%d 0 obj\n%s\nendobj\n" % (holder, body)
    start = len(out)
    rows = {number: (2, holder, index) for index, number in enumerate(changed)}
    rows |= {holder: (1, held_at, 0), table: (1, start, 0)}
    out += b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        xref_stream(rows, previous, table + 1, entries=xref_entries, predictor=predictor),
        start,
    )
    return Document(bytes(out), {**objects, holder: b"", table: b""}, start)


def xref_stream(
    rows: dict[int, tuple[int, int, int]],
    previous: int | None,
    size: int,
    *,
    entries: bytes = b"",
    predictor: int | None = None,
) -> bytes:
    """Return the body of a cross-reference stream with fields of 1, 4 and 2 bytes."""
    numbers = sorted(rows)
    index = b" ".join(b"%d %d" % run for run in _runs(numbers))
    packed = [
        kind.to_bytes(1, "big") + at.to_bytes(4, "big") + second.to_bytes(2, "big")
        for kind, at, second in (rows[number] for number in numbers)
    ]
    before = b"" if previous is None else b"/Prev %d " % previous
    head = b"/Type /XRef /W [1 4 2] /Index [%s] /Size %d /Root 1 0 R %s%s" % (
        index,
        size,
        before,
        entries,
    )
    if predictor is None:
        return flate(b"".join(packed), head)
    parameters = b" /DecodeParms << /Predictor 12 /Columns 7 >>"
    return flate(_filtered(packed, predictor), head + parameters)


def _filtered(rows: list[bytes], kind: int) -> bytes:
    """Apply one PNG row filter to every row."""
    out, above = b"", bytes(len(rows[0]))
    for row in rows:
        left = bytes(1) + row[:-1]
        corner = bytes(1) + above[:-1]
        guesses = [_guess(kind, a, b, c) for a, b, c in zip(left, above, corner, strict=True)]
        out += bytes([kind]) + bytes((v - g) & 255 for v, g in zip(row, guesses, strict=True))
        above = row
    return out


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        estimate = left + up - corner
        return min((left, up, corner), key=lambda near: abs(estimate - near))
    return (0, left, up, (left + up) // 2)[kind]


def last_startxref(data: bytes) -> int:
    return int(re.findall(rb"startxref\s+(\d+)", data)[-1])
