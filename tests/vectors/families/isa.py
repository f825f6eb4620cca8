"""Incremental saving: a later revision changes what was signed, written in two ways."""

from collections.abc import Callable, Iterator

from tests.fakes.pdf_documents import Document, stream
from tests.vectors.cases import FORMAT, HASH, NOT_A_PDF, Case, Expected, Family
from tests.vectors.starting_points import (
    FORM,
    RED,
    genuine,
    genuine_cms,
    replaced,
    sealed_again,
    stamped,
)

Changed = dict[int, bytes]


class Parts:
    """The objects of a sealed page, and the usual ways to write them anew."""

    def __init__(self, one: Document) -> None:
        self.objects = one.objects
        self.page, self.catalog = one.objects[3], one.objects[1]
        self.widget = self._number(b"/Subtype /Widget")
        self.value = self._number(b"/Contents <")
        self.form = self._number(b"/Subtype /Form")
        self.new = one.free
        self.annots = self.page[self.page.index(b"/Annots [") :]

    def _number(self, mark: bytes) -> int:
        return next((n for n, body in self.objects.items() if mark in body), 0)

    def on_page(self, entry: bytes) -> Changed:
        return {3: self.page.removesuffix(b">>") + entry + b" >>"}

    def in_catalog(self, entry: bytes) -> Changed:
        return {1: self.catalog.removesuffix(b">>") + entry + b" >>"}

    def swapped(self, number: int, old: bytes, new: bytes, **more: bytes) -> Changed:
        return {number: replaced(self.objects[number], old, new)}

    def with_new(self, number: int, old: bytes, new: bytes, body: bytes) -> Changed:
        """Let `number` refer to a new object; %d in `new` is its number."""
        return {number: replaced(self.objects[number], old, new % self.new), self.new: body}

    def annotation(self, body: bytes) -> Changed:
        more = self.annots.replace(b"]", b" %d 0 R]" % self.new, 1)
        made = b"<< /Type /Annot /Rect [9 9 300 300] /F 4 " + body + b" >>"
        return {3: replaced(self.page, self.annots, more), self.new: made}


SCRIPT = b"<< /S /JavaScript /JS (x) >>"

CHANGES: dict[str, tuple[str, Callable[[Parts], Changed]]] = {
    "content-stream": ("The page's content is painted over", lambda p: {4: RED}),
    "contents-of-page": ("The page refers to another content stream", lambda p: p.with_new(3, b"/Contents 4 0 R", b"/Contents %d 0 R", RED)),
    "contents-as-array": ("A second stream is added to the page's content", lambda p: p.with_new(3, b"/Contents 4 0 R", b"/Contents [4 0 R %d 0 R]", RED)),
    "font": ("The font is exchanged: the same codes show other letters", lambda p: {5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"}),
    "font-encoding": ("The font gets an encoding that shows other digits", lambda p: {5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [49 /nine] >> >>"}),
    "resources": ("A resource name leads to another object", lambda p: p.with_new(3, b"/F1 5 0 R", b"/F1 %d 0 R", FORM)),
    "rotate": ("The page is turned", lambda p: p.on_page(b"/Rotate 90")),
    "crop-box": ("The page is cropped to a corner", lambda p: p.on_page(b"/CropBox [0 0 9 9]")),
    "media-box": ("The page is cut to a tenth of its height", lambda p: p.swapped(3, b"595 842", b"595 84")),
    "user-unit": ("The page is shown twice as large", lambda p: p.on_page(b"/UserUnit 2")),
    "page-action": ("A script runs when the page opens", lambda p: p.on_page(b"/AA << /O %s >>" % SCRIPT)),
    "group": ("The page becomes a transparency group", lambda p: p.on_page(b"/Group << /S /Transparency >>")),
    "thumbnail": ("The page gets another thumbnail", lambda p: p.on_page(b"/Thumb 4 0 R")),
    "page-added": ("A page is added", lambda p: {2: b"<< /Type /Pages /Kids [3 0 R %d 0 R] /Count 2 >>" % p.new, p.new: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"}),
    "page-in-front": ("A page is put in front of the signed one", lambda p: {2: b"<< /Type /Pages /Kids [%d 0 R 3 0 R] /Count 2 >>" % p.new, p.new: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"}),
    "page-taken-away": ("The only page is taken away", lambda p: {2: b"<< /Type /Pages /Kids [] /Count 0 >>"}),
    "page-twice": ("The page is shown twice", lambda p: {2: b"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>"}),
    "page-tree-replaced": ("The catalog refers to another page tree", lambda p: p.with_new(1, b"/Pages 2 0 R", b"/Pages %d 0 R", b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 180 >>")),
    "tree-attributes": ("The page inherits a rotation", lambda p: {2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 180 >>"}),
    "free-text": ("Text is written over the page as an annotation", lambda p: p.annotation(b"/Subtype /FreeText /DA (/Helv 9 Tf) /Contents (2099)")),
    "stamp": ("A stamp with an appearance of its own covers the page", lambda p: p.annotation(b"/Subtype /Stamp /AP << /N %d 0 R >>" % p.form)),
    "square": ("A white square covers the page", lambda p: p.annotation(b"/Subtype /Square /IC [1 1 1]")),
    "link": ("A link leads elsewhere", lambda p: p.annotation(b"/Subtype /Link /A << /S /URI /URI (http://x) >>")),
    "hidden-text": ("A hidden note is added", lambda p: p.annotation(b"/Subtype /Text /F 2")),
    "redaction": ("A redaction blackens the page", lambda p: p.annotation(b"/Subtype /Redact /OverlayText (x)")),
    "popup": ("A note with a reply is added", lambda p: p.annotation(b"/Subtype /Popup /Open true")),
    "text-field": ("A text field with a value lies over the page", lambda p: p.annotation(b"/Subtype /Widget /FT /Tx /T (a) /V (b)")),
    "button": ("A button runs a script", lambda p: p.annotation(b"/Subtype /Widget /FT /Btn /T (a) /A << /S /JavaScript >>")),
    "empty-signature-field": ("A field nobody signed is added", lambda p: p.annotation(b"/Subtype /Widget /FT /Sig /T (a)")),
    "field-with-same-value": ("A second field claims the signature", lambda p: p.annotation(b"/Subtype /Widget /FT /Sig /T (a) /V %d 0 R" % p.value)),
    "annotations-taken-away": ("The seal's widget is taken off the page", lambda p: p.swapped(3, p.annots, b">>")),
    "widget-moved": ("The seal is moved", lambda p: p.swapped(p.widget, b"[100 100", b"[200 100")),
    "widget-hidden": ("The seal is hidden", lambda p: p.swapped(p.widget, b"/F 132", b"/F 134")),
    "widget-picture": ("The seal's widget shows another form", lambda p: p.with_new(p.widget, b"/N %d 0 R" % p.form, b"/N %d 0 R", FORM)),
    "widget-value": ("The field's value leads to another object", lambda p: p.swapped(p.widget, b"/V %d 0 R" % p.value, b"/V 4 0 R")),
    "widget-without-value": ("The field is emptied", lambda p: p.swapped(p.widget, b"/V %d 0 R" % p.value, b"")),
    "field-renamed": ("The field gets another name", lambda p: p.swapped(p.widget, b"/T (Seal1)", b"/T (Seal9)")),
    "picture": ("The picture the seal shows is exchanged", lambda p: {p.form: FORM}),
    "value-replaced": ("The signature dictionary is replaced by an empty one", lambda p: {p.value: b"<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>"}),
    "value-copied": ("The signature dictionary is written again", lambda p: {p.value: p.objects[p.value]}),
    "form-without-fields": ("The form is taken away", lambda p: {1: p.catalog[: p.catalog.index(b"/AcroForm")] + b">>"}),
    "need-appearances": ("Readers are told to draw form values anew", lambda p: p.swapped(1, b"/SigFlags 3", b"/SigFlags 3 /NeedAppearances true")),
    "sig-flags": ("The flag that says it is signed is taken away", lambda p: p.swapped(1, b"/SigFlags 3", b"/SigFlags 0")),
    "xfa": ("A dynamic form replaces the page", lambda p: p.with_new(1, b"/SigFlags 3", b"/SigFlags 3 /XFA %d 0 R", RED)),
    "layers": ("Layers are declared", lambda p: p.in_catalog(b"/OCProperties << /OCGs [] /D << >> >>")),
    "open-action": ("A script runs on opening", lambda p: p.in_catalog(b"/OpenAction %s" % SCRIPT)),
    "destination": ("The file opens elsewhere", lambda p: p.in_catalog(b"/OpenAction [3 0 R /Fit]")),
    "names": ("Named destinations are added", lambda p: p.in_catalog(b"/Dests << >>")),
    "script": ("A document script is added beside the attachments", lambda p: {6: b"<< /Names [(licence.json) 7 0 R] /JavaScript << >> >>"}),
    "attached-file": ("The attached record says something else", lambda p: {8: stream(b'{"ZZMC":"y"}', b"/Type /EmbeddedFile")}),
    "attached-name": ("The attached record gets another name", lambda p: {7: b"<< /Type /Filespec /F (x) /EF << /F 8 0 R >> >>"}),
    "second-attachment": ("A second name leads to the record", lambda p: {6: b"<< /Names [(licence.json) 7 0 R (a) 7 0 R] >>"}),
    "other-attachments": ("The list of attachments is exchanged", lambda p: p.with_new(1, b"/EmbeddedFiles 6 0 R", b"/EmbeddedFiles %d 0 R", b"<< /Names [] >>")),
    "metadata": ("The metadata say something else", lambda p: {9: stream(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>two</x:xmpmeta>")}),
    "metadata-elsewhere": ("The metadata are another stream", lambda p: p.swapped(1, b"/Metadata 9 0 R", b"/Metadata 4 0 R")),
    "page-labels": ("Page labels are added", lambda p: p.in_catalog(b"/PageLabels << /Nums [] >>")),
    "viewer-preferences": ("The reader's tools are hidden", lambda p: p.in_catalog(b"/ViewerPreferences << /HideToolbar true >>")),
    "portfolio": ("The file becomes a portfolio", lambda p: p.in_catalog(b"/Collection << >>")),
    "catalog-actions": ("Actions on closing and printing are added", lambda p: p.in_catalog(b"/AA << >>")),
    "pages-twice": ("The catalog names two page trees", lambda p: p.in_catalog(b"/Pages 4 0 R")),
    "language": ("The language of the text is declared", lambda p: p.in_catalog(b"/Lang (x)")),
    "outlines": ("Bookmarks are added", lambda p: p.in_catalog(b"/Outlines << /Type /Outlines >>")),
    "associated-file": ("An associated file is declared", lambda p: p.in_catalog(b"/AF [7 0 R]")),
}  # fmt: skip

FORMAT_TOO = {
    "widget-value",
    "widget-without-value",
    "value-replaced",
    "value-copied",
    "field-with-same-value",
    "form-without-fields",
}
UNREADABLE = {"page-taken-away", "pages-twice"}


def _expected(id: str) -> Expected:
    if id in UNREADABLE:
        return NOT_A_PDF
    return FORMAT if id in FORMAT_TOO else HASH


def _classic(change: Callable[[Parts], Changed]) -> bytes:
    return genuine().update(change(Parts(genuine()))).data


def _compressed(change: Callable[[Parts], Changed]) -> bytes:
    return genuine().update_compressed(change(Parts(genuine()))).data


def _on_cms(change: Callable[[Parts], Changed]) -> bytes:
    return genuine_cms().update(change(Parts(genuine_cms()))).data


def _below_second(change: Callable[[Parts], Changed]) -> bytes:
    """The change comes first, then an honest second seal over it."""
    changed = genuine().update(change(Parts(genuine())))
    return sealed_again(changed).data


def _below_stamp(change: Callable[[Parts], Changed]) -> bytes:
    return stamped(genuine().update(change(Parts(genuine())))).data


def _is_plain(id: str) -> bool:
    return not any(b"stream" in body for body in CHANGES[id][1](Parts(genuine())).values())


def _cases() -> Iterator[Case]:
    for id, (why, change) in CHANGES.items():
        yield Case(id, why, lambda change=change: _classic(change), _expected(id))
        if _is_plain(id):
            made = lambda change=change: _compressed(change)
            yield Case(f"{id}-compressed", f"{why}, in an object stream", made, _expected(id))
    for id in (
        "content-stream",
        "font",
        "free-text",
        "page-in-front",
        "open-action",
        "attached-file",
    ):
        why, change = CHANGES[id]
        yield Case(f"cms-{id}", f"{why}, under CMS", lambda c=change: _on_cms(c), HASH)
    for id in ("content-stream", "stamp", "crop-box", "attached-file"):
        why, change = CHANGES[id]
        yield Case(
            f"sealed-over-{id}",
            f"{why}, and a second seal covers it",
            lambda c=change: _below_second(c),
            HASH,
        )
        yield Case(
            f"stamped-over-{id}",
            f"{why}, and a time-stamp covers it",
            lambda c=change: _below_stamp(c),
            HASH,
        )


FAMILY = Family(
    "isa", "Incremental saving: a later revision changes what was signed", tuple(_cases())
)
