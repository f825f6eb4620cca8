"""Content that is not the file's own, or not the same for everybody, from the beginning."""

from collections.abc import Callable
from dataclasses import replace

from tests.fakes.pdf_documents import Document, stream
from tests.fakes.signed_documents import sealed, sealing, sign
from tests.fakes.sm2_people import world
from tests.vectors.cases import Case, Expected, Family, unsure
from tests.vectors.starting_points import base, with_field

DOUBTFUL = unsure("SIG_CONSTRAINTS_FAILURE")
Row = tuple[str, str, Callable[[], bytes], Expected]

XOBJECT = b"/Type /XObject /Subtype /Form /BBox [0 0 99 99] "
DRAWN = b"<< /Font << /F1 5 0 R >> /XObject << /Cover 20 0 R >> >>"
NETWORK = b"/F << /FS /URL /F (https://example.org/a.png) >>"


def _on(prepared: Document) -> bytes:
    return sealed(base=prepared).data


def _drawing(entries: bytes, **more: bytes) -> Callable[[], bytes]:
    """A page that draws object 20, a stream with these entries."""
    objects = {4: stream(b"/Cover Do"), 20: stream(b"q Q", entries), 21: b"<< >>", 22: b"/PS"}
    return lambda: _on(base(resources=DRAWN, **more).update(objects))


def _catalog(entry: bytes) -> Callable[[], bytes]:
    return lambda: _on(base(catalog=entry))


def _link(action: bytes) -> Callable[[], bytes]:
    made = b"<< /Type /Annot /Subtype /Link /Rect [0 0 99 99] /A << %s >> >>" % action
    return lambda: _on(base(page=b"/Annots [20 0 R]").update({20: made, 21: b"(javascript:x)"}))


def _note(entries: bytes) -> Callable[[], bytes]:
    made = b"<< /Type /Annot /Rect [0 0 99 99] /AP << /N 21 0 R >> %s >>" % entries
    return lambda: _on(
        base(page=b"/Annots [20 0 R]").update({20: made, 21: stream(b"q Q", XOBJECT)})
    )


OUTSIDE: tuple[Row, ...] = (
    ("content-file", "The page's content is in another file", lambda: _on(base().update({4: stream(b"", b"/F (x.pdf)")})), DOUBTFUL),
    ("form-file", "A form that the page draws is in another file", _drawing(XOBJECT + b"/F (x.pdf)"), DOUBTFUL),
    ("picture-network", "A picture is fetched from the network", _drawing(b"/Subtype /Image /Width 1 /Height 1 " + NETWORK), DOUBTFUL),
    ("file-filter", "A stream names the filter of another file", _drawing(XOBJECT + b"/FFilter /FlateDecode"), DOUBTFUL),
    ("file-parameters", "A stream names how another file is packed", _drawing(XOBJECT + b"/FDecodeParms << >>"), DOUBTFUL),
    ("reference", "A form shows the page of another file", _drawing(XOBJECT + b"/Ref << /F (x.pdf) /Page 0 >>"), DOUBTFUL),
    ("reference-apart", "A form refers to an object that names another file's page", _drawing(XOBJECT + b"/Ref 21 0 R"), DOUBTFUL),
    ("reference-disguised", "The same with a letter written as a number", _drawing(XOBJECT + b"/R#65f << /F (x.pdf) >>"), DOUBTFUL),
    ("opi", "Printers put another picture in this one's place", _drawing(XOBJECT + b"/OPI << /2.0 << /F (x) >> >>"), DOUBTFUL),
)  # fmt: skip

OTHERWISE: tuple[Row, ...] = (
    ("postscript", "A program is drawn where there is a PostScript printer", _drawing(b"/Type /XObject /Subtype /PS"), DOUBTFUL),
    ("postscript-beside", "A form is a program as well", _drawing(XOBJECT + b"/Subtype2 /PS"), DOUBTFUL),
    ("postscript-apart", "What kind the drawing is stands in another object", _drawing(b"/Type /XObject /Subtype 22 0 R"), DOUBTFUL),
    ("transfer", "A function turns black white, in the readers that know it", _catalog(b"/X << /TR << /FunctionType 2 /N 1 /Domain [0 1] /C0 [1] /C1 [1] >> >>"), DOUBTFUL),
    ("print-area", "Paper shows another part of the page than the screen", _catalog(b"/ViewerPreferences << /PrintArea /BleedBox /PrintClip /BleedBox >>"), DOUBTFUL),
    ("fixed-print", "A watermark stands elsewhere on paper", _note(b"/Subtype /Watermark /FixedPrint << /Type /FixedPrint /V 1 >>"), DOUBTFUL),
    ("printer-mark", "A mark is there for printers only", _note(b"/Subtype /PrinterMark"), DOUBTFUL),
    ("projection", "Something is projected onto the page", _note(b"/Subtype /Projection"), DOUBTFUL),
    ("requirements", "The file demands scripts of its reader", _catalog(b"/Requirements [<< /S /EnableJavaScripts >>]"), DOUBTFUL),
    ("script-link", "A link is a script", _link(b"/S /URI /URI (javascript:x)"), DOUBTFUL),
    ("script-link-broken", "A link is a script with a line break in its name", _link(b"/S /URI /URI (java\\nscript:x)"), DOUBTFUL),
    ("script-link-wide", "A link is a script in UTF-16", _link(b"/S /URI /URI <FEFF006A006100760061007300630072006900700074003A0078>"), DOUBTFUL),
    ("script-link-apart", "A link is a script in an object of its own", _link(b"/S /URI /URI 21 0 R"), DOUBTFUL),
    ("program-link", "A link starts a program", _link(b"/S /URI /URI (ms-msdt:/id)"), DOUBTFUL),
    ("script-base", "All links begin with a script", _catalog(b"/URI << /Base (javascript:) >>"), DOUBTFUL),
    ("outline-script", "A bookmark's link is a script", _catalog(b"/Outlines << /First << /A << /S /URI /URI (javascript:x) >> >> >>"), DOUBTFUL),
    ("outline-remote", "A bookmark opens another file", _catalog(b"/Outlines << /First << /A << /S /GoToR /F (x.pdf) >> >> >>"), DOUBTFUL),
    ("outline-hide", "A bookmark hides a note", _catalog(b"/Outlines << /First << /A << /S /Hide /T (x) >> >> >>"), DOUBTFUL),
    ("outline-reset", "A bookmark puts other values into the form", _catalog(b"/Outlines << /First << /A << /S /ResetForm >> >> >>"), DOUBTFUL),
)  # fmt: skip


DRAWING = b"/Type /XObject /Subtype /Form "
FONTS = b"/BBox [0 0 120 20] /Resources << /Font << /H 5 0 R >> >>"
WIDGET = b"<< /Type /Annot /Subtype /Widget /Rect [50 500 170 520] %s >>"


def _words(text: bytes, colour: bytes = b"0 g") -> bytes:
    return b"/Tx BMC BT %s /H 9 Tf 4 6 Td (%s) Tj ET EMC" % (colour, text)


def _field(entries: bytes, *looks: bytes) -> Callable[[], bytes]:
    """One field on the page; its looks are objects 21, 22."""
    drawn = {at: stream(one, DRAWING + FONTS) for at, one in enumerate(looks, 21)}
    form = b"/AcroForm << /Fields [20 0 R] >>"
    made = base(page=b"/Annots [20 0 R]", catalog=form)
    return lambda: _on(made.update({20: WIDGET % entries} | drawn))


TEXT = b"/FT /Tx /T (beds) /AP << /N 21 0 R >> "
CHOICE = b"/FT /Ch /T (kind) /Opt [[(c) (cattle)] (dogs)] /AP << /N 21 0 R >> "
TICK = b"/FT /Btn /T (agreed) /AP << /N << /Yes 21 0 R /Off 22 0 R >> >> "
MARK = b"9 4 12 12 re f"

VALUES: tuple[Row, ...] = (
    ("text-other", "A field says 10 and shows 900", _field(TEXT + b"/V (10)", _words(b"900")), DOUBTFUL),
    ("text-longer", "A field says 10 and shows 100", _field(TEXT + b"/V (10)", _words(b"100")), DOUBTFUL),
    ("text-default", "A field says nothing, shows 900, and has 900 as its default", _field(TEXT + b"/DV (900)", _words(b"900")), DOUBTFUL),
    ("text-parent", "A field's parent says 10, the field shows 900", _field(TEXT + b"/Parent << /V (10) >>", _words(b"900")), DOUBTFUL),
    ("text-unseen", "A field says 10 in white on white", _field(TEXT + b"/V (10)", _words(b"10", b"1 g")), DOUBTFUL),
    ("text-drawn", "A field says 10, and a stroke makes it 100", _field(TEXT + b"/V (10)", b"16 6 4 6 re S " + _words(b"10")), DOUBTFUL),
    ("text-covered", "A field says 100, and a square hides the last digit", _field(TEXT + b"/V (100)", _words(b"100") + b" 1 g 14 4 5 9 re f"), DOUBTFUL),
    ("text-clipped", "A field says 100, and the last digit is cut off", _field(TEXT + b"/V (100)", b"0 0 14 20 re W n " + _words(b"100")), DOUBTFUL),
    ("text-rich", "A field says 10, and 900 in rich text", _field(TEXT + b"/V (10) /RV (<b>900</b>)", _words(b"10")), DOUBTFUL),
    ("choice-other", "A choice says dogs and shows cattle", _field(CHOICE + b"/Ff 131072 /V (dogs)", _words(b"cattle")), DOUBTFUL),
    ("choice-list", "Which line of a list is chosen is shown by colour alone", _field(CHOICE + b"/V (dogs)", _words(b"dogs")), DOUBTFUL),
    ("tick-shown", "A box is ticked on the page and not in the form", _field(TICK + b"/V /Off /AS /Yes", MARK, b""), DOUBTFUL),
    ("tick-held", "A box is ticked in the form and not on the page", _field(TICK + b"/V /Yes /AS /Off", MARK, b""), DOUBTFUL),
    ("tick-swapped", "The look of a ticked box is that of an empty one, and the reverse", _field(TICK + b"/V /Yes /AS /Yes", b"", MARK), DOUBTFUL),
    ("caption", "A button's caption is another than what it shows", _field(b"/FT /Btn /Ff 65536 /MK << /CA (Go) >> /AP << /N 21 0 R >>", _words(b"Stop")), DOUBTFUL),
)  # fmt: skip


STAMP_OVER = b"<< /Type /Annot /Subtype /Stamp /Rect [120 120 160 160] %s /AP << /N 21 0 R >> >>"


def _over(annotation: bytes) -> Callable[[], bytes]:
    """The page lists the annotation, object 20, behind the seal's widget."""

    def build() -> bytes:
        made = base().update({20: annotation, 21: stream(b"1 g 0 0 99 99 re f", XOBJECT)})
        page = made.objects[3].removesuffix(b">>") + b"/Annots [23 0 R 20 0 R] >>"
        return sign(made, replace(sealing(world()), extra={3: page})).data

    return build


def _widget(flags: bytes, looks: bytes) -> bytes:
    body = (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal1) /V 10 0 R /P 3 0 R %s"
        b" /Rect [100 100 213.386 213.386] /AP << /N 12 0 R %s >> >>" % (flags, looks)
    )
    return with_field(extra={11: body})


UNSEEN: tuple[Row, ...] = (
    ("under-stamp", "A stamp that was there from the beginning lies over the seal", _over(STAMP_OVER % b""), DOUBTFUL),
    ("under-posing-stamp", "What lies over the seal says that it is a seal as well", _over(STAMP_OVER % b"/FT /Sig /V << /Contents <30> >>"), DOUBTFUL),
    ("beside-page", "Half of the seal lies beside the page", lambda: with_field(rect=b"[540 100 653.386 213.386]"), DOUBTFUL),
    ("below-page", "All of the seal lies below the page", lambda: with_field(rect=b"[100 -200 213.386 -86.614]"), DOUBTFUL),
    ("cropped", "The page is cropped to where the seal is not", lambda: _on(base(page=b"/CropBox [0 300 595 842]")), DOUBTFUL),
    ("no-zoom", "The seal does not grow with its page", lambda: _widget(b"/F 140", b""), DOUBTFUL),
    ("under-the-mouse", "The seal looks different under the mouse", lambda: _widget(b"/F 132", b"/R 12 0 R"), DOUBTFUL),
)  # fmt: skip


def _cases(rows: tuple[Row, ...]) -> tuple[Case, ...]:
    return tuple(Case(id, why, build, expect) for id, why, build, expect in rows)


FAMILIES = (
    Family("unseen-seals", "The seal is not seen whole, from the beginning", _cases(UNSEEN)),
    Family("form-values", "A form field says one thing and shows another", _cases(VALUES)),
    Family(
        "outside", "Content from outside the file, prepared before it was sealed", _cases(OUTSIDE)
    ),
    Family(
        "otherwise",
        "The page is another one on paper, in another reader, or after a click",
        _cases(OTHERWISE),
    ),
)
