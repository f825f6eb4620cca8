"""A form field says what its widget shows, or the verdict stays open."""

import pytest

from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signed_documents import code_of, report_on, sealing, sign
from tests.fakes.sm2_people import world
from verify import Code, Indication
from verify.report import CheckName

PEOPLE = world()
FONTS = b"/Resources << /Font << /H << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
KIND = b"/Type /XObject /Subtype /Form "
BOX = b"/BBox [0 0 120 20] " + FONTS
TEXT = b"/FT /Tx /T (beds)"
BORDER = b"0.9 g 0 0 120 20 re f 0 G 1 w 0.5 0.5 119 19 re S "
CHOICE = b"/FT /Ch /Ff 131072 /T (kind) /Opt [(plain) [(c) (cattle)] (dogs)]"
CHECK = b"/FT /Btn /T (agreed)"
ON = b"BORDER 0 g 9 4 12 12 re f"
ABOVE = b"/Parent << /FT /Tx /T (beds) /V (10) >>"
COMBED = b"0 G 40 0 m 40 20 l 80 0 m 80 20 l S "


def written(
    text: bytes, *, before: bytes = b"", colour: bytes = b"0 g", at: bytes = b"4 6"
) -> bytes:
    return before + b"/Tx BMC q BT %s /H 9 Tf %s Td (%s) Tj ET Q EMC" % (colour, at, text)


def form(
    entries: bytes, look: bytes | None, *, box: bytes = BOX, rect: bytes = b"[50 500 170 520]"
) -> Document:
    """A page with one widget; `look` is the content of its appearance stream."""
    drawn = b"" if look is None else b"/AP << /N 21 0 R >>"
    widget = b"<< /Type /Annot /Subtype /Widget /Rect %s %s %s >>" % (rect, entries, drawn)
    objects = {
        20: widget,
        21: stream(look or b"", KIND + box),
        23: stream(b"40 5 9 9 re f", KIND + BOX),
    }
    fields = b"/AcroForm << /Fields [20 0 R] >>"
    return document(objects, page=b"/Annots [20 0 R]", catalog=fields)


def button(
    entries: bytes, *, on: bytes = b"0 g 9 4 12 12 re f", off: bytes | None = b""
) -> Document:
    """A page with a check box of the states /Yes and /Off."""
    states = b"/AP << /N << /Yes 21 0 R %s >> >>" % (b"" if off is None else b"/Off 22 0 R")
    made = form(b"%s %s %s" % (CHECK, entries, states), None)
    drawn = {21: stream(on, KIND + BOX), 22: stream(off or b"", KIND + BOX)}
    return document(made.objects | drawn)


def answer(made: Document) -> str:
    report = report_on(sign(made, sealing(PEOPLE)), PEOPLE)
    code = code_of(report, CheckName.CONTENT)
    passes = report.indication is Indication.TOTAL_PASSED
    assert passes is (code == Code.CONTENT_PLAIN)
    return code


GOOD = {
    "a text": form(TEXT + b"/V (10 beds)", written(b"10 beds")),
    "a text with a border": form(TEXT + b"/V (10.5)", written(b"10.5", before=BORDER)),
    "white on black": form(
        TEXT + b"/V (10)", written(b"10", before=b"0 g 0 0 120 20 re f ", colour=b"1 g")
    ),
    "a text in 16 bits": form(TEXT + b"/V <FEFF00310030>", written(b"10")),
    "two lines": form(TEXT + b"/V (ten beds)", b"BT /H 7 Tf 4 12 Td (ten) Tj 0 -8 Td (beds) Tj ET"),
    "a comb": form(
        TEXT + b"/Ff 16777216 /MaxLen 3 /V (1 8)",
        COMBED + written(b"1") + written(b"8", at=b"90 6"),
    ),
    "nothing": form(TEXT, b""),
    "nothing and no look": form(TEXT, None),
    "an empty text": form(TEXT + b"/V ()", b"/Tx BMC EMC"),
    "a look that is turned": form(
        TEXT + b"/V (10)",
        written(b"10", at=b"4 50"),
        box=b"/BBox [0 0 20 120] /Matrix [0 1 -1 0 0 0]" + FONTS,
    ),
    "a choice": form(CHOICE + b"/V (dogs)", written(b"dogs")),
    "a choice by another name": form(CHOICE + b"/V (c)", written(b"cattle")),
    "a choice of one's own": form(CHOICE + b"/V (birds)", written(b"birds")),
    "a list without a choice": form(b"/FT /Ch /T (kind)", None),
    "a box that is ticked": button(b"/V /Yes /AS /Yes"),
    "a box that is not": button(b"/V /Off /AS /Off"),
    "a box without a value": button(b""),
    "a box without a look for off": button(b"/AS /Off", off=None),
    "a box without any look": form(CHECK, None),
    "a push button": form(b"/FT /Btn /Ff 65536 /MK << /CA (Go) >>", written(b"Go")),
    "a push button without a caption": form(b"/FT /Btn /Ff 65536", written(b"Go")),
    "a push button that is a picture": form(
        b"/FT /Btn /Ff 65536 /MK << /CA (Go) >>", b"9 9 9 9 re f"
    ),
    "a push button without a look": form(b"/FT /Btn /Ff 65536", None),
    "one that nobody sees": form(TEXT + b"/V (10) /F 2", written(b"900")),
    "one without a place": form(TEXT + b"/V (10)", written(b"900"), rect=b"[1 2]"),
    "the name of a kind elsewhere": document(
        {
            2: b"<< /Type /Pages /Kids [3 0 R 30 0 R] /Count 2 >>",
            30: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Annots 17 >>",
        },
        catalog=b"/X /Tx",
    ),
    "a value of the field above": form(ABOVE, written(b"10")),
}
OTHER = {
    "another number": form(TEXT + b"/V (10)", written(b"900")),
    "a longer number": form(TEXT + b"/V (10)", written(b"100")),
    "a text without a value": form(TEXT, written(b"900")),
    "a text with a default only": form(TEXT + b"/DV (900)", written(b"900")),
    "another choice": form(CHOICE + b"/V (dogs)", written(b"cattle")),
    "a choice's other name": form(CHOICE + b"/V (c)", written(b"c")),
    "a box ticked on the page only": button(b"/V /Off /AS /Yes"),
    "a box ticked in the form only": button(b"/V /Yes /AS /Off"),
    "a box that is ticked nowhere in the form": button(b"/AS /Yes"),
    "another caption": form(b"/FT /Btn /Ff 65536 /MK << /CA (Go) >>", written(b"Stop")),
    "a value of the field above": form(ABOVE, written(b"900")),
}
UNCLEAR = {
    "a value that is not drawn": form(TEXT + b"/V (10)", b""),
    "white on white": form(TEXT + b"/V (10)", written(b"10", colour=b"1 g")),
    "beside the widget": form(TEXT + b"/V (10)", written(b"10", at=b"400 6")),
    "a letter that is clipped": form(TEXT + b"/V (8)", b"0 0 7 20 re W n " + written(b"8")),
    "painted over": form(TEXT + b"/V (8)", written(b"8") + b" 1 g 4 4 2.5 20 re f"),
    "a stroke beside the letters": form(TEXT + b"/V (10)", b"16 6 4 6 re S " + written(b"10")),
    "upright strokes in no comb": form(TEXT + b"/V (18)", COMBED + written(b"18")),
    "a form inside": form(
        TEXT + b"/V (10)",
        b"/X Do " + written(b"10"),
        box=BOX[:-3] + b"/XObject << /X 23 0 R >> >>",
    ),
    "too small": form(TEXT + b"/V (10)", written(b"10"), rect=b"[50 500 50.5 500.5]"),
    "too large": form(TEXT + b"/V (10)", written(b"10"), rect=b"[0 0 99999 20]"),
    "no box": form(TEXT + b"/V (10)", written(b"10"), box=b"/BBox 7" + FONTS),
    "an empty box": form(TEXT + b"/V (10)", written(b"10"), box=BOX + b"/Matrix [0 0 0 0 0 0]"),
    "an unusable matrix": form(TEXT + b"/V (10)", written(b"10"), box=BOX + b"/Matrix [1]"),
    "an unusual filter": form(
        TEXT + b"/V (10)", written(b"10"), box=BOX + b"/Filter /RunLengthDecode"
    ),
    "an unfinished content": form(TEXT + b"/V (10)", b"(((("),
    "a broken content": form(TEXT + b"/V (10)", b"BI 7 ID"),
    "an image in a string": form(TEXT + b"/V (10)", b'BI " BI ET EI '),
    "an image of a truth": form(TEXT + b"/V (10)", b"cm BI true EI"),
    "an operator that is none": form(TEXT + b"/V (10)", b'(a) \xff [ sh \xff " ] '),
    "a text for none of its states": form(TEXT + b"/V (10) /AP << /N << /A 21 0 R >> >>", None),
    "stars": form(TEXT + b"/Ff 8192 /V (10)", written(b"**")),
    "rich text": form(TEXT + b"/V (10) /RV (<b>900</b>)", written(b"10")),
    "a value that is a name": form(TEXT + b"/V /Ten", written(b"Ten")),
    "a list": form(b"/FT /Ch /T (kind) /V (dogs) /Opt [(dogs) (cats)]", written(b"dogs")),
    "off that looks like on": button(b"", off=b"0 g 9 4 12 12 re f"),
    "off that looks more marked": button(b"/V /Yes /AS /Yes", off=b"0 g 9 4 22 12 re f"),
    "on that looks like off": button(b"/V /Yes /AS /Yes", on=b"", off=None),
    "one look for on and off": form(CHECK + b"/V /Yes", b"0 g 9 4 12 12 re f"),
    "a button without any look": form(CHECK + b"/V /Yes", None),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_field_that_shows_what_it_says_is_no_trouble(name: str) -> None:
    assert answer(GOOD[name]) == Code.CONTENT_PLAIN


@pytest.mark.parametrize("name", OTHER)
def test_a_field_that_shows_something_else_never_passes(name: str) -> None:
    assert answer(OTHER[name]) == Code.FIELD_SHOWS_OTHER


@pytest.mark.parametrize("name", UNCLEAR)
def test_a_field_that_cannot_be_compared_never_passes(name: str) -> None:
    assert answer(UNCLEAR[name]) == Code.FIELD_UNCLEAR


def test_more_fields_than_are_compared_are_unclear() -> None:
    one = GOOD["a text"].objects[20]
    many = {number: one for number in range(100, 301)}
    listed = b" ".join(b"%d 0 R" % number for number in many)
    made = document(GOOD["a text"].objects | many)
    page = made.objects[3].replace(b"20 0 R", listed)
    assert answer(document(made.objects | {3: page})) == Code.FIELD_UNCLEAR


def test_what_surely_differs_is_said_before_what_is_unclear() -> None:
    other, unclear = OTHER["another number"].objects, UNCLEAR["stars"].objects[20]
    page = other[3].replace(b"20 0 R", b"30 0 R 20 0 R")
    assert answer(document(other | {3: page, 30: unclear})) == Code.FIELD_SHOWS_OTHER
