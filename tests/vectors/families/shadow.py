"""Shadow attacks: the trap is in the file when it is signed, and a later revision springs it.

After Mainka, Mladenov, Rohlmann: Shadow Attacks, NDSS 2021. Three families: what was hidden is
uncovered, what was shown is replaced, or both.
"""

from collections.abc import Callable

from tests.fakes.pdf_documents import Document, stream
from tests.fakes.signature_values import Cms
from tests.fakes.signed_documents import sealed
from tests.vectors.cases import HASH, Case, Expected, Family
from tests.vectors.starting_points import base, replaced, sealed_again, signed_by_cms

WHITE = stream(b"1 1 1 rg 0 0 600 850 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 600 850]")
FALSE_TEXT = stream(b"BT /F1 20 Tf 50 700 Td (Granted for 900 beds) Tj ET")

Trap = tuple[Document, Callable[[Document], dict[int, bytes]]]


def _with(objects: dict[int, bytes], **options: bytes) -> Document:
    """A page prepared with objects from number 20 on."""
    return base(**options).update(objects)


def _swap(number: int, old: bytes, new: bytes) -> Callable[[Document], dict[int, bytes]]:
    return lambda signed: {number: replaced(signed.objects[number], old, new)}


def _drop(number: int) -> Callable[[Document], dict[int, bytes]]:
    return lambda _: {number: b"null"}


COVER = b"<< /Type /Annot /Subtype /Stamp /Rect [0 0 600 850] /F 4 /AP << /N 21 0 R >> >>"
COVERED = {4: FALSE_TEXT, 20: COVER, 21: WHITE}
TEXT_FIELD = (
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (beds) /V (10) /DA (/Helv 9 Tf) /F 4"
    b" /Rect [50 500 200 520] /AP << /N 21 0 R >> >>"
)
VALUE_BOX = (
    b"/Type /XObject /Subtype /Form /BBox [0 0 150 20] /Resources << /Font << /F1 5 0 R >> >>"
)
VALUE_FORM = stream(b"BT /F1 9 Tf 4 6 Td (10) Tj ET", VALUE_BOX)
OTHER_FORM = stream(b"BT /F1 9 Tf 4 6 Td (900) Tj ET", VALUE_BOX)
IMAGE_FORM = stream(b"q Q", b"/Type /XObject /Subtype /Form /BBox [0 0 600 850]")
TWO_PAGES = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 20 0 R >>"

HIDE: dict[str, tuple[str, Trap]] = {
    "annotation-removed": ("A white stamp hid the text; it is taken away", (_with(COVERED, page=b"/Annots [20 0 R]"), lambda s: {3: replaced(s.objects[3], b"/Annots [20 0 R", b"/Annots [")})),
    "annotation-hidden": ("A white stamp hid the text; its flag hides it", (_with(COVERED, page=b"/Annots [20 0 R]"), _swap(20, b"/F 4", b"/F 2"))),
    "annotation-null": ("A white stamp hid the text; the object is now null", (_with(COVERED, page=b"/Annots [20 0 R]"), _drop(20))),
    "annotation-moved": ("A white stamp hid the text; it is moved away", (_with(COVERED, page=b"/Annots [20 0 R]"), _swap(20, b"[0 0 600 850]", b"[0 0 1 1]"))),
    "appearance-emptied": ("A white stamp hid the text; its form is emptied", (_with(COVERED, page=b"/Annots [20 0 R]"), lambda _: {21: IMAGE_FORM})),
    "form-removed": ("A white form painted over the text is now null", (_with({4: stream(b"BT (x) Tj ET /Cover Do"), 21: WHITE}, resources=b"<< /XObject << /Cover 21 0 R >> >>"), _drop(21))),
    "content-part-removed": ("The last of two content streams, a white square, is emptied", (_with({20: stream(b"1 1 1 rg 0 0 600 850 re f")}, content=b"[4 0 R 20 0 R]"), lambda _: {20: stream(b"")})),
}  # fmt: skip

REPLACE: dict[str, tuple[str, Trap]] = {
    "field-value": ("A text field's value is filled in anew", (_with({20: TEXT_FIELD, 21: VALUE_FORM}, page=b"/Annots [20 0 R]"), _swap(20, b"/V (10)", b"/V (900)"))),
    "field-appearance": ("A text field shows another value than it has", (_with({20: TEXT_FIELD, 21: VALUE_FORM}, page=b"/Annots [20 0 R]"), lambda _: {21: OTHER_FORM})),
    "font-descriptor": ("The embedded font program is exchanged", (_with({20: b"<< /Type /FontDescriptor /FontName /X /FontFile2 21 0 R >>", 21: stream(b"font one")}), lambda _: {21: stream(b"font two")})),
    "font-widths": ("The font's widths move the text", (_with({20: b"[500 500 500]"}), lambda _: {20: b"[0 0 0]"})),
    "to-unicode": ("Copied text differs from what is shown", (_with({20: stream(b"beginbfchar <31> <0031> endbfchar", b"/Type /CMap")}), lambda _: {20: stream(b"beginbfchar <31> <0039> endbfchar", b"/Type /CMap")})),
    "color-space": ("A separation colour turns white", (_with({20: b"[/Separation /Spot /DeviceGray 21 0 R]", 21: b"<< /FunctionType 2 /Domain [0 1] /N 1 >>"}), lambda _: {21: b"<< /FunctionType 2 /Domain [0 1] /N 1 /C0 [1] /C1 [1] >>"})),
    "image-of-page": ("An image the page draws is exchanged", (_with({20: WHITE}), lambda _: {20: stream(b"0 g 0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 600 850]")})),
    "unused-object": ("An object that only waits is given its content", (_with({20: b"null"}, page=b"/B [20 0 R]"), lambda _: {20: b"<< /Type /Bead >>"})),
}  # fmt: skip

HIDE_AND_REPLACE: dict[str, tuple[str, Trap]] = {
    "second-catalog": ("A second catalog waits in the file; the trailer points to it", (_with({20: b"<< /Type /Catalog /Pages 21 0 R >>", 21: b"<< /Type /Pages /Kids [22 0 R] /Count 1 >>", 22: TWO_PAGES.replace(b"2 0 R", b"21 0 R", 1).replace(b"20 0 R", b"23 0 R"), 23: FALSE_TEXT}), lambda s: {1: replaced(s.objects[1], b"/Pages 2 0 R", b"/Pages 21 0 R")})),
    "hidden-page": ("A page that waited in the file enters the page tree", (_with({20: FALSE_TEXT, 21: TWO_PAGES}), lambda _: {2: b"<< /Type /Pages /Kids [21 0 R] /Count 1 >>"})),
    "kids-exchanged": ("The page tree's kids array is exchanged", (_with({2: b"<< /Type /Pages /Kids 22 0 R /Count 1 >>", 22: b"[3 0 R]", 20: FALSE_TEXT, 21: TWO_PAGES}), lambda _: {22: b"[21 0 R]"})),
    "hidden-content": ("The page refers to a stream that waited in the file", (_with({20: FALSE_TEXT}), _swap(3, b"/Contents 4 0 R", b"/Contents 20 0 R"))),
    "contents-array": ("The content is an array; it leads to a stream that waited", (_with({20: FALSE_TEXT, 22: b"[4 0 R]"}, content=b"22 0 R"), lambda _: {22: b"[20 0 R]"})),
    "resource-names": ("The resource dictionary leads the same name elsewhere", (_with({20: FALSE_TEXT, 21: WHITE, 22: b"<< /XObject << /A 21 0 R >> >>"}, resources=b"22 0 R"), lambda _: {22: b"<< /XObject << /A 20 0 R >> >>"})),
}  # fmt: skip


def _seal(trap: Trap) -> Document:
    signed = sealed(base=trap[0])
    return signed.update(trap[1](signed))


def _seal_of_unlisted(trap: Trap) -> bytes:
    """The changed objects stand in the update, but its table lists none of them."""
    signed = sealed(base=trap[0])
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % row for row in trap[1](signed).items())
    out = signed.data + body
    tail = b"xref\n0 0\ntrailer\n<< /Size %d /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return out + tail % (signed.free, signed.start, len(out))


def _cms(trap: Trap) -> bytes:
    signed = signed_by_cms(Cms(), on=trap[0])
    return signed.update(trap[1](signed)).data


def _covered(trap: Trap) -> bytes:
    return sealed_again(_seal(trap)).data


def _family(
    name: str, about: str, traps: dict[str, tuple[str, Trap]], special: dict[str, Expected]
) -> Family:
    cases = []
    for id, (why, trap) in traps.items():
        expect = special.get(id, HASH)
        cases.append(Case(id, why, lambda t=trap: _seal(t).data, expect))
        cases.append(Case(f"cms-{id}", f"{why}, under CMS", lambda t=trap: _cms(t), expect))
        cases.append(
            Case(
                f"sealed-over-{id}",
                f"{why}, and a second seal covers it",
                lambda t=trap: _covered(t),
                expect,
            )
        )
        cases.append(
            Case(
                f"unlisted-{id}",
                f"{why}, in objects that only rebuilding readers find",
                lambda t=trap: _seal_of_unlisted(t),
                expect,
            )
        )
    return Family(name, about, tuple(cases))


TRAPS = HIDE | REPLACE | HIDE_AND_REPLACE
FAMILIES = (
    _family(
        "shadow-hide",
        "Shadow, hide: what covered the content when it was signed goes away",
        HIDE,
        {},
    ),
    _family(
        "shadow-replace",
        "Shadow, replace: what was shown is exchanged for something else",
        REPLACE,
        {},
    ),
    _family(
        "shadow-hide-and-replace",
        "Shadow, hide and replace: content that waited in the file takes over",
        HIDE_AND_REPLACE,
        {},
    ),
)
