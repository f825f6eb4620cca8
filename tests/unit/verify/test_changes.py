"""What follows a signed revision is signature upkeep, or it is a change."""

import re
from dataclasses import replace

import pytest

from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signature_values import Cms, Token
from tests.fakes.signed_documents import Field, code_of, report_on, sealed, sealing, sign
from tests.fakes.sm2_people import world
from verify import Code, Coverage, Indication, SubIndication, VerifyError
from verify.report import CheckName

SECOND = replace(sealing(world()), name=b"Seal2", rect=b"[300 300 413.386 413.386]")


INVISIBLE = replace(SECOND, rect=b"[0 0 0 0]", image=None)


def failed(changed: Document) -> bool:
    """Whether the file is refused or called changed."""
    try:
        return report_on(changed).indication is Indication.TOTAL_FAILED
    except VerifyError:
        return True


def verdict(changed: Document) -> str:
    report = report_on(changed)
    return code_of(report, CheckName.CHANGES)


def test_a_second_seal_leaves_the_first_one_whole() -> None:
    twice = sign(sealed(), SECOND)
    report = report_on(twice)
    assert report.indication is Indication.TOTAL_PASSED
    assert [one.covers for one in report.signatures] == [
        Coverage.ENTIRE_REVISION,
        Coverage.ENTIRE_FILE,
    ]
    assert code_of(report, CheckName.CHANGES, 0) == Code.ONLY_UPKEEP_LATER


def test_three_seals_hold() -> None:
    third = replace(SECOND, name=b"Seal3", rect=b"[10 300 123.386 413.386]")
    assert report_on(sign(sign(sealed(), SECOND), third)).indication is Indication.TOTAL_PASSED


def test_evidence_may_be_added() -> None:
    signed = sealed()
    store, extra = signed.free, signed.free + 1
    catalog = signed.objects[1].replace(b"/DSS 10 0 R", b"/DSS %d 0 R" % store)
    later = signed.update(
        {1: catalog, store: b"<< /Type /DSS /Certs [%d 0 R] >>" % extra, extra: stream(b"x")}
    )
    report = report_on(later)
    assert code_of(report, CheckName.CHANGES) == Code.ONLY_UPKEEP_LATER


def test_a_document_timestamp_may_be_added() -> None:
    people = world()
    stamped = sign(
        sealed(),
        Field(
            value=Token(people.tsa).over,
            name=b"Stamp1",
            entries=b"/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161",
            image=None,
            rect=b"[0 0 0 0]",
        ),
    )
    report = report_on(stamped)
    assert report.indication is Indication.TOTAL_PASSED
    assert [one.kind for one in report.signatures] == ["seal", "timestamp"]


def test_the_store_itself_may_be_rewritten_when_it_is_nothing_else() -> None:
    signed = sealed()
    store = signed.objects[10]
    extra = signed.free
    grown = store.replace(b"/Certs [", b"/Certs [%d 0 R " % extra)
    assert verdict(signed.update({10: grown, extra: stream(b"x")})) == Code.ONLY_UPKEEP_LATER


def _changed(number: int, old: bytes, new: bytes) -> dict[int, bytes]:
    body = sealed().objects[number]
    assert old in body
    return {number: body.replace(old, new)}


WIDGET = b"<< /Subtype /Widget /FT /Sig /T (N) /V 5 0 R /Rect [0 0 9 9] >>"
CHANGES = {
    "the page's content": {4: stream(b"0 0 200 200 re f")},
    "another content": _changed(3, b"/Contents 4 0 R", b"/Contents 7 0 R"),
    "a larger page": _changed(3, b"595 842", b"595 999"),
    "a rotated page": _changed(3, b"/Parent", b"/Rotate 90 /Parent"),
    "an annotation": {
        **_changed(3, b"/Annots [", b"/Annots [90 0 R "),
        90: b"<< /Type /Annot /Subtype /FreeText /Rect [0 0 99 99] >>",
    },
    "an annotation at the end": {
        3: sealed().objects[3].replace(b"6 0 R]", b"6 0 R 90 0 R]"),
        90: b"<< /Type /Annot /Subtype /FreeText /Rect [0 0 99 99] >>",
    },
    "an annotation given directly": {
        3: sealed().objects[3].replace(b"6 0 R]", b"6 0 R << /Subtype /Stamp >>]")
    },
    "an old object as annotation": {3: sealed().objects[3].replace(b"6 0 R]", b"6 0 R 6 0 R]")},
    "a text field": {
        1: sealed().objects[1].replace(b"6 0 R]", b"6 0 R 90 0 R]"),
        90: b"<< /FT /Tx /T (x) /V (y) >>",
    },
    "a field with kids": {
        1: sealed().objects[1].replace(b"6 0 R]", b"6 0 R 90 0 R]"),
        90: b"<< /FT /Sig /T (x) /V 5 0 R /Kids [] >>",
    },
    "a field that is a stream": {
        1: sealed().objects[1].replace(b"6 0 R]", b"6 0 R 90 0 R]"),
        90: stream(b"q Q", b"/FT /Sig /T (x) /V 5 0 R"),
    },
    "annotations no longer an array": _changed(3, b"/Annots [", b"/Annots 7 /Old ["),
    "the widget moved": _changed(6, b"[100 100", b"[200 100"),
    "the widget's picture": {7: stream(b"q Q", b"/Subtype /Form /BBox [0 0 9 9]")},
    "the picture's pixels": {8: stream(b"")},
    "the signature taken out of the form": _changed(1, b"6 0 R", b""),
    "another form": _changed(1, b"/SigFlags 3", b"/SigFlags 3 /NeedAppearances true"),
    "no form": _changed(1, b"/AcroForm", b"/AcroForx"),
    "a script": _changed(1, b"/Type /Catalog", b"/Type /Catalog /OpenAction 90 0 R"),
    "another page tree": _changed(1, b"/Pages 2 0 R", b"/Pages 90 0 R")
    | {90: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"},
    "a second page": {
        2: b"<< /Type /Pages /Kids [3 0 R 90 0 R] /Count 2 >>",
        90: b"<< /Type /Page /MediaBox [0 0 9 9] >>",
    },
    "layers": _changed(1, b"/Type /Catalog", b"/Type /Catalog /OCProperties << >>"),
    "a catalog with a key twice": _changed(1, b"/Pages 2 0 R", b"/Pages 2 0 R /Pages 2 0 R"),
    "an unreadable catalog": {1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm [ >>"},
    "an unreadable field": {6: b"<< /FT /Sig /V 5 0 R ( >>"},
}


@pytest.mark.parametrize("name", CHANGES)
def test_any_other_change_fails(name: str) -> None:
    assert failed(sealed().update(CHANGES[name]))


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_not_hidden_by_a_later_seal(name: str) -> None:
    later = sealed().update(CHANGES[name])
    assert failed(sign(later, SECOND))


def test_the_first_reason_for_a_changed_page_is_that_it_was_changed() -> None:
    report = report_on(sealed().update(CHANGES["the page's content"]))
    assert report.sub_indication is SubIndication.HASH_FAILURE
    assert code_of(report, CheckName.CHANGES) == Code.CHANGED_AFTER_SEALING


def test_a_new_object_that_nothing_refers_to_is_harmless() -> None:
    assert verdict(sealed().update({90: b"(nobody)"})) == Code.ONLY_UPKEEP_LATER


@pytest.mark.parametrize(
    "trailer", [b"/Extra 1", b"/Info << /Title (x) >>", b"/Info 90 0 R", b"/Root 3 0 R"]
)
def test_a_changed_trailer_fails_or_is_looked_at(trailer: bytes) -> None:
    signed = sealed()
    changed = signed.update({90: b"<< /Title (another) >>"}, trailer=trailer)
    assert failed(changed) == (trailer != b"/Extra 1")


INFO = document({5: b"<< /Title (Licence) /ModDate (D:2026) >>"}, trailer=b"/Info 5 0 R")


def test_the_date_of_change_may_change_and_the_title_may_not() -> None:
    signed = sign(INFO, replace(sealing(world()), trailer=b"/Info 5 0 R"))
    dated = b"<< /Title (Licence) /ModDate (D:2027) >>"
    renamed = b"<< /Title (Another) /ModDate (D:2027) >>"
    again = signed.update({5: dated}, trailer=b"/Info 5 0 R")
    assert verdict(again) == Code.ONLY_UPKEEP_LATER
    assert verdict(signed.update({5: renamed}, trailer=b"/Info 5 0 R")) == (
        Code.CHANGED_AFTER_SEALING
    )


def test_a_deleted_object_fails() -> None:
    signed = sealed()
    freed = b"xref\n4 1\n0000000000 00001 f \ntrailer << /Size 60 /Root 1 0 R /Prev %d >>\n"
    data = signed.data + freed % signed.start + b"startxref\n%d\n%%%%EOF\n" % len(signed.data)
    assert report_on(data).indication is Indication.TOTAL_FAILED


def test_a_later_table_that_points_into_signed_bytes_fails() -> None:
    base = document({90: stream(b"1 1 1 rg 0 0 999 999 re f")})
    hidden = base.data.index(b"90 0 obj")
    signed = sealed(base=base)
    table = b"xref\n90 1\n%010d 00000 n \ntrailer << /Size 99 /Root 1 0 R /Prev %d >>\n"
    data = signed.data + table % (hidden, signed.start)
    data += b"startxref\n%d\n%%%%EOF\n" % len(signed.data)
    report = report_on(data)
    assert report.indication is Indication.TOTAL_FAILED
    assert code_of(report, CheckName.CHANGES) == Code.CHANGED_AFTER_SEALING


def test_a_prepared_store_that_is_also_the_page_fails() -> None:
    # Shadow attack: the evidence store and the page share an array, which "upkeep" then rewrites.
    shared = document(
        {90: b"[4 0 R]", 91: b"<< /Type /DSS /Certs 90 0 R >>"}, catalog=b"/DSS 91 0 R"
    )
    shared = shared.update({3: shared.objects[3].replace(b"/Contents 4 0 R", b"/Contents 90 0 R")})
    people = world()
    signed = sign(shared, Field(value=sealing(people).value))
    swapped = signed.update({90: b"[200 0 R]", 200: stream(b"0 0 999 999 re f")})
    report = report_on(swapped)
    assert code_of(report, CheckName.CHANGES) == Code.CHANGED_AFTER_SEALING


def test_a_store_in_a_file_too_large_to_search_is_not_believed(monkeypatch) -> None:
    signed = sealed()
    grown = signed.objects[10].replace(b"/Certs [", b"/Certs [99 0 R ")
    later = signed.update({10: grown, 99: stream(b"x")})
    monkeypatch.setattr("verify.upkeep._REACHABLE_MAX", 2)
    assert verdict(later) == Code.CHANGED_AFTER_SEALING


EMPTY = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Second) /Rect [0 0 9 9] /P 3 0 R >>"


def _with_empty_field() -> Document:
    base = document(
        {90: EMPTY},
        catalog=b"/AcroForm << /SigFlags 3 /Fields [90 0 R] >>",
        page=b"/Annots [90 0 R]",
    )
    return sign(base, sealing(world()))


def _filling(entries: bytes = b"") -> Field:
    def widget(field: Field) -> Field:
        return field

    return widget(replace(sealing(world()), in_form=False))


def test_an_empty_field_may_be_signed_later() -> None:
    signed = _with_empty_field()
    sig = signed.free
    how = replace(sealing(world()), name=b"Unused", dss=(), crls=())
    filled = sign(signed, replace(how, extra={90: EMPTY.replace(b">>", b"/V %d 0 R >>" % sig)}))
    report = report_on(filled)
    # The value is shown by two fields here, which is refused for itself; the change is upkeep.
    assert code_of(report, CheckName.CHANGES, 1) == Code.ONLY_UPKEEP_LATER


def test_an_empty_field_may_not_be_moved_while_it_is_signed() -> None:
    signed = _with_empty_field()
    moved = EMPTY.replace(b"[0 0 9 9]", b"[0 0 500 500]").replace(b">>", b"/V 99 0 R >>")
    report = report_on(signed.update({90: moved, 99: b"<< /Type /Sig >>"}))
    assert code_of(report, CheckName.CHANGES, 1) == Code.CHANGED_AFTER_SEALING


def test_a_text_field_may_not_be_filled_later() -> None:
    text = b"<< /FT /Tx /T (Amount) /V (1) >>"
    base = document({90: text}, catalog=b"/AcroForm << /SigFlags 3 /Fields [90 0 R] >>")
    signed = sign(base, sealing(world()))
    report = report_on(signed.update({90: text.replace(b"(1)", b"(1000)")}))
    assert report.indication is Indication.TOTAL_FAILED


def test_pages_in_a_deep_or_odd_tree_are_followed() -> None:
    nodes = {n: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (n + 1) for n in range(100, 200)}
    base = document(
        {
            2: b"<< /Type /Pages /Kids [3 0 R 100 0 R 98 0 R] /Count 2 >>",
            98: b"[1]",
            **nodes,
            200: b"<< /Type /Page >>",
        }
    )
    assert verdict(sign(sign(base, sealing(world())), SECOND)) in {
        Code.ONLY_UPKEEP_LATER,
        Code.CHANGED_AFTER_SEALING,
    }


MDP = (
    b"/Reference [<< /Type /SigRef /TransformMethod /DocMDP"
    b" /TransformParams << /Type /TransformParams /P %d /V /1.2 >> >>]"
)


def _certified(reference: bytes, second: Field = INVISIBLE) -> Document:
    first = replace(sealing(world()), more=reference, catalog=b"/Perms << /DocMDP 5 0 R >>")
    return sign(sign(document(), first), second)


def test_a_new_visible_field_after_a_certification_is_a_change() -> None:
    assert verdict(_certified(MDP % 2, SECOND)) == Code.CHANGE_NOT_PERMITTED


@pytest.mark.parametrize("permission", [2, 3])
def test_a_certification_that_allows_signatures_allows_them(permission: int) -> None:
    assert verdict(_certified(MDP % permission)) == Code.ONLY_UPKEEP_LATER


def test_a_certification_without_a_permission_allows_signatures() -> None:
    reference = MDP.replace(b"/P %d", b"")
    assert verdict(_certified(reference)) == Code.ONLY_UPKEEP_LATER


def test_another_catalog_fails() -> None:
    signed = sealed()
    table = b"trailer << /Size 99 /Root 90 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    copy = b"90 0 obj\n%s\nendobj\n" % signed.objects[1]
    start = len(signed.data) + len(copy)
    data = signed.data + copy + b"xref\n90 1\n%010d 00000 n \n" % len(signed.data)
    report = report_on(data + table % (signed.start, start))
    assert code_of(report, CheckName.CHANGES) == Code.CHANGED_AFTER_SEALING


@pytest.mark.parametrize("annotations", [b"/Annots 7 ", b"/Annots << >> "])
def test_annotations_that_are_no_longer_an_array_fail(annotations: bytes) -> None:
    page = re.sub(rb"/Annots \[[^\]]*\]", annotations, sealed().objects[3])
    assert verdict(sealed().update({3: page})) == Code.CHANGED_AFTER_SEALING


def test_a_file_without_a_store_may_get_one() -> None:
    plain = sign(document(), replace(sealing(world()), dss=(), crls=()))
    twice = sign(plain, SECOND)
    assert report_on(twice).indication is Indication.TOTAL_PASSED


def test_readers_of_an_earlier_state_see_its_objects_in_streams() -> None:
    base = document({6: b"<< /Old 1 >>"}).update_compressed({6: b"<< /New 1 >>"})
    signed = sealed(base=base)
    assert verdict(sign(signed, SECOND)) == Code.ONLY_UPKEEP_LATER
    assert failed(signed.update({6: b"<< /Newer 1 >>"}))


@pytest.mark.parametrize(
    ("rect", "is_upkeep"),
    [
        (b"[0 0 595 842]", False),
        (b"[0 0 230 10]", False),
        (b"[0 0 220 220]", True),
        (b"[0 0 9]", False),
        (b"[0 0 /A 9]", False),
        (b"7", False),
    ],
)
def test_a_later_signature_may_not_cover_the_page(rect: bytes, is_upkeep: bool) -> None:
    people = world()
    overlay = Field(
        value=lambda signed: Cms().over(signed, people.signer), name=b"Over", rect=rect, image=None
    )
    report = report_on(sign(sealed(), overlay))
    assert (code_of(report, CheckName.CHANGES) == Code.ONLY_UPKEEP_LATER) == is_upkeep
    assert is_upkeep or report.indication is Indication.TOTAL_FAILED


def test_a_prepared_empty_field_that_covers_the_page_may_not_be_signed_later() -> None:
    large = EMPTY.replace(b"[0 0 9 9]", b"[0 0 595 842]")
    base = document(
        {90: large},
        catalog=b"/AcroForm << /SigFlags 3 /Fields [90 0 R] >>",
        page=b"/Annots [90 0 R]",
    )
    signed = sign(base, sealing(world()))
    filled = signed.update({90: large.replace(b">>", b"/V 200 0 R >>"), 200: b"<< /Type /Sig >>"})
    assert code_of(report_on(filled), CheckName.CHANGES, 1) == Code.CHANGED_AFTER_SEALING


def test_many_seals_are_judged_in_reasonable_time() -> None:
    signed = sealed()
    for number in range(2, 9):
        how = replace(INVISIBLE, name=b"S%d" % number, dss=(), crls=())
        signed = sign(signed, how)
    report = report_on(signed)
    assert report.indication is Indication.TOTAL_PASSED
    assert len(report.signatures) == 8


def test_a_reference_to_a_number_no_file_has_counts_for_nothing() -> None:
    base = document({5: b"[ %s 0 R ]" % (b"9" * 25)})
    assert report_on(sign(sealed(base=base), SECOND)).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("number", [b".", b"+.", b"1.2.3"])
def test_a_number_that_is_none_is_a_change_and_no_crash(number: bytes) -> None:
    """pyHanko raises an error of the decimal module's for these."""
    base = document({9: b"[ %s ]" % number}, page=b"/X 9 0 R")
    assert verdict(sealed(base=base).update({90: b"(nobody)"})) == Code.CHANGED_AFTER_SEALING
