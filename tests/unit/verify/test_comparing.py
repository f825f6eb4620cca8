"""What was changed after a signature is listed by kind and page, and nothing is listed otherwise."""

from dataclasses import replace

import pytest

from tests.attacks.test_shadow_revisions import appended, evil_page
from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signed_documents import report_on, sealed, sealing, sign
from tests.fakes.sm2_people import world
from verify import DEFAULT_LIMITS, ChangeKind, LaterChange, PagePair, read_upload
from verify.comparing import changes_since
from verify.coverage import signed_bytes
from verify.finding import find_signatures

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 11 0 R >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>"
FIELD = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (Amount) /V (1) /Rect [9 9 99 30] /P 3 0 R >>"


def rich() -> Document:
    """Three pages with a font, a picture, a form, an attachment, metadata and a note."""
    base = document(
        {
            2: b"<< /Type /Pages /Kids [3 0 R 50 0 R 51 0 R] /Count 3"
            b" /Resources << /Font << /F1 10 0 R /F2 10 0 R >> /XObject << /X 12 0 R >> >> >>",
            3: PAGE % b"/Annots [13 0 R 14 0 R << /Subtype /Text /Rect [0 0 9 9] >>]",
            10: FONT,
            11: stream(b"beginbfchar <41> <0041> endbfchar"),
            12: stream(b"0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]"),
            13: FIELD,
            14: b"<< /Type /Annot /Subtype /FreeText /Rect [50 50 90 90] /Contents (a) >>",
            15: b"<< /Names [(licence.json) 16 0 R] >>",
            16: b"<< /Type /Filespec /F (licence.json) /EF << /F 17 0 R >> >>",
            17: stream(b"{}", b"/Type /EmbeddedFile"),
            18: stream(b"<x/>", b"/Type /Metadata"),
            19: b"<< /FT /Tx /T (Unseen) /V (1) >>",
            20: b"<< /Fields [13 0 R 19 0 R] >>",
            50: PAGE % b"",
            51: PAGE % b"/CropBox [0 0 300 300]",
        },
        catalog=b"/AcroForm 20 0 R /Names << /EmbeddedFiles 15 0 R >> /Metadata 18 0 R",
        trailer=b"/Info << /Title (Licence) /ModDate (D:2026) >>",
    )
    how = replace(sealing(world()), in_form=False, trailer=b"/Info << /Title (Licence) >>")
    return sign(base, how)


def changed(body: bytes, old: bytes, new: bytes) -> bytes:
    assert old in body, (old, body)
    return body.replace(old, new)


def found(later: Document) -> set[tuple[str, int | None]]:
    readable = read_upload(later.data, limits=DEFAULT_LIMITS)
    states = [signed_bytes(readable, one).revision for one in find_signatures(readable)]
    then = next(one for one in states if one is not None)
    return {(one.kind.value, one.page) for one in changes_since(readable, then)[0]}


RICH = rich().objects
NEW_PAGE = PAGE % b"/Annots [90 0 R]"
CASES: dict[str, tuple[dict[int, bytes], set[tuple[str, int | None]]]] = {
    "content": ({4: stream(b"q Q")}, {("page_content", n) for n in range(3)}),
    "a picture": ({12: stream(b"q Q", b"/Type /XObject")}, {("page_content", n) for n in range(3)}),
    "a font": ({10: changed(FONT, b"Helvetica", b"Courier")}, {("font", n) for n in range(3)}),
    "what letters mean": ({11: stream(b"<41> <0042>")}, {("font", n) for n in range(3)}),
    "shape": ({50: PAGE % b"/Rotate 90"}, {("page_shape", 1)}),
    "a page added": (
        {2: changed(RICH[2], b"51 0 R]", b"51 0 R 91 0 R]"), 91: PAGE % b""},
        {("page_added", 3)},
    ),
    "a page removed": ({2: changed(RICH[2], b"50 0 R ", b"")}, {("page_removed", 1)}),
    "pages exchanged": (
        {2: changed(RICH[2], b"50 0 R 51 0 R", b"51 0 R 50 0 R")},
        {("pages_reordered", None)},
    ),
    "a value": ({13: changed(FIELD, b"/V (1)", b"/V (9)")}, {("form_value", 0)}),
    "a look": (
        {13: changed(FIELD, b"/V (1)", b"/V (1) /AP << /N 12 0 R >>")},
        {("form_appearance", 0)},
    ),
    "an action": (
        {13: changed(FIELD, b"/V (1)", b"/V (1) /A << /S /Launch >>")},
        {("action", 0)},
    ),
    "an unseen value": ({19: b"<< /FT /Tx /T (Unseen) /V (9) >>"}, {("form_value", None)}),
    "a note changed": (
        {14: changed(RICH[14], b"(a)", b"(b)")},
        {("annotation", 0)},
    ),
    "a note removed": ({3: changed(RICH[3], b"14 0 R ", b"")}, {("annotation", 0)}),
    "a note added": (
        {50: NEW_PAGE, 90: b"<< /Subtype /FreeText /Rect [0 0 9 9] >>"},
        {("annotation", 1)},
    ),
    "a link": ({50: NEW_PAGE, 90: b"<< /Subtype /Link /A << /S /URI >> >>"}, {("action", 1)}),
    "a film": ({50: NEW_PAGE, 90: b"<< /Subtype /RichMedia >>"}, {("action", 1)}),
    "a file on a page": (
        {50: NEW_PAGE, 90: b"<< /Subtype /FileAttachment >>"},
        {("attachment", 1)},
    ),
    "a note of no kind": ({50: NEW_PAGE, 90: b"<< /Subtype 7 >>"}, {("annotation", 1)}),
    "an attachment": ({17: stream(b"{1}", b"/Type /EmbeddedFile")}, {("attachment", None)}),
    "a script": (
        {1: changed(RICH[1], b"/EmbeddedFiles", b"/JavaScript << /Names [] >> /EmbeddedFiles")},
        {("javascript", None)},
    ),
    "on opening": (
        {1: changed(RICH[1], b"/Type", b"/OpenAction << /S /JavaScript >> /Type")},
        {("action", None)},
    ),
    "layers": ({1: changed(RICH[1], b"/Type", b"/OCProperties << >> /Type")}, {("layers", None)}),
    "metadata": ({18: stream(b"<y/>", b"/Type /Metadata")}, {("metadata", None)}),
    "the form": ({20: changed(RICH[20], b">>", b"/NeedAppearances true >>")}, {("form", None)}),
    "a dynamic form": ({20: changed(RICH[20], b">>", b"/XFA (x) >>")}, {("xfa", None)}),
    "a field removed": ({20: changed(RICH[20], b" 19 0 R", b"")}, {("form", None)}),
    "a field added": (
        {20: changed(RICH[20], b"19 0 R", b"19 0 R 90 0 R"), 90: b"<< /FT /Tx /T (N) >>"},
        {("form", None)},
    ),
    "nothing at all": ({14: RICH[14]}, {("other", None)}),
    "something else": (
        {90: b"<< >>", 2: changed(RICH[2], b"/Count 3", b"/Count 4")},
        {("other", None)},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_change_is_listed_by_its_kind_and_page(name: str) -> None:
    objects, expected = CASES[name]
    assert found(rich().update(objects, trailer=b"/Info << /Title (Licence) >>")) == expected


def test_the_document_s_properties_are_compared_without_dates() -> None:
    later = rich().update({90: b"<< >>"}, trailer=b"/Info << /Title (Other) >>")
    assert found(later) == {("properties", None)}


def test_a_signature_taken_away_or_put_in_is_named() -> None:
    empty = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (E) /Rect [0 0 9 9] >>"
    base = document(
        {90: empty}, catalog=b"/AcroForm << /Fields [90 0 R] >>", page=b"/Annots [90 0 R]"
    )
    signed = sign(base, sealing(world()))
    filled = signed.update({90: changed(empty, b">>", b"/V 200 0 R >>"), 200: b"<< /Type /Sig >>"})
    assert found(filled) == {("signature_added", 0)}
    page = signed.objects[3]
    assert found(signed.update({3: changed(page, b" 92 0 R]", b"]")})) == {("signature_removed", 0)}
    catalog = signed.objects[1]
    unlisted = signed.update({1: changed(catalog, b" 92 0 R]", b"]")})
    assert found(unlisted) == {("signature_removed", None)}


def test_a_second_signature_is_listed_where_it_is_shown_and_not_twice() -> None:
    lock = b"/Reference [<< /TransformMethod /DocMDP /TransformParams << /P 1 >> >>]"
    first = sign(document(), replace(sealing(world()), more=lock))
    report = report_on(
        sign(first, replace(sealing(world()), name=b"S2", rect=b"[300 300 413 413]"))
    )
    assert report.changes is not None
    assert report.changes.changes == (LaterChange(ChangeKind.SIGNATURE_ADDED, 0),)
    assert report.changes.pages == (PagePair(0, 0),)
    assert report.changes.signature == 0
    assert first.data == first.data[: report.changes.signed_bytes]


def test_upkeep_is_no_change() -> None:
    twice = sign(sealed(), replace(sealing(world()), name=b"S2", rect=b"[300 300 413.4 413.4]"))
    assert report_on(twice).changes is None


def test_objects_that_no_table_lists_are_named() -> None:
    signed = sealed()
    report = report_on(appended(signed, evil_page(signed)))
    assert report.changes is not None
    assert report.changes.changes == (LaterChange(ChangeKind.HIDDEN_OBJECTS, None),)


def test_too_much_to_compare_is_said_and_ends() -> None:
    signed = sealed()
    later = signed.update({4: stream(b"q Q")})
    for limits in (
        replace(DEFAULT_LIMITS, comparison_steps=3),
        replace(DEFAULT_LIMITS, comparison_steps=5),
    ):
        report = report_on(later, limits=limits)
        assert report.changes is not None
        assert report.changes.changes == (LaterChange(ChangeKind.OTHER, None),)
    one = replace(DEFAULT_LIMITS, changes_listed=1)
    report = report_on(rich().update({4: stream(b"q Q")}), limits=one)
    assert report.changes is not None
    assert len(report.changes.changes) == 1


def test_an_object_that_cannot_be_read_differs() -> None:
    later = sealed().update({4: b"<< ( >>"})
    assert found(later) >= {("page_content", 0)}


def test_a_tree_of_pages_that_bites_its_tail_ends() -> None:
    tree = b"<< /Type /Pages /Kids [3 0 R 2 0 R 7 << >>] /Count 1 >>"
    later = sealed().update({2: tree, 4: stream(b"q Q")})
    assert found(later) == {("page_content", 0)}


def test_a_file_whose_structure_is_lost_has_nothing_to_compare() -> None:
    readable = read_upload(sealed().data, limits=DEFAULT_LIMITS)
    then = readable.structure
    assert then is not None
    broken = read_upload(sealed().data[:-20], limits=DEFAULT_LIMITS)
    assert changes_since(broken, then) == ((), ())
