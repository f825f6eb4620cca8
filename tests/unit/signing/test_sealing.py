"""A document is sealed as one more increment, or refused with everything left as it was."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from keystore import (
    SIGNER_ID_GM,
    RevocationList,
    SealSignature,
    Signer,
    Sm2Signature,
    der_length,
    sm3,
)
from keystore.errors import AdapterFault, KeyUnavailable
from signing import SealPlacement, UnsignedPdf
from signing.errors import (
    PlaceholderTooSmall,
    PlacementError,
    SealNotInForce,
    SigningError,
    UnsuitablePdf,
)
from tests.fakes.pki import (
    NOW,
    new_seal,
    page_pdf,
    pki,
    raw_pdf,
    saved,
    seal,
    seal_container,
    sealer,
)
from tests.fakes.seals import SealRecipe

PLACE = SealPlacement(0, 100, 100)


def prepared_pdf(data: bytes, place: SealPlacement = PLACE, **changes):
    return sealer(seal_container(**changes)).prepare(UnsignedPdf(data), place, now=NOW)


def sealed_pdf(data: bytes, place: SealPlacement = PLACE) -> bytes:
    return sealer().seal(sealer().prepare(UnsignedPdf(data), place, now=NOW)).data


KEPT: list[pikepdf.Pdf] = []


@pytest.fixture(autouse=True)
def _forget():
    yield
    KEPT.clear()


def opened(data: bytes) -> pikepdf.Pdf:
    """Strictly: an update that qpdf must repair is a broken update. Kept open for the test."""
    pdf = pikepdf.open(io.BytesIO(data), attempt_recovery=False)
    assert pdf.get_warnings() == []
    KEPT.append(pdf)
    return pdf


def changed_page(change, *, streams: bool = False) -> bytes:
    pdf = pikepdf.open(io.BytesIO(page_pdf()))
    change(pdf)
    return saved(pdf, streams=streams)


def on_page(**entries) -> bytes:
    def change(pdf):
        for key, value in entries.items():
            pdf.pages[0].obj["/" + key] = value

    return changed_page(change)


def on_root(**entries) -> bytes:
    def change(pdf):
        for key, value in entries.items():
            pdf.Root["/" + key] = value

    return changed_page(change)


def signatures_in(data: bytes) -> list[pikepdf.Dictionary]:
    return [field.V for field in opened(data).Root.AcroForm.Fields if "/V" in field]


def check_value(data: bytes, signature: pikepdf.Dictionary) -> SealSignature:
    """The value verifies over exactly what the ByteRange says; nothing else is in the gap."""
    start, first, second, last = (int(one) for one in signature.ByteRange)
    gap = data[first:second]
    assert (start, gap[:1], gap[-1:]) == (0, b"<", b">")
    value = bytes.fromhex(gap[1:-1].decode())
    der = value[: der_length(value)]
    assert set(value[len(der) :]) <= {0}
    read = SealSignature.from_der(der)
    read.verify_value(signer_id=SIGNER_ID_GM)
    assert read.data_hash == sm3(data[:first] + data[second : second + last])
    return read


@pytest.mark.parametrize("streams", [False, True])
def test_a_sealed_document_is_its_original_and_one_increment(streams):
    original = page_pdf(streams=streams)
    data = sealed_pdf(original)
    assert data.startswith(original)
    (signature,) = signatures_in(data)
    read = check_value(data, signature)
    assert read.seal.der == seal().der
    assert read.certificate == pki().leaf.certificate
    assert read.signed_at == NOW
    assert int(signature.ByteRange[2]) + int(signature.ByteRange[3]) == len(data)
    assert str(signature.M) == "D:20261123080000Z"
    assert (signature.Filter, signature.SubFilter) == ("/Qianyin.GMPkiLite", "/GM.sm2seal")
    tail = data[len(original) :]
    assert (b"/Type /XRef" in tail) == streams
    assert (b"\nxref\n" in tail) == (not streams)


def test_the_widget_shows_the_picture_at_its_true_size_in_its_place():
    pdf = opened(sealed_pdf(page_pdf()))
    (widget,) = pdf.pages[0].obj.Annots
    left, bottom, right, top = (float(one) for one in widget.Rect)
    millimetres = 72 / 25.4
    assert right - left == pytest.approx(42 * millimetres, abs=0.01)
    assert top - bottom == pytest.approx(42 * millimetres, abs=0.01)
    assert (left + right) / 2 == pytest.approx(100 * millimetres, abs=0.01)
    assert (top + bottom) / 2 == pytest.approx(842 - 100 * millimetres, abs=0.01)
    assert (widget.FT, str(widget.T), int(widget.F)) == ("/Sig", "Seal1", 132)
    assert widget.P.objgen == pdf.pages[0].obj.objgen
    form = widget.AP.N
    assert [float(one) for one in form.BBox] == pytest.approx(
        [0, 0, right - left, top - bottom], abs=0.01
    )
    image = pikepdf.PdfImage(form.Resources.XObject.Seal)
    assert (image.width, image.height) == (496, 496)
    mask = form.Resources.XObject.Seal.SMask.read_bytes()
    assert len(mask) == 496 * 496
    assert mask[0] == 0, "the corner of a round seal is clear"
    assert set(mask) == {0, 255}


def test_the_evidence_holds_every_certificate_and_list_once():
    store = opened(sealed_pdf(page_pdf())).Root.DSS
    certificates = [one.read_bytes() for one in store.Certs]
    chain = (*pki().leaf.chain, pki().maker.certificate)
    assert sorted(certificates) == sorted(one.der for one in chain)
    assert len(store.CRLs) == 1
    assert RevocationList.from_der(store.CRLs[0].read_bytes()).issuer_der == (
        pki().issuing.certificate.subject_der
    )


def test_preparing_uses_no_key():
    class Untouchable:
        public_key = pki().leaf.signer.public_key

        def sign_digest(self, digest):
            raise AssertionError("the key was used")

    locked = Signer(Untouchable(), pki().leaf.signer.public_key)
    first = prepared_pdf(page_pdf(), signer=locked)
    assert sm3(first.data[: first.gap[0]] + first.data[first.gap[1] :]) == first.digest
    assert first.byte_range == (0, *first.gap, len(first.data) - first.gap[1])
    assert set(first.data[first.gap[0] + 1 : first.gap[1] - 1]) == {ord("0")}
    assert "data" not in repr(first)


def test_preparing_again_gives_the_same_bytes():
    press = sealer()
    data = sealed_pdf(page_pdf(streams=True))
    first, second = (press.prepare(UnsignedPdf(data), PLACE, now=NOW) for _ in range(2))
    assert first == second


def test_the_claimed_time_is_whole_seconds_of_utc():
    east = datetime(2026, 11, 23, 16, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=8)))
    made = sealer().prepare(UnsignedPdf(page_pdf()), PLACE, now=east)
    assert made.signed_at == datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize("streams", [False, True])
def test_a_second_seal_leaves_the_first_as_it_was(streams):
    first = sealed_pdf(page_pdf(streams=streams, pages=2))
    second = sealed_pdf(first, SealPlacement(1, 60, 60))
    third = sealed_pdf(second, SealPlacement(0, 60, 160))
    assert third.startswith(second)
    assert second.startswith(first)
    signatures = signatures_in(third)
    for signature, revision in zip(signatures, (first, second, third), strict=True):
        check_value(third, signature)
        assert sum(int(one) for one in signature.ByteRange[2:]) == len(revision)
    pdf = opened(third)
    assert [str(field.T) for field in pdf.Root.AcroForm.Fields] == ["Seal1", "Seal2", "Seal3"]
    assert [len(page.obj.Annots) for page in pdf.pages] == [2, 1]
    assert len(pdf.Root.DSS.Certs) == 4, "the chain is not stored three times"


def test_a_document_without_a_line_end_gets_one():
    original = page_pdf().rstrip(b"\n")
    assert not original.endswith(b"\n")
    data = sealed_pdf(original)
    assert data.startswith(original + b"\n")
    check_value(data, signatures_in(data)[0])


@pytest.mark.parametrize("indirect", [False, True])
@pytest.mark.parametrize("streams", [False, True])
def test_annotations_that_are_there_stay(indirect, streams):
    def change(pdf):
        link = pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]))
        )
        note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]))
        array = Array([link, note])
        pdf.pages[0].obj.Annots = pdf.make_indirect(array) if indirect else array

    original = changed_page(change, streams=streams)
    data = sealed_pdf(original)
    page = opened(data).pages[0].obj
    assert [one.Subtype for one in page.Annots] == ["/Link", "/Text", "/Widget"]
    assert page.Annots.is_indirect == indirect
    check_value(data, signatures_in(data)[0])


@pytest.mark.parametrize("indirect", [False, True])
def test_a_form_that_is_there_is_kept(indirect):
    def change(pdf):
        field = pdf.make_indirect(Dictionary(FT=Name.Tx, T="Seal2", V="value"))
        form = Dictionary(Fields=[field], DA="/Helv 0 Tf", DR=Dictionary(Font=Dictionary()))
        pdf.Root.AcroForm = pdf.make_indirect(form) if indirect else form

    pdf = opened(sealed_pdf(changed_page(change)))
    form = pdf.Root.AcroForm
    assert form.is_indirect == indirect
    assert str(form.DA) == "/Helv 0 Tf"
    assert [str(one.T) for one in form.Fields] == ["Seal2", "Seal3"], "the name is free"
    assert str(form.Fields[0].V) == "value"
    assert int(form.SigFlags) == 3


def test_a_field_that_is_no_object_of_its_own_stays():
    original = on_root(AcroForm=Dictionary(Fields=[Dictionary(FT=Name.Tx, T="a")]))
    fields = opened(sealed_pdf(original)).Root.AcroForm.Fields
    assert [str(one.T) for one in fields] == ["a", "Seal2"]


def test_evidence_that_is_there_is_kept_and_not_repeated():
    first = sealed_pdf(page_pdf())
    pdf = pikepdf.open(io.BytesIO(first))
    packed = pdf.make_stream(b"")
    packed.write(b"6f74686572>", filter=Name.ASCIIHexDecode)
    pdf.Root.DSS.Certs.append(packed)
    pdf.Root.DSS.Certs.append(7)
    pdf.Root.DSS.VRI = Dictionary(A=Dictionary())
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    store = opened(sealed_pdf(out.getvalue())).Root.DSS
    assert len(store.Certs) == 4 + 2
    assert store.Certs[4].read_bytes() == b"other"
    assert store.Certs[5] == 7
    assert "/A" in store.VRI


def test_a_sealer_without_lists_or_chain_adds_none():
    class Bare:
        filter, sub_filter, chain, reserved_bytes = "A.b", "C d", (), 16

        def require_in_force(self, prepared):
            pass

        def value(self, prepared):
            return b"\x30\x00"

    plain = replace(sealer(Bare()), revocation_lists=tuple)
    data = plain.seal(plain.prepare(UnsignedPdf(page_pdf()), PLACE, now=NOW)).data
    store = opened(data).Root.DSS
    assert set(store.keys()) == {"/Type"}
    assert signatures_in(data)[0].SubFilter == "/C d", "names are escaped"


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def inheriting(attributes: bytes, page: bytes = b"") -> bytes:
    """A page that has nothing of its own; pikepdf would push what it inherits down to it."""
    tree = b"<< /Type /Pages /Count 1 /Kids [3 0 R] %s >>" % attributes
    return raw_pdf(CATALOG, tree, b"<< /Type /Page /Parent 2 0 R %s >>" % page)


def test_inherited_boxes_and_resources_are_the_pages():
    original = inheriting(b"/MediaBox [0 0 300 400] /Resources << /Font << >> >>")
    data = sealed_pdf(original, SealPlacement(0, 50, 30))
    pdf = opened(data)
    widget = pdf.pages[0].obj.Annots[0]
    assert float(widget.Rect[3]) == pytest.approx(400 - 9 * 72 / 25.4, abs=0.01)
    assert b"/Font" in original
    assert b"/Resources << /Font" not in data[len(original) :]
    assert "/Font" in pdf.pages[0].resources


def test_an_inherited_rotation_is_seen():
    with pytest.raises(PlacementError, match="rotated"):
        sealed_pdf(inheriting(b"/MediaBox [0 0 595 842] /Rotate 90"))


@pytest.mark.parametrize("box", [b"[0 0 595]", b"[0 0 595 842 1]", b"[0 0 595 /A]", b"3"])
def test_a_box_that_is_none_seals_nothing(box):
    with pytest.raises((UnsuitablePdf, PlacementError)):
        sealed_pdf(inheriting(b"", b"/MediaBox [0 0 99 99] /CropBox " + box))
    with pytest.raises((UnsuitablePdf, PlacementError)):
        sealed_pdf(inheriting(b"", b"/CropBox [0 0 99 99] /MediaBox " + box))


@pytest.mark.parametrize(
    ("entries", "left_top"),
    [
        ({"MediaBox": Array([100, 200, 695, 1042])}, (100, 1042)),
        ({"MediaBox": Array([-50, -60, 545, 782])}, (-50, 782)),
        ({"MediaBox": Array([595, 842, 0, 0])}, (0, 842)),
        ({"CropBox": Array([20, 30, 500, 800])}, (20, 800)),
        ({"CropBox": Array([-20, -30, 500, 5000])}, (0, 842)),
    ],
)
def test_the_place_counts_from_the_corner_of_what_is_shown(entries, left_top):
    widget = opened(sealed_pdf(on_page(**entries))).pages[0].obj.Annots[0]
    place = 79 * 72 / 25.4  # half of 42 mm less than the centre
    assert float(widget.Rect[0]) == pytest.approx(left_top[0] + place, abs=0.01)
    assert float(widget.Rect[3]) == pytest.approx(left_top[1] - place, abs=0.01)


@pytest.mark.parametrize(
    ("data", "place", "sentence"),
    [
        (page_pdf(), SealPlacement(1, 100, 100), "no page 2"),
        (page_pdf(), SealPlacement(-1, 100, 100), "no page 0"),
        (page_pdf(), SealPlacement(0, 20, 100), "over the edge"),
        (page_pdf(), SealPlacement(0, 190, 100), "over the edge"),
        (page_pdf(), SealPlacement(0, 100, 20), "over the edge"),
        (page_pdf(), SealPlacement(0, 100, 277), "over the edge"),
        (page_pdf(), SealPlacement(0, float("nan"), 100), "over the edge"),
        (on_page(CropBox=Array([0, 0, 100, 100])), PLACE, "over the edge"),
        (on_page(CropBox=Array([900, 900, 999, 999])), PLACE, "over the edge"),
        (on_page(Rotate=90), PLACE, "rotated"),
        (on_page(Rotate=-180), PLACE, "rotated"),
        (on_page(UserUnit=2), PLACE, "unit of its own"),
    ],
)
def test_a_place_that_does_not_exist_is_refused(data, place, sentence):
    with pytest.raises(PlacementError, match=sentence):
        sealed_pdf(data, place)


def test_a_full_turn_is_no_rotation():
    assert len(signatures_in(sealed_pdf(on_page(Rotate=360)))) == 1


def certified(permission: object) -> bytes:
    def change(pdf):
        parameters = Dictionary(Type=Name.TransformParams, V=Name("/1.2"))
        if permission is not None:
            parameters.P = permission
        reference = Dictionary(TransformMethod=Name.DocMDP, TransformParams=parameters)
        signature = pdf.make_indirect(Dictionary(Type=Name.Sig, Reference=[reference]))
        pdf.Root.Perms = Dictionary(DocMDP=signature)

    return changed_page(change)


def test_a_document_certified_against_any_change_is_refused():
    with pytest.raises(UnsuitablePdf, match="certified"):
        sealed_pdf(certified(1))


@pytest.mark.parametrize("permission", [2, 3, None])
def test_a_certification_that_a_visible_seal_would_break_is_not_broken(permission):
    with pytest.raises(UnsuitablePdf, match="would break the certification"):
        sealed_pdf(certified(permission))


def signed_field(lock=None, reference=None, *, kid=False) -> bytes:
    def change(pdf):
        value = Dictionary(Type=Name.Sig)
        if reference is not None:
            value.Reference = [
                Dictionary(TransformMethod=reference[0], TransformParams=reference[1])
            ]
        field = Dictionary(FT=Name.Sig, T="Theirs", V=pdf.make_indirect(value))
        if lock is not None:
            field.Lock = lock
        if kid:
            field = Dictionary(T="Above", Kids=[pdf.make_indirect(field)])
        empty = Dictionary(FT=Name.Sig, T="Empty", Lock=Dictionary(Action=Name.All, P=1))
        fields = [pdf.make_indirect(one) for one in (field, empty)]
        pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=fields))

    return changed_page(change)


ALL, NAMED = Dictionary(Action=Name.All), Dictionary(Action=Name.Include, Fields=["Seal3"])


@pytest.mark.parametrize("kid", [False, True])
@pytest.mark.parametrize(
    ("lock", "reference", "sentence"),
    [
        (Dictionary(Action=Name.All, P=1), None, "any change"),
        (Dictionary(P=2), None, "certification"),
        (None, (Name.DocMDP, Dictionary()), "certification"),
        (None, (Name.FieldMDP, ALL), "locks"),
        (None, (Name.FieldMDP, NAMED), "locks"),
        (ALL, None, "locks"),
        (Dictionary(Action=Name.Exclude, Fields=["Amount"]), None, "locks"),
    ],
)
def test_what_an_earlier_signature_locks_is_not_broken(lock, reference, sentence, kid):
    with pytest.raises(UnsuitablePdf, match=sentence):
        sealed_pdf(signed_field(lock, reference, kid=kid))


@pytest.mark.parametrize(
    "lock",
    [
        None,
        Dictionary(Action=Name.Include, Fields=["Amount"]),
        Dictionary(Action=Name.Exclude, Fields=["Seal3"]),
    ],
)
def test_a_lock_of_other_fields_and_one_that_nobody_signed_admit_a_seal(lock):
    assert len(signatures_in(sealed_pdf(signed_field(lock)))) == 2


def test_a_form_without_end_is_refused():
    def change(pdf):
        field = pdf.make_indirect(Dictionary(T="Round"))
        field.Kids = [field]
        pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=[field]))

    with pytest.raises(UnsuitablePdf, match="too many fields"):
        sealed_pdf(changed_page(change))


def encrypted(user: str) -> bytes:
    out = io.BytesIO()
    made = pikepdf.open(io.BytesIO(page_pdf()))
    made.save(out, encryption=pikepdf.Encryption(owner="owner", user=user, R=6))
    return out.getvalue()


def duplicated_page(pdf):
    page = pdf.pages[0].obj
    pdf.Root.Pages.Kids = Array([page, page])
    pdf.Root.Pages.Count = 2


def page_inside_the_tree(pdf):
    page = pdf.pages[0].obj
    pdf.Root.Pages.Kids = Array([Dictionary({key: page[key] for key in page.keys()})])


def size_says(text: bytes) -> bytes:
    assert b"/Size 5" in page_pdf()
    return page_pdf().replace(b"/Size 5", b"/Size " + text)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "does not begin"),
        (b"garbage", "does not begin"),
        (b"%PDF-1.7\n", "does not end"),
        (b"\n" + page_pdf(), "does not begin"),
        (page_pdf()[:-20], "does not end"),
        (page_pdf() + b"more", "does not end"),
        (page_pdf()[:200] + b"startxref\n99\n%%EOF\n", "damaged"),
        (re.sub(rb"startxref\n\d+", b"startxref\n3", page_pdf()), "damaged"),
        (encrypted(""), "encrypted"),
        (encrypted("user"), "encrypted"),
        (on_root(AcroForm=Dictionary(XFA="x")), "XFA"),
        (on_root(AcroForm=3), "damaged"),
        (on_root(AcroForm=Dictionary(Fields=3)), "damaged"),
        (on_root(AcroForm=Dictionary(Fields=[3])), "damaged"),
        (on_root(DSS=Array([])), "damaged"),
        (on_root(DSS=Dictionary(Certs=3)), "damaged"),
        (on_root(Perms=Dictionary(DocMDP=3)), "damaged"),
        (size_says(b"x"), "damaged"),
    ],
)
def test_a_document_that_cannot_grow_is_refused(data, sentence):
    with pytest.raises(UnsuitablePdf, match=sentence):
        sealed_pdf(data)


def test_a_page_that_stands_there_twice_takes_no_seal_the_second_time():
    """qpdf works on a copy then, which the document would never show."""
    data = changed_page(duplicated_page)
    with pytest.raises(UnsuitablePdf, match="twice"):
        sealed_pdf(data, SealPlacement(1, 100, 100))


def test_a_page_inside_the_page_tree_is_refused():
    with pytest.raises(UnsuitablePdf, match="inside another object"):
        sealed_pdf(changed_page(page_inside_the_tree))


@pytest.mark.parametrize("size", [b"2", b"0", b"-5", b"4", b"9"])
def test_a_size_that_lies_costs_no_object(size):
    pdf = pikepdf.open(io.BytesIO(sealed_pdf(size_says(size))), attempt_recovery=False)
    assert pdf.pages[0].obj.Annots[0].V.Type == "/Sig"
    assert pdf.pages[0].Contents.read_bytes() == b""
    assert pdf.Root.DSS.Type == "/DSS"


def test_an_information_dictionary_inside_the_trailer_stays():
    original = page_pdf().replace(b"/Root", b"/Info << /Title (x) >> /Root")
    assert str(opened(sealed_pdf(original)).trailer.Info.Title) == "x"


def hybrid() -> bytes:
    """A table for old readers, and a stream beside it that alone knows object 4 (7.5.8.4)."""
    plain = raw_pdf(
        CATALOG,
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> >>",
    )
    body, trailer = plain.split(b"xref\n", 1)
    hidden, stream = len(body), len(body) + 56
    body += b"4 0 obj\n<< /Length 3 >>\nstream\nq Q\nendstream\nendobj\n".ljust(56)
    rows = b"\x01" + hidden.to_bytes(2, "big") + b"\0" + b"\x01" + stream.to_bytes(2, "big") + b"\0"
    body += (
        b"5 0 obj\n<< /Type /XRef /W [1 2 1] /Index [4 2] /Size 6 /Length %d >>\n"
        b"stream\n%s\nendstream\nendobj\n" % (len(rows), rows)
    )
    trailer = trailer.replace(b"/Size 4", b"/Size 6 /XRefStm %d" % stream)
    table = trailer[: trailer.index(b"startxref")]
    return body + b"xref\n" + table + b"startxref\n%d\n%%%%EOF\n" % len(body)


def test_a_document_with_both_kinds_of_reference_keeps_what_is_hidden():
    original = hybrid()
    assert opened(original).pages[0].Contents.read_bytes() == b"q Q"
    data = sealed_pdf(sealed_pdf(original), SealPlacement(0, 60, 200))
    pdf = opened(data)
    assert pdf.pages[0].Contents.read_bytes() == b"q Q"
    for signature in signatures_in(data):
        check_value(data, signature)


def test_a_catalog_inside_the_trailer_is_refused():
    root = b"<< /Type /Catalog /Pages 2 0 R >>"
    original = page_pdf().replace(b"/Root 1 0 R", b"/Root " + root)
    with pytest.raises(UnsuitablePdf):
        sealed_pdf(original)


# The seal must be in force before the key is touched.


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"credential": pki().party("别人").credential}, "does not list its signer"),
        (
            {
                "seal": new_seal(
                    valid_from=NOW - timedelta(days=3), valid_until=NOW - timedelta(seconds=1)
                )
            },
            "is not in force on 2026-11-23",
        ),
        (
            {
                "seal": new_seal(
                    valid_from=NOW + timedelta(seconds=1), valid_until=NOW + timedelta(days=3)
                )
            },
            "is not in force",
        ),
        (
            {
                "credential": pki()
                .party("过期", not_before=NOW - timedelta(9), not_after=NOW - timedelta(1))
                .credential
            },
            "the certificate of 过期 is not valid on 2026-11-23",
        ),
        (
            {
                "credential": pki()
                .party("未生效", not_before=NOW + timedelta(1), not_after=NOW + timedelta(2))
                .credential
            },
            "未生效 is not valid",
        ),
        (
            {"seal": SealRecipe(value=b"\x30\x06\x02\x01\x01\x02\x01\x01").seal()},
            "the maker did not sign",
        ),
    ],
)
def test_a_seal_that_is_not_in_force_seals_nothing(changes, sentence):
    with pytest.raises(SealNotInForce, match=sentence):
        prepared_pdf(page_pdf(), **changes)


def test_a_seal_that_ended_between_preparing_and_sealing_seals_nothing():
    prepared = prepared_pdf(page_pdf())
    late = replace(prepared, signed_at=NOW + timedelta(days=301))
    with pytest.raises(SealNotInForce):
        sealer().seal(late)


def test_a_value_larger_than_its_room_is_refused():
    class Talkative:
        filter, sub_filter, chain, reserved_bytes = "A", "B", (), 8

        def require_in_force(self, prepared):
            pass

        def value(self, prepared):
            return bytes(9)

    large = sealer(Talkative())
    with pytest.raises(PlaceholderTooSmall, match="takes 9 of 8 bytes"):
        large.seal(large.prepare(UnsignedPdf(page_pdf()), PLACE, now=NOW))


def test_the_room_holds_the_largest_seal_value():
    prepared = prepared_pdf(page_pdf())
    value = seal_container().value(prepared)
    assert len(value) < seal_container().reserved_bytes < len(value) + 512


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda digest: Sm2Signature(1, 1), AdapterFault),
        (lambda digest: (_ for _ in ()).throw(KeyUnavailable("asleep")), KeyUnavailable),
    ],
)
def test_a_key_that_fails_leaves_no_document(answer, error):
    class Key:
        public_key = pki().leaf.signer.public_key
        sign_digest = staticmethod(answer)

    failing = sealer(seal_container(signer=Signer(Key(), Key.public_key)))
    prepared = failing.prepare(UnsignedPdf(page_pdf()), PLACE, now=NOW)
    with pytest.raises(error):
        failing.seal(prepared)


ORIGINALS = (
    page_pdf(),
    page_pdf(streams=True),
    saved(pikepdf.open(io.BytesIO(sealed_pdf(page_pdf())))),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ORIGINALS), st.data())
def test_a_damaged_document_is_refused_or_sealed_soundly(original, data):
    place = data.draw(st.integers(0, min(len(original), 1500) - 1))
    if data.draw(st.booleans()):
        place = len(original) - 1 - place
    text = data.draw(st.text("0123456789<>[]()/ R\0", min_size=0, max_size=4)).encode()
    damaged = original[:place] + text + original[place + data.draw(st.integers(0, 4)) :]
    try:
        made = sealed_pdf(damaged)
    except SigningError:
        return
    pdf = pikepdf.open(io.BytesIO(made), attempt_recovery=False, suppress_warnings=True)
    field = pdf.Root.AcroForm.Fields[-1]
    check_value(made, field.V)
    shown = [one for one in pdf.pages[0].obj.Annots if isinstance(one, pikepdf.Object)]
    assert field.objgen in [one.objgen for one in shown]


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_unsuitable(data):
    for document in (data, b"%PDF-1.7\n" + data, b"%PDF-1.7\n" + data + b"startxref\n9\n%%EOF\n"):
        with pytest.raises(UnsuitablePdf):
            sealed_pdf(document)


def test_a_sealed_document_comes_with_the_digest_of_all_its_bytes_however_often_it_is_sealed():
    press = sealer()
    prepared = press.prepare(UnsignedPdf(page_pdf()), PLACE, now=NOW)
    for made in (press.seal(prepared), press.seal(prepared)):
        assert made.sm3 == sm3(made.data)
        start, count, second, rest = prepared.byte_range
        signed = made.data[start:count] + made.data[second : second + rest]
        assert prepared.digest == sm3(signed)
