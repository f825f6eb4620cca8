"""Every signature is listed: under any name, in any revision, in the form or not."""

import time
from dataclasses import replace

import pytest

from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signed_documents import (
    Field,
    decisive_code,
    report_on,
    sealed,
    sealing,
    sign,
)
from tests.fakes.sm2_people import world
from verify import DEFAULT_LIMITS, Code, Indication, PdfTooLarge, SubIndication, read_upload
from verify.finding import FoundSignature, find_signatures

EMPTY_FIELD = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Empty) /Rect [0 0 9 9] %s >>"


def found_in(data: Document | bytes, **limits: int) -> tuple[FoundSignature, ...]:
    content = data.data if isinstance(data, Document) else data
    return find_signatures(read_upload(content, limits=replace(DEFAULT_LIMITS, **limits)))


def _form(fields: bytes, objects: dict[int, bytes], page: bytes = b"") -> Document:
    return document(objects, catalog=b"/AcroForm << /Fields [%s] >>" % fields, page=page)


def test_a_file_without_signature_says_so_without_passing() -> None:
    report = report_on(document())
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND
    assert report.signatures == ()


def test_an_empty_field_is_no_signature() -> None:
    assert found_in(_form(b"5 0 R", {5: EMPTY_FIELD % b""})) == ()


UNUSABLE = {
    "null": b"/V null",
    "dangling": b"/V 99 0 R",
    "number": b"/V 1",
    "array": b"/V [1]",
    "string": b"/V (signed)",
    "a reference to a page": b"/V 3 0 R",
    "an empty dictionary": b"/V << >>",
    "no ByteRange": b"/V << /Type /Sig /Contents <00> >>",
    "null ByteRange": b"/V << /Type /Sig /ByteRange null /Contents <00> >>",
    "empty ByteRange": b"/V << /Type /Sig /ByteRange [] /Contents <00> >>",
    "no Contents": b"/V << /Type /Sig /ByteRange [0 1 2 3] >>",
    "null Contents": b"/V << /Type /Sig /ByteRange [0 1 2 3] /Contents null >>",
    "empty Contents": b"/V << /Type /Sig /ByteRange [0 1 2 3] /Contents <> >>",
    "zero Contents": b"/V << /Type /Sig /ByteRange [0 1 2 3] /Contents <0000> >>",
    "string Contents": b"/V << /Type /Sig /ByteRange [0 1 2 3] /Contents (abc) >>",
    "two values": b"/V << /Type /Sig >> /V << /Type /Sig >>",
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_field_with_an_unusable_value_fails_and_is_never_unsigned(name: str) -> None:
    report = report_on(_form(b"5 0 R", {5: EMPTY_FIELD % UNUSABLE[name]}))
    assert report.indication is Indication.TOTAL_FAILED
    assert [one.field_name for one in report.signatures] == ["Empty"]
    assert report.signatures[0].kind == "cms"


def test_a_value_inherited_from_the_parent_counts() -> None:
    parent = b"<< /FT /Sig /T (Top) /Kids [6 0 R] /V << /Type /Sig >> >>"
    kid = b"<< /Subtype /Widget /Parent 5 0 R /Rect [0 0 1 1] >>"
    found = found_in(_form(b"5 0 R", {5: parent, 6: kid}, b"/Annots [6 0 R]"))
    assert [one.field_name for one in found] == ["Top"] * len(found)
    assert found[0].dictionary is not None


def test_names_are_joined_down_the_tree() -> None:
    top = b"<< /T (a) /Kids [6 0 R 7 0 R] >>"
    middle = b"<< /T (b) /FT /Sig /V << /Type /Sig >> >>"
    nameless = b"<< /Kids [8 0 R] /FT /Sig /V << /Type /Sig >> >>"
    leaf = b"<< /Subtype /Widget >>"
    found = found_in(_form(b"5 0 R", {5: top, 6: middle, 7: nameless, 8: leaf}))
    assert [one.field_name for one in found] == ["a.b", "a", "a"]


def test_a_field_tree_that_loops_ends() -> None:
    loop = b"<< /T (a) /FT /Sig /Kids [5 0 R 6 0 R] >>"
    kid = b"<< /T (b) /Kids [5 0 R] >>"
    assert found_in(_form(b"5 0 R 5 0 R", {5: loop, 6: kid})) == ()


def test_a_field_tree_deeper_than_any_real_one_is_cut() -> None:
    nodes = {n: b"<< /T (a) /Kids [%d 0 R] >>" % (n + 1) for n in range(5, 60)}
    bottom = {60: b"<< /T (z) /FT /Sig /V << /Type /Sig >> >>"}
    assert found_in(_form(b"5 0 R", nodes | bottom)) == ()


def test_too_many_fields_annotations_or_signatures_are_refused() -> None:
    direct = _form(b"<< /T (a) >> " * 20, {})
    with pytest.raises(PdfTooLarge, match="form fields"):
        found_in(direct, form_fields=10)
    crowded = document(page=b"/Annots [%s]" % (b"<< /Subtype /Link >> " * 20))
    with pytest.raises(PdfTooLarge, match="annotations"):
        found_in(crowded, objects=10)
    many = _form(b"5 0 R", {5: EMPTY_FIELD % b"/V << >>"})
    with pytest.raises(PdfTooLarge, match="signatures"):
        found_in(many, signatures=0)


def test_a_form_that_is_no_form_holds_nothing() -> None:
    for form in (b"/AcroForm 7", b"/AcroForm << /Fields 7 >>", b"/AcroForm << /Fields [7 null] >>"):
        assert found_in(document(catalog=form)) == ()


def test_a_field_given_directly_cannot_be_located() -> None:
    report = report_on(_form(b"<< /FT /Sig /T (d) /V << /Type /Sig >> >>", {}))
    assert report.indication is Indication.TOTAL_FAILED
    assert decisive_code(report) == Code.PARSERS_DISAGREE


def test_a_widget_that_no_form_lists_is_found_and_fails() -> None:
    stray = replace(sealing(world()), in_form=False)
    report = report_on(sign(document(), stray))
    assert report.indication is Indication.TOTAL_FAILED
    assert decisive_code(report) == Code.SIGNATURE_NOT_IN_FORM
    assert report.signatures[0].field_name == "Seal1"


def test_a_stray_widget_given_directly_or_of_another_kind_is_told_apart() -> None:
    page = b"/Annots [<< /Subtype /Widget /FT /Sig /V << >> >> 5 0 R 6 0 R 17]"
    text = b"<< /Subtype /Widget /FT /Tx /V (x) >>"
    orphan = b"<< /Subtype /Widget /Parent 7 0 R >>"
    found = found_in(document({5: text, 6: orphan, 7: b"17"}, page=page))
    assert [one.fault for one in found] == [Code.PARSERS_DISAGREE]


def test_a_widget_whose_parents_never_end_is_cut() -> None:
    loop = b"<< /Subtype /Widget /Parent 5 0 R >>"
    assert found_in(document({5: loop}, page=b"/Annots [5 0 R]")) == ()


def test_a_signature_that_a_later_revision_removes_is_listed_and_fails() -> None:
    signed = sealed()
    removed = signed.update({1: document().objects[1], 3: document().objects[3]})
    report = report_on(removed)
    assert report.indication is Indication.TOTAL_FAILED
    assert decisive_code(report) == Code.SIGNATURE_NOT_IN_FORM


def test_a_signature_that_a_later_revision_replaces_is_listed_and_fails() -> None:
    signed = sealed()
    report = report_on(signed.update({5: b"<< /Type /Sig >>"}))
    assert report.indication is Indication.TOTAL_FAILED
    assert {decisive_code(report, n) for n in (0, 1)} == {
        Code.BYTE_RANGE_MISSING,
        Code.SIGNATURE_REPLACED,
    }


def test_a_signature_shown_by_two_fields_fails_twice() -> None:
    signed = sealed()
    second = signed.objects[6].replace(b"(Seal1)", b"(Seal2)")
    catalog = signed.objects[1].replace(b"/Fields [ 6 0 R", b"/Fields [ 6 0 R 20 0 R")
    assert catalog != signed.objects[1] or b"/Fields [6 0 R" in signed.objects[1]
    catalog = catalog.replace(b"/Fields [6 0 R", b"/Fields [6 0 R 20 0 R")
    report = report_on(signed.update({20: second, 1: catalog}))
    assert [decisive_code(report, n) for n in (0, 1)] == [Code.SIGNATURE_SHARED] * 2


def test_a_byte_range_between_objects_is_listed_and_fails() -> None:
    hidden = b"<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>\n"
    base = document()
    data = base.data.replace(b"xref\n0", hidden + b"xref\n0")
    data = data.replace(
        b"startxref\n%d" % base.start, b"startxref\n%d" % (base.start + len(hidden))
    )
    report = report_on(data)
    assert report.indication is Indication.TOTAL_FAILED
    assert decisive_code(report) == Code.SIGNATURE_REPLACED


def test_a_byte_range_before_all_objects_is_listed_and_fails() -> None:
    base = document()
    comment = b"%/ByteRange \n"
    data = base.data.replace(b"1 0 obj", comment + b"1 0 obj", 1)
    # Offsets no longer fit, so the file is damaged and the mark is found by the raw scan.
    assert report_on(data).indication is Indication.TOTAL_FAILED


def test_a_byte_range_in_the_text_of_a_stream_is_no_signature() -> None:
    content = b"BT (see /ByteRange [0 1 2 3]) Tj ET"
    assert found_in(document({4: stream(content)})) == ()


def test_a_byte_range_behind_the_stated_length_of_a_stream_is_found() -> None:
    short = stream(b"q Q /ByteRange [0 1 2 3]").replace(b"/Length 24", b"/Length 3 ")
    assert [one.fault for one in found_in(document({4: short}))] == [Code.SIGNATURE_REPLACED]
    unknown = stream(b"q Q /ByteRange [0 1 2 3]").replace(b"/Length 24", b"/Length 99 0 R")
    assert len(found_in(document({4: unknown}))) == 1


def test_a_byte_range_in_an_object_nobody_refers_to_is_found() -> None:
    orphan = document({5: b"<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>"})
    assert [one.fault for one in found_in(orphan)] == [Code.SIGNATURE_NOT_IN_FORM]
    nonsense = document({5: b"[ /ByteRange ( ]"})
    assert [one.fault for one in found_in(nonsense)] == [Code.SIGNATURE_REPLACED]


def test_a_signature_in_an_object_stream_fails() -> None:
    base = _form(b"6 0 R", {6: EMPTY_FIELD % b"/V 7 0 R"})
    packed = base.update_compressed({7: b"<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>"})
    found = found_in(packed)
    assert {one.fault for one in found} == {Code.SIGNATURE_VALUE_UNUSABLE}


def test_a_field_in_an_object_stream_is_read_by_both_readers() -> None:
    people = world()
    how = sealing(people)
    signed = sign(document(), how)
    widget = signed.objects[6]
    packed = signed.update_compressed({6: widget})
    report = report_on(packed)
    assert report.signatures[0].field_name == "Seal1"
    assert report.indication is Indication.TOTAL_FAILED


def test_readers_that_see_different_values_are_noticed() -> None:
    # A comment makes the field one that is compared with qpdf's reading; both agree here.
    commented = EMPTY_FIELD % b"/V % 7 0 R\n << /Type /Sig >>"
    found = found_in(_form(b"5 0 R", {5: commented}))
    assert found[0].fault is None
    referred = _form(b"5 0 R", {5: EMPTY_FIELD % b"%c\n /V 7 0 R", 7: b"<< /Type /Sig >>"})
    assert found_in(referred)[0].fault is None
    assert found_in(_form(b"5 0 R", {5: EMPTY_FIELD % b"%c\n"})) == ()
    dangling = _form(b"5 0 R", {5: EMPTY_FIELD % b"%c\n /V 99 0 R"})
    assert found_in(dangling)[0].fault is Code.SIGNATURE_VALUE_UNUSABLE


def test_a_field_that_is_a_stream_or_unreadable_is_not_trusted() -> None:
    report = report_on(_form(b"5 0 R", {5: EMPTY_FIELD % b"/V << /A [ ( >>"}))
    assert report.indication is not Indication.TOTAL_PASSED


def test_in_a_damaged_file_what_lenient_readers_show_is_listed() -> None:
    signed = sealed()
    report = report_on(signed.data[:-8])
    assert report.indication is Indication.TOTAL_FAILED
    assert decisive_code(report) == Code.STRUCTURE_DAMAGED
    assert [one.field_name for one in report.signatures] == ["Seal1"]
    assert found_in(_form(b"5 0 R", {5: EMPTY_FIELD % b""}).data[:-8]) == ()
    lost = document({5: b"<< /ByteRange [0 1 2 3] >>"}).data[:-8]
    assert [one.fault for one in found_in(lost)] == [Code.STRUCTURE_DAMAGED]


def test_every_filter_name_is_listed() -> None:
    people = world()
    for names in (b"/Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached", b"", b"/Filter /X"):
        how = replace(sealing(people), entries=b"/Type /Sig " + names)
        report = report_on(sign(document(), how))
        assert report.indication is Indication.TOTAL_PASSED
        assert report.signatures[0].kind == "seal"


def test_a_field_without_a_picture_is_still_a_field() -> None:
    how = Field(value=sealing(world()).value, dss=world().certificates, image=None)
    report = report_on(sign(document(), how))
    assert decisive_code(report) == Code.APPEARANCE_UNCLEAR


def test_a_byte_range_in_a_comment_before_all_objects_is_listed() -> None:
    found = found_in(document(header=b"% /ByteRange [0 1 2 3]\n"))
    assert [(one.fault, one.at) for one in found] == [(Code.SIGNATURE_REPLACED, -1)]


def test_a_reference_to_another_generation_is_a_reference_to_nothing() -> None:
    base = _form(b"5 0 R", {5: EMPTY_FIELD % b"/V 6 7 R", 6: b"<< /Type /Sig >>"})
    assert [one.fault for one in found_in(base)] == [Code.SIGNATURE_VALUE_UNUSABLE]


def test_very_many_byte_ranges_do_not_keep_the_search_busy() -> None:
    begun = time.monotonic()
    assert found_in(document({4: stream(b"/ByteRange " * 300_000)})) == ()
    crowd = {number: b"<< /ByteRange [0 1 2 3] >>" for number in range(5, 3000)}
    with pytest.raises(PdfTooLarge, match="signatures"):
        found_in(document(crowd))
    assert time.monotonic() - begun < 5


def test_a_signature_hidden_in_the_data_of_a_stream_is_found() -> None:
    inner = b"40 0 obj\n<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>\nendobj\n"
    base = document({4: stream(b"/ByteRange " + inner)})
    at = base.data.index(b"40 0 obj")
    table = b"xref\n40 1\n%010d 00000 n \ntrailer << /Size 41 /Root 1 0 R /Prev %d >>\n"
    data = base.data + table % (at, base.start) + b"startxref\n%d\n%%%%EOF\n" % len(base.data)
    assert [one.at for one in found_in(data)] == [at]
