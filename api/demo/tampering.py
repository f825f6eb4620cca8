"""Forgeries to try on the verifier: each takes a genuine licence and breaks it in one way."""

import io
import re
from collections.abc import Callable

import pikepdf

__all__ = ["TAMPERINGS"]

_CONTENTS = re.compile(rb"/Contents <([0-9a-f]+)>")
_BYTE_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\] *")
_WHITE_BOX = b"q 1 1 1 rg 60 60 200 60 re f Q q 0 0 0 RG 60 60 200 60 re S Q"


def one_byte_changed(pdf: bytes) -> bytes:
    """Change one bit in the middle of what is printed on the first page."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        printed = _as_array(opened.pages[0].obj.Contents)[0].read_raw_bytes()
    place = pdf.index(printed) + len(printed) // 2
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def signature_value_changed(pdf: bytes) -> bytes:
    """Change the seal signature's own value: its last byte that is not padding."""
    found = _contents(pdf)
    value = found.group(1).rstrip(b"0")
    place = found.start(1) + len(value) - 1
    digit = b"1" if pdf[place : place + 1] != b"1" else b"2"
    return pdf[:place] + digit + pdf[place + 1 :]


def page_overlaid(pdf: bytes) -> bytes:
    """Add a white box over the page in a later revision, as a PDF editor would."""
    return _appended(pdf, with_annotation=False)


def annotation_added(pdf: bytes) -> bytes:
    """Put a free-text annotation over the page in a later revision."""
    return _appended(pdf, with_annotation=True)


def rewritten_by_editor(pdf: bytes) -> bytes:
    """Open and save the file in an editor: every byte offset moves."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out)
    return out.getvalue()


def seal_pasted_on(pdf: bytes) -> bytes:
    """Keep the picture of the seal but remove the signature: a scan of a seal, no more."""
    return _without_signature(pdf, keep_picture=True)


def never_sealed(pdf: bytes) -> bytes:
    """Take the seal out altogether: the page as it was before it was sealed."""
    return _without_signature(pdf, keep_picture=False)


def _without_signature(pdf: bytes, *, keep_picture: bool) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for page in opened.pages:
            for annotation in page.obj.get("/Annots", pikepdf.Array()):
                for key in ("/V", "/FT", "/T"):
                    if key in annotation:
                        del annotation[key]
                annotation.Subtype = pikepdf.Name.Stamp
            if not keep_picture and "/Annots" in page.obj:
                del page.obj["/Annots"]
        for key in ("/AcroForm", "/DSS"):
            if key in opened.Root:
                del opened.Root[key]
        opened.save(out)
    return out.getvalue()


def truncated(pdf: bytes) -> bytes:
    """Lose the end of the file, as a broken download does."""
    return pdf[: len(pdf) * 3 // 4]


def signature_emptied(pdf: bytes) -> bytes:
    """Fill the signature's value with zeros."""
    found = _contents(pdf)
    return pdf[: found.start(1)] + b"0" * len(found.group(1)) + pdf[found.end(1) :]


def byte_range_shortened(pdf: bytes) -> bytes:
    """Claim that the signature covers less, and add something behind."""
    found = _BYTE_RANGE.search(pdf)
    assert found is not None  # noqa: S101 - we sealed it
    numbers = b"/ByteRange [0 %s %s %d]" % (
        found.group(1),
        found.group(2),
        int(found.group(3)) - 100,
    )
    return pdf[: found.start()] + numbers.ljust(len(found.group())) + pdf[found.end() :]


def _contents(pdf: bytes) -> re.Match[bytes]:
    found = _CONTENTS.search(pdf)
    assert found is not None  # noqa: S101 - we sealed it
    return found


def _appended(pdf: bytes, *, with_annotation: bool) -> bytes:
    """Return the file with an incremental update that changes its first page."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        page = opened.pages[0].obj
        number, generation = page.objgen
        size = int(opened.trailer["/Size"])
        root = b"%d %d R" % opened.Root.objgen
        key = "/Annots" if with_annotation else "/Contents"
        existing = page.get(key)
        kept = pikepdf.Dictionary({name: page[name] for name in page.keys() - {key}})
        items = [one.unparse() for one in _as_array(existing)]
        value = b"%s [%s %d 0 R]" % (key.encode(), b" ".join(items), size)
        changed = kept.unparse().removesuffix(b">>") + value + b" >>"
    added = _annotation() if with_annotation else _stream(b"", _WHITE_BOX)
    out, places = bytearray(pdf), {}
    for name, body in ((number, changed), (size, added)):
        places[name] = len(out)
        out += b"%d %d obj\n%s\nendobj\n" % (name, generation if name == number else 0, body)
    start = len(out)
    previous = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    out += b"xref\n"
    for name in sorted(places):
        out += b"%d 1\n%010d 00000 n\r\n" % (name, places[name])
    out += b"trailer\n<< /Size %d /Root %s /Prev %d >>\n" % (size + 1, root, previous)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


def _as_array(value: pikepdf.Object | None) -> list[pikepdf.Object]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def _annotation() -> bytes:
    return (
        b"<< /Type /Annot /Subtype /FreeText /F 4 /Rect [60 60 260 120]"
        b" /DA (/Helv 14 Tf 1 0 0 rg) /Contents (CHANGED) >>"
    )


TAMPERINGS: dict[str, Callable[[bytes], bytes]] = {
    "one-byte-changed": one_byte_changed,
    "signature-value-changed": signature_value_changed,
    "page-overlaid": page_overlaid,
    "annotation-added": annotation_added,
    "rewritten-by-editor": rewritten_by_editor,
    "seal-pasted-on": seal_pasted_on,
    "never-sealed": never_sealed,
    "truncated": truncated,
    "signature-emptied": signature_emptied,
    "byte-range-shortened": byte_range_shortened,
}
