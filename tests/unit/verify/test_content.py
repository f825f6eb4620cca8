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
}


@pytest.mark.parametrize("name", ACTIVE)
def test_active_content_never_passes(name: str) -> None:
    catalog, page = ACTIVE[name]
    objects = {20: stream(b"q Q", b"/F (elsewhere.pdf)"), 21: stream(b"q Q")}
    base = document(objects, catalog=catalog, page=page)
    if b"20 0 R" in page:
        base = replace(
            base, objects=base.objects | {3: base.objects[3].replace(b"/Contents 4 0 R", b"")}
        )
    report = report_on(sign(base, sealing(world())))
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert code_of(report, CheckName.CONTENT) == Code.CONTENT_ACTIVE


@pytest.mark.parametrize(
    ("catalog", "page"),
    [
        (b"/OpenAction [3 0 R /Fit]", b""),
        (b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>", b""),
        (b"/Names << /EmbeddedFiles << /Names [] >> >>", b""),
        (b"", b"/Annots [<< /Subtype /Text /F 4 >> << /Subtype /Text /F 38 >>]"),
        (b"", b"/Annots [<< /Subtype /Widget /FT /Btn /AP << /N 4 0 R /D 4 0 R >> >>]"),
        (b"", b"/Annots [<< /Subtype /Link /A << /S /URI /URI (https://example.org) >> >>]"),
    ],
)
def test_plain_content_passes(catalog: bytes, page: bytes) -> None:
    report = report_on(sign(document(catalog=catalog, page=page), sealing(world())))
    assert report.indication is Indication.TOTAL_PASSED


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
