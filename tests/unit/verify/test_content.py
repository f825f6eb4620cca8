"""The page means one thing: scripts, layers and actions are never passed over."""

from dataclasses import replace

import pytest

from tests.fakes.pdf_documents import document, stream
from tests.fakes.signed_documents import code_of, report_on, sealed, sealing, sign
from tests.fakes.sm2_people import world
from verify import Code, Indication, SubIndication
from verify.report import CheckName

ACTIVE = {
    "XFA": (b"/AcroForm << /Fields [] /XFA (x) >>", b""),
    "anew": (b"/AcroForm << /Fields [] /NeedAppearances true >>", b""),
    "script": (b"/Names << /JavaScript << /Names [] >> >>", b""),
    "opening": (b"/OpenAction << /S /JavaScript /JS (x) >>", b""),
    "opening without kind": (b"/OpenAction << >>", b""),
    "chained": (b"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next << /S /Launch >> >>", b""),
    "additional": (b"/AA << /WC << >> >>", b""),
    "layers": (b"/OCProperties << >>", b""),
    "portfolio": (b"/Collection << >>", b""),
    "page": (b"", b"/AA << /O << >> >>"),
    "click": (b"", b"/Annots [<< /Subtype /Link /A << /S /Launch >> >>]"),
    "hover": (b"", b"/Annots [<< /Subtype /Link /AA << >> >>]"),
    "elsewhere": (b"", b"/Contents 20 0 R"),
    "partly elsewhere": (b"", b"/Contents [4 0 R 20 0 R]"),
    "two contents": (b"", b"/Contents 21 0 R"),
    "two forms": (b"/AcroForm << >> /AcroForm << /Fields [] >>", b""),
    "too deep to read": (b"", b"/Deep " + b"[" * 120 + b"]" * 120),
    "two keys below": (b"/ViewerPreferences [<< /A 1 /A 2 >>]", b""),
    "paper only": (b"", b"/Annots [<< /Subtype /Text /F 36 >>]"),
    "under the mouse only": (b"", b"/Annots [<< /Subtype /Text /F 288 >>]"),
    "layered note": (b"", b"/Annots [<< /Subtype /Text /OC << /Type /OCG >> >>]"),
    "rollover": (b"", b"/Annots [<< /Subtype /Widget /AP << /N 20 0 R /R 20 0 R >> >>]"),
    "pressed": (b"", b"/Annots [<< /Subtype /Text /AP << /N 20 0 R /D 20 0 R >> >>]"),
    "note as readers like": (b"", b"/Annots [<< /Subtype /FreeText /Contents (x) >>]"),
    "value as readers like": (b"", b"/Annots [<< /Subtype /Widget /FT /Tx /V (1000) >>]"),
    "background as readers like": (b"", b"/Annots [<< /Subtype /Widget /MK << /BG [1] >> >>]"),
    "script in a link": (
        b"",
        b"/Annots [<< /Subtype /Link /A << /S /URI /URI ( JavaScript:x) >> >>]",
    ),
    "in the outline": (b"/Outlines << /First << /A << /S /Launch >> >> >>", b""),
    "in a field on no page": (
        b"/AcroForm << /Fields [<< /FT /Tx /T (a) /AA << /C << /S /JavaScript >> >> >>] >>",
        b"",
    ),
    "spelt in disguise": (b"/Outlines << /First << /A << /S /L#61unch >> >> >>", b""),
    "pictures that take turns": (b"/X << /Alternates [] >>", b""),
    "slides": (b"/Names << /AlternatePresentations << /Names [] >> >>", b""),
    "steps of a slide": (b"", b"/PresSteps << >>"),
    "film": (b"", b"/Annots [<< /Subtype /RichMedia >>]"),
    "a film thrown on a model": (b"", b"/Annots [<< /Subtype /Projection >>]"),
    "a mark for printers": (b"", b"/Annots [<< /Subtype /TrapNet /AP << /N 4 0 R >> >>]"),
    "a watermark that stands elsewhere on paper": (
        b"",
        b"/Annots [<< /Subtype /Watermark /FixedPrint << >> /AP << /N 4 0 R >> >>]",
    ),
    "demands on the reader": (b"/Requirements [<< /S /EnableJavaScripts >>]", b""),
    "cut otherwise on paper": (b"/ViewerPreferences << /PrintArea /TrimBox >>", b""),
    "colours that some readers exchange": (b"/X << /TR << /FunctionType 2 >> >>", b""),
    "colours exchanged by four functions": (b"/X << /TR2 [null null null null] >>", b""),
    "a link under a script": (b"/URI << /Base (javascript:) >>", b""),
    "a script in the outline's link": (
        b"/Outlines << /A << /S /URI /URI (javascript:x) >> >>",
        b"",
    ),
    "a script in a second action": (b"", b"/Annots [<< /PA << /S /URI /URI (javascript:x) >> >>]"),
    "a script with a break in it": (b"/X << /URI (java\\nscript:x) >>", b""),
    "a script in sixteen bits": (b"/X << /URI <FEFF006A00730063003A0078> >>", b""),
    "a link that starts a program": (b"/X << /URI (ms-msdt:/id) >>", b""),
    "a link that stands elsewhere": (b"/X << /URI 22 0 R >>", b""),
    "an action that stands elsewhere": (b"/X << /S 23 0 R >>", b""),
    "another file from the outline": (b"/Outlines << /A << /S /GoToR /F (x) >> >>", b""),
    "an attached file from the outline": (b"/Outlines << /A << /S /GoToE >> >>", b""),
    "hiding": (b"/Outlines << /A << /S /Hide /T (x) >> >>", b""),
    "resetting": (b"/Outlines << /A << /S /ResetForm >> >>", b""),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_active_content_never_passes(name: str) -> None:
    catalog, page = ACTIVE[name]
    is_outside = "elsewhere" in name and b"/Contents" in page
    objects = {
        20: stream(b"q Q", b"/F (elsewhere.pdf)" if is_outside else b""),
        21: stream(b"q Q"),
        22: b"(javascript:x)",
        23: b"/Hide",
    }
    base = document(objects, catalog=catalog, page=page)
    if b"20 0 R" in page:
        base = replace(
            base, objects=base.objects | {3: base.objects[3].replace(b"/Contents 4 0 R", b"")}
        )
    report = report_on(sign(base, sealing(world())))
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    code = Code.CONTENT_OUTSIDE if is_outside else Code.CONTENT_ACTIVE
    assert code_of(report, CheckName.CONTENT) == code


@pytest.mark.parametrize(
    ("catalog", "page"),
    [
        (b"/OpenAction [3 0 R /Fit]", b""),
        (b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>", b""),
        (b"/Names << /EmbeddedFiles << /Names [] >> >>", b""),
        (b"/AcroForm << /Fields [] /NeedAppearances false >>", b""),
        (b"/ViewerPreferences << /PrintArea /CropBox >>", b""),
        (b"/X << /TR /Identity /TR2 /Default >> /RoleMap << /Row /TR /TR /P >>", b""),
        (b"/X << /SMask << /S /Luminosity /TR << /FunctionType 2 >> >> >>", b""),
        (b"/X << /Ref [3 0 R] /PS 1 /S /Span /URI [1] /OPI 1 /FFilter 1 >>", b""),
        (b"/URI << /Base (https://example.org/) >>", b""),
        (b"/X << /URI (www.example.org/a:b) >>", b"/Trans << /S /Dissolve >> /Dur 1"),
        (b"/SpiderInfo << /V 1 >> /Threads [] /Perms << /UR3 << >> >>", b""),
        (b"", b"/Annots [<< /Subtype /Text /F 4 >> << /Subtype /Text /F 38 >>]"),
        (b"", b"/Annots [<< /Subtype /Widget /FT /Btn /AP << /N 4 0 R /D 4 0 R >> >>]"),
        (b"", b"/Annots [<< /Subtype /Link /A << /S /URI /URI (https://example.org) >> >>]"),
    ],
)
def test_plain_content_passes(catalog: bytes, page: bytes) -> None:
    report = report_on(sign(document(catalog=catalog, page=page), sealing(world())))
    assert report.indication is Indication.TOTAL_PASSED


def test_a_note_that_only_some_readers_can_read_never_passes() -> None:
    note = b"<< /Subtype /FreeText /Contents (x) /X 99999999999999999999 >>"
    once = sign(document({20: note}, page=b"/Annots [20 0 R]"), sealing(world()))
    report = report_on(sign(once, replace(sealing(world()), name=b"Seal2")))
    for position in range(2):
        assert code_of(report, CheckName.CONTENT, position) == Code.CONTENT_ACTIVE


def test_annotations_that_are_no_array_are_no_trouble() -> None:
    base = document(page=b"/Annots 17")
    how = replace(sealing(world()), widget=b"")
    report = report_on(sign(base, how))
    assert report.signatures[0].field_name == "Seal1"


def test_a_kind_with_nothing_in_it_is_no_trouble() -> None:
    base = document(page=b"/Annots [17 << /Subtype /Link >>]")
    assert code_of(report_on(sign(base, sealing(world()))), CheckName.CONTENT) == Code.CONTENT_PLAIN


def test_without_a_sound_range_the_content_is_not_judged() -> None:
    report = report_on(sealed().data + b"x")
    assert code_of(report, CheckName.CONTENT) == Code.NOT_REACHED


XOBJECT = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] "
FOREIGN = {
    "another file": XOBJECT + b"/F (x.pdf)",
    "a picture on the network": b"/Subtype /Image /F << /FS /URL /F (https://example.org) >>",
    "another file's filter": XOBJECT + b"/FFilter /FlateDecode",
    "another file's parameters": XOBJECT + b"/FDecodeParms << >>",
    "a page of another file": XOBJECT + b"/Ref << /F (x.pdf) /Page 0 >>",
    "a page of another file, by a reference": XOBJECT + b"/Ref 21 0 R",
    "a program for printers": b"/Type /XObject /Subtype /PS",
    "a program for printers beside": XOBJECT + b"/Subtype2 /PS",
    "a program by a reference": b"/Type /XObject /Subtype 22 0 R",
    "a program as a key": XOBJECT + b"/PS 21 0 R",
    "a picture that printers exchange": XOBJECT + b"/OPI << /1.3 << >> >>",
    "in disguise": XOBJECT + b"/R#65f << >>",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_drawn_from_outside_the_file_never_passes(name: str) -> None:
    objects = {20: stream(b"q Q", FOREIGN[name]), 21: b"<< >>", 22: b"/PS"}
    used = document(objects, page=b"/Resources << /XObject << /X 20 0 R >> >>")
    report = report_on(sign(used, sealing(world())))
    assert report.indication is Indication.INDETERMINATE
    code = Code.CONTENT_ACTIVE if "program" in name else Code.CONTENT_OUTSIDE
    assert code_of(report, CheckName.CONTENT) == code


def test_a_stream_that_poses_as_a_field_is_looked_at_as_a_stream() -> None:
    posing = stream(b"q Q", XOBJECT + b"/FT /Sig /T (x) /F (x.pdf)")
    used = document({20: posing}, catalog=b"/AcroForm << /Fields [20 0 R] >>")
    report = report_on(sign(used, sealing(world())))
    assert code_of(report, CheckName.CONTENT) == Code.CONTENT_OUTSIDE


def test_fonts_and_fields_may_be_called_like_what_is_elsewhere() -> None:
    form = stream(b"q Q", XOBJECT + b"/Resources << /Font << /F << /Subtype /Type3 >> >> >>")
    report = report_on(sign(document({20: form}), sealing(world())))
    assert report.indication is Indication.TOTAL_PASSED
