"""A seal that is not seen whole is unclear: beside its page, under something, under the mouse."""

from dataclasses import replace

import pytest

from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signed_documents import POINTS, Field, code_of, report_on, sealed, sealing, sign
from tests.fakes.sm2_people import world
from verify import Code
from verify.report import CheckName

PEOPLE = world()
COVERED = "SES_SEAL_UNDER_ANOTHER"
RECT = b"/Rect [100 100 %.3f %.3f]" % (100 + POINTS, 100 + POINTS)
FORM = stream(b"1 g 0 0 9 9 re f", b"/Subtype /Form /BBox [0 0 9 9]")
STAMP = b"<< /Subtype /Stamp /Rect [%d 120 %d 140] %s >>"


def answer(made: Document, how: Field | None = None) -> str:
    report = report_on(sign(made, how or sealing(PEOPLE)), PEOPLE)
    return code_of(report, CheckName.APPEARANCE)


def under(annotation: bytes, *, page: bytes = b"/Annots [11 0 R 20 0 R]") -> str:
    """The seal's widget is object 11; the page lists the annotation, number 20, behind it."""
    made = document({8: FORM, 9: b"null", 20: annotation})
    assert made.free == 21
    above = made.objects[3].replace(
        b"/Contents", page.replace(b"11 0 R", b"22 0 R") + b" /Contents"
    )
    return answer(made, replace(sealing(PEOPLE), extra={3: above}))


@pytest.mark.parametrize("left", [580, 900, -30])
def test_a_seal_beside_the_page_is_unclear(left: int) -> None:
    rect = b"[%d 100 %.3f %.3f]" % (left, left + POINTS, 100 + POINTS)
    how = replace(sealing(PEOPLE), rect=rect)
    assert answer(document(), how) == Code.APPEARANCE_UNCLEAR


@pytest.mark.parametrize("box", [b"[0 0 150 150]", b"[150 150 400 400]", b"[0 150 595 842]"])
def test_a_seal_that_the_page_is_cropped_away_from_is_unclear(box: bytes) -> None:
    assert answer(document(page=b"/CropBox " + box)) == Code.APPEARANCE_UNCLEAR


def test_a_page_whose_box_is_its_parents_or_nobodys_is_no_trouble() -> None:
    base = document().objects
    plain = base[3].replace(b"/MediaBox [0 0 595 842]", b"")
    for tree in (base[2], base[2].replace(b"/Count", b"/MediaBox [0 0 595 842] /Count")):
        assert answer(document({2: tree, 3: plain})) == Code.APPEARANCE_MATCHES


def test_a_box_that_the_page_inherits_cuts_off_as_well() -> None:
    tree = document().objects[2].replace(b"/Count", b"/CropBox [0 0 150 150] /Count")
    assert answer(document({2: tree})) == Code.APPEARANCE_UNCLEAR


def test_what_lies_over_the_seal_makes_it_unclear() -> None:
    assert under(STAMP % (120, 140, b"/AP << /N 8 0 R >>")) == Code.APPEARANCE_UNCLEAR


def test_what_lies_under_the_seal_does_not() -> None:
    order = b"/Annots [20 0 R 11 0 R]"
    shown = STAMP % (120, 140, b"/AP << /N 8 0 R >>")
    assert under(shown, page=order) == Code.APPEARANCE_MATCHES


@pytest.mark.parametrize(
    "annotation",
    [
        STAMP % (300, 320, b"/AP << /N 8 0 R >>"),
        STAMP % (120, 140, b"/F 2 /AP << /N 8 0 R >>"),
        b"<< /Subtype /Link /Rect [120 120 140 140] >>",
        b"<< /Subtype /Text /AP << /N 8 0 R >> >>",
        b"null",
    ],
)
def test_what_is_elsewhere_or_not_seen_covers_nothing(annotation: bytes) -> None:
    assert under(annotation) == Code.APPEARANCE_MATCHES


def test_an_annotation_that_poses_as_a_seal_covers_one_all_the_same() -> None:
    posing = STAMP % (120, 140, b"/FT /Sig /V << /Contents <30> >> /AP << /N 8 0 R >>")
    assert under(posing) == Code.APPEARANCE_UNCLEAR


@pytest.mark.parametrize("parent", [b"5", b"true", b"[1]", b"/Name"])
def test_a_parent_that_is_none_makes_nothing_a_seal(parent: bytes) -> None:
    posing = STAMP % (120, 140, b"/Parent %s /AP << /N 8 0 R >>" % parent)
    assert under(posing) == Code.APPEARANCE_UNCLEAR


@pytest.mark.parametrize("entry", [b"/Annots 17", b""])
def test_a_widget_that_its_page_does_not_list_is_under_nothing(entry: bytes) -> None:
    assert under(b"null", page=entry) == Code.APPEARANCE_INVISIBLE


def test_a_seal_under_another_seal_gets_a_warning() -> None:
    twice = sign(sealed(PEOPLE), replace(sealing(PEOPLE), name=b"Seal2"))
    first, second = report_on(twice).signatures
    assert COVERED in first.warnings
    assert COVERED not in second.warnings
    assert {code_of(report_on(twice), CheckName.APPEARANCE, at) for at in range(2)} == {
        Code.APPEARANCE_MATCHES
    }


def test_a_widget_given_directly_may_lie_under_whatever_the_page_lists() -> None:
    kid = b"<< /Subtype /Widget /Parent 21 0 R %s /AP << /N 23 0 R >> /F 4 >>" % RECT
    shown = STAMP % (120, 140, b"/AP << /N 8 0 R >>")
    made = document({8: FORM, 20: shown})
    page = made.objects[3].replace(b"/Contents", b"/Annots [%s 20 0 R] /Contents" % kid)
    field = b"<< /FT /Sig /T (Seal1) /V 21 0 R /Kids [%s] >>" % kid
    report = report_on(sign(made, replace(sealing(PEOPLE), extra={3: page, 22: field})), PEOPLE)
    assert code_of(report, CheckName.APPEARANCE) != Code.APPEARANCE_MATCHES


@pytest.mark.parametrize("entries", [b"/D 23 0 R", b"/R 23 0 R"])
def test_a_seal_that_looks_different_under_the_mouse_is_unclear(entries: bytes) -> None:
    assert reworked(b"/N 23 0 R " + entries, 132) == Code.APPEARANCE_UNCLEAR


@pytest.mark.parametrize("flags", [8, 16, 28])
def test_a_seal_that_does_not_turn_or_zoom_with_its_page_is_unclear(flags: int) -> None:
    assert reworked(b"/N 23 0 R", flags) == Code.APPEARANCE_UNCLEAR


def test_a_seal_without_flags_is_no_trouble() -> None:
    assert reworked(b"/N 23 0 R", None) == Code.APPEARANCE_MATCHES


def reworked(looks: bytes, flags: int | None) -> str:
    shown = b"" if flags is None else b"/F %d" % flags
    widget = (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal1) /V 21 0 R /P 3 0 R %s %s"
        b" /AP << %s >> >>" % (RECT, shown, looks)
    )
    made = document({20: b"null"})
    return answer(made, replace(sealing(PEOPLE), extra={22: widget}))
