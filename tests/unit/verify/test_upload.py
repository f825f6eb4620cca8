import re
import time
import zlib
from dataclasses import replace

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.pdf_documents import Document, document, flate, stream
from verify import (
    DEFAULT_LIMITS,
    EncryptedPdf,
    Limits,
    NotAPdf,
    PdfTooLarge,
    ReadablePdf,
    read_upload,
)
from verify.errors import VerifyError
from verify.object_streams import integer_of, read_indirect
from verify.tokens import MalformedObject, Reference

BASE = document()


def read(data: bytes | Document, limits: Limits = DEFAULT_LIMITS) -> ReadablePdf:
    return read_upload(data.data if isinstance(data, Document) else data, limits=limits)


def test_a_sound_file_is_readable_without_fault() -> None:
    readable = read(BASE)
    assert readable.fault is None
    assert readable.page_count == 1
    assert len(readable.digest) == 32


@pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a", b"%PDF-x.y", b"%PDF-1.7"])
def test_what_is_not_a_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPdf):
        read(data)


def test_a_damaged_file_is_opened_with_its_fault_named() -> None:
    readable = read(BASE.data[:-12])
    assert readable.fault == "the bytes do not end with startxref, an offset and %%EOF"
    assert readable.structure is None
    assert readable.page_count == 1


def test_bytes_before_the_header_are_a_fault() -> None:
    assert read(b"xx\n" + BASE.data).fault == "bytes stand before the header"


def test_a_structure_that_qpdf_refuses_is_opened_with_a_fault() -> None:
    data = BASE.data.replace(b"/Type /Catalog", b"/Type /Catalig").replace(b"/Size 5", b"/Size x")
    assert read(data).fault is not None


def test_an_encrypted_file_is_refused_by_its_trailer() -> None:
    with pytest.raises(EncryptedPdf):
        read(document(trailer=b"/Encrypt << /Filter /Standard >>"))


def test_a_damaged_encrypted_file_is_refused_as_encrypted(tmp_path) -> None:
    for name, password in (("open", ""), ("closed", "secret")):
        path = tmp_path / f"{name}.pdf"
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.save(path, encryption=pikepdf.Encryption(owner="o", user=password))
        with pytest.raises(EncryptedPdf):
            read(path.read_bytes())
        with pytest.raises(EncryptedPdf):
            read(path.read_bytes() + b"damage")


@pytest.mark.parametrize(
    "limit",
    [{"file_bytes": len(BASE.data) - 1}, {"pages": 0}, {"objects": 4}, {"revisions": 0}],
)
def test_a_limit_is_kept(limit: dict[str, int]) -> None:
    with pytest.raises(PdfTooLarge):
        read(BASE, replace(DEFAULT_LIMITS, **limit))


def _with_kids(kids: bytes, more: dict[int, bytes] | None = None) -> Document:
    return document({2: b"<< /Type /Pages /Kids [%s] /Count 1 >>" % kids, **(more or {})})


@pytest.mark.parametrize(
    ("kids", "pages"),
    [
        (b"3 0 R 3 0 R", 2),
        (b"3 0 R 2 0 R", 1),
        (b"3 0 R 17 null 99 0 R", 1),
        (b"3 0 R << /Type /Page >>", 2),
    ],
)
def test_pages_are_counted_without_trusting_the_tree(kids: bytes, pages: int) -> None:
    assert read(_with_kids(kids)).page_count == pages


def test_a_tree_deeper_than_any_real_one_is_cut() -> None:
    nodes = {
        number: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (number + 1)
        for number in range(5, 105)
    }
    deep = _with_kids(b"3 0 R 5 0 R", {**nodes, 105: b"<< /Type /Page >>"})
    assert read(deep).page_count == 1


def test_a_tree_that_multiplies_itself_is_refused() -> None:
    nodes = {
        number: b"<< /Type /Pages /Kids [%d 0 R %d 0 R] >>" % (number + 1, number + 1)
        for number in range(5, 45)
    }
    bomb = _with_kids(b"5 0 R", {**nodes, 45: b"<< /Type /Pages /Kids [] >>"})
    with pytest.raises(PdfTooLarge, match="nodes"):
        read(bomb, replace(DEFAULT_LIMITS, objects=1000))


def test_too_many_kids_are_refused_before_they_are_walked() -> None:
    with pytest.raises(PdfTooLarge):
        read(_with_kids(b"3 0 R " * 11), replace(DEFAULT_LIMITS, pages=10))


def test_a_file_without_a_page_is_refused() -> None:
    with pytest.raises(NotAPdf, match="no page"):
        read(_with_kids(b""))
    with pytest.raises(NotAPdf):
        read(BASE.data.replace(b"/Pages 2 0 R", b"/Pagez 2 0 R"))


def test_a_page_tree_that_qpdf_cannot_follow_is_refused() -> None:
    with pytest.raises(NotAPdf):
        read(document({2: b"<< /Type /Pages /Kids [ << "}))


OBJECTS = {5: b"<< /A 1 >>", 6: b"(x)"}
PACKED = b"5 0 6 11\n<< /A 1 >>\n(x)\n"


def test_objects_in_a_stream_are_read_from_it() -> None:
    readable = read(BASE.update_compressed(OBJECTS))
    assert readable.structure is not None
    assert set(readable.streams) == {7}
    value, at = read_indirect(
        readable.data, readable.structure, readable.streams, Reference(6, 0), depth=5
    )
    assert (value.value, at) == (b"x", None)
    assert read_indirect(
        readable.data, readable.structure, readable.streams, Reference(99, 0), depth=5
    ) == (
        None,
        None,
    )


def test_an_object_that_is_not_where_the_table_says_is_refused() -> None:
    swapped = BASE.update_compressed(OBJECTS, content=b"6 0 5 11\n" + PACKED[9:])
    readable = read(swapped)
    assert readable.structure is not None
    with pytest.raises(MalformedObject, match="not where"):
        read_indirect(readable.data, readable.structure, readable.streams, Reference(6, 0), depth=5)
    short = BASE.update_compressed(
        OBJECTS, dictionary=b"/Type /ObjStm /N 1 /First 4", content=b"5 0 << /A 1 >>"
    )
    readable = read(short)
    assert readable.structure is not None
    with pytest.raises(MalformedObject, match="not where"):
        read_indirect(readable.data, readable.structure, readable.streams, Reference(6, 0), depth=5)


@pytest.mark.parametrize(
    ("dictionary", "content"),
    [
        (b"/Type /Other /N 2 /First 9", None),
        (b"/Type /ObjStm /Type /ObjStm /N 2 /First 9", None),
        (b"/Type /ObjStm /First 9", None),
        (b"/Type /ObjStm /N 2", None),
        (b"/Type /ObjStm /N 3 /First 9", None),
        (b"/Type /ObjStm /N 2 /First 9", b"5 0 6 xx\n" + PACKED[9:]),
        (b"/Type /ObjStm /N 2 /First 20", b"5 0 6 11111111111111\n" + PACKED[9:]),
        (b"/Type /ObjStm /N 2 /First 9 [", None),
    ],
)
def test_an_object_stream_that_does_not_add_up_is_a_fault(
    dictionary: bytes, content: bytes | None
) -> None:
    odd = BASE.update_compressed(OBJECTS, dictionary=dictionary, content=content)
    try:
        assert read(odd).fault is not None
    except NotAPdf:
        pass


def test_an_object_stream_that_is_no_stream_is_a_fault() -> None:
    good = BASE.update_compressed(OBJECTS).data
    assert read(good.replace(b"7 0 obj\n<<", b"7 0 obj\n[]")).fault is not None
    inside_itself = BASE.update_compressed({5: b"1", 7: b"2"})
    assert read(inside_itself).fault is None


def test_an_object_stream_inside_another_is_a_fault() -> None:
    first = BASE.update_compressed(OBJECTS)
    nested = first.update_compressed({7: b"<< >>"})
    assert read(nested).fault == "an object stream does not stand in the file"


def test_the_length_of_an_object_stream_may_be_another_object() -> None:
    good = BASE.update_compressed(OBJECTS, dictionary=b"/Type /ObjStm /N 2 /First 9")
    length = re.findall(rb"/Length (\d+)", good.data)[-2]
    base = document({5: length})
    again = base.update_compressed({6: b"(x)"})
    readable = read(again)
    assert readable.structure is not None
    structure, data = readable.structure, readable.data
    assert integer_of(data, structure, Reference(5, 0)) == int(length)
    assert integer_of(data, structure, Reference(4, 0)) is None
    assert integer_of(data, structure, Reference(6, 0)) is None
    assert integer_of(data, structure, Reference(99, 0)) is None
    assert integer_of(data, structure, -1) is None
    broken = read(document({5: b"}"}))
    assert broken.structure is not None
    assert integer_of(broken.data, broken.structure, Reference(5, 0)) is None


BOMB = zlib.compress(bytes(1_000_000))


def _bomb(kind: bytes) -> bytes:
    return (
        b"9 0 obj\n<< /Type /%s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream endobj\n"
        % (
            kind,
            len(BOMB),
            BOMB,
        )
    )


@pytest.mark.parametrize("kind", [b"ObjStm", b"XRef", b"Obj#53tm"])
def test_a_bomb_in_a_damaged_file_is_found_before_qpdf_sees_it(kind: bytes) -> None:
    damaged = BASE.data[: BASE.start] + _bomb(kind) + b"trailer << /Root 1 0 R >>"
    with pytest.raises(PdfTooLarge):
        read(damaged, replace(DEFAULT_LIMITS, expansion_bytes=500_000))
    assert read(damaged).fault is not None


@pytest.mark.parametrize(
    "junk",
    [
        b"/ObjStm",
        b"9 0 obj\n[ /ObjStm ] endobj",
        b"9 0 obj\n<< /Type /ObjStm",
        b"9 0 obj\n<< /Type /ObjStm >> endobj",
        b"9 0 obj\n<< /Type /ObjStm >>\nstream\nx",
        b"9 0 obj\n<< /Type /ObjStm /Filter /LZWDecode >>\nstream\nx\nendstream",
    ],
)
def test_junk_that_looks_like_an_object_stream_is_passed_over(junk: bytes) -> None:
    damaged = BASE.data[: BASE.start] + junk + b"\ntrailer << /Root 1 0 R >>"
    assert read(damaged).fault is not None


def test_a_bomb_in_a_sound_file_is_refused() -> None:
    bomb = BASE.update_compressed(OBJECTS, content=PACKED + bytes(1_000_000))
    with pytest.raises(PdfTooLarge):
        read(bomb, replace(DEFAULT_LIMITS, expansion_bytes=500_000))


def test_a_bomb_in_a_page_is_left_alone() -> None:
    assert read(document({4: flate(bytes(10_000_000))})).fault is None


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(BASE.data) - 1), st.binary(min_size=1, max_size=8))
def test_a_changed_file_raises_only_our_errors(position: int, new: bytes) -> None:
    data = bytearray(BASE.update_compressed(OBJECTS).data)
    data[position : position + len(new)] = new
    try:
        read(bytes(data))
    except VerifyError:
        pass


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_only_our_errors(data: bytes) -> None:
    for content in (data, b"%PDF-1.7\n" + data):
        try:
            read(content)
        except VerifyError:
            pass


def test_a_stream_without_end_is_no_trouble() -> None:
    assert read(document({4: stream(b"q Q").replace(b"endstream", b"")})).page_count == 1


def test_a_name_before_all_objects_of_a_damaged_file_is_passed_over() -> None:
    data = BASE.data[:9] + b"/ObjStm\n" + BASE.data[9:]
    assert read(data).fault is not None


def test_pages_are_counted_over_the_whole_tree() -> None:
    leaves = {
        5: b"<< /Type /Pages /Kids [3 0 R 3 0 R] >>",
        6: b"<< /Type /Pages /Kids [3 0 R 3 0 R] >>",
    }
    tree = _with_kids(b"5 0 R 6 0 R", leaves)
    assert read(tree).page_count == 4
    with pytest.raises(PdfTooLarge, match="3 pages"):
        read(tree, replace(DEFAULT_LIMITS, pages=3))


def test_very_many_names_of_object_streams_do_not_keep_the_reader_busy() -> None:
    begun = time.monotonic()
    damaged = BASE.data + b"9 0 obj\n<<" + b"/ObjStm 1 " * 300_000
    assert read(damaged).fault is not None
    assert time.monotonic() - begun < 5
    with pytest.raises(PdfTooLarge):
        read(BASE.data + b"9 0 obj " * 300, replace(DEFAULT_LIMITS, objects=200))
