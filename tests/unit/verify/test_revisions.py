import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.pdf_documents import Document, document, flate, stream, xref_stream
from verify.errors import NotAPdf, PdfTooLarge
from verify.expansion import Budget
from verify.limits import DEFAULT_LIMITS, Limits
from verify.revisions import BrokenStructure, Place, Structure, read_structure, root_of

BASE = document()


def read(data: bytes | Document, limits: Limits = DEFAULT_LIMITS) -> Structure:
    content = data.data if isinstance(data, Document) else data
    return read_structure(content, len(content), limits, Budget(limits.expansion_bytes))


def test_each_revision_says_where_its_objects_stand() -> None:
    later = BASE.update({4: b"<< >>"})
    then, now = read(BASE), read(later)
    assert now.offsets == (later.start, BASE.start)
    assert now.place_of(3) == then.place_of(3)
    assert now.place_of(4) != then.place_of(4)
    assert now.place_of(0) is None
    assert now.place_of(99) is None
    assert now.grew_from(then)
    assert root_of(now).number == 1


def test_a_revision_can_be_read_as_it_was() -> None:
    later = BASE.update({4: b"<< >>"})
    end = len(BASE.data)
    then = read_structure(later.data, end, DEFAULT_LIMITS, Budget(1))
    assert then.places == read(BASE).places


def test_objects_in_streams_are_placed_by_their_stream() -> None:
    later = BASE.update_compressed({5: b"<< /A 1 >>", 6: b"(x)"})
    now = read(later)
    holder = now.place_of(6)
    assert holder == Place(2, 7, 1)
    assert now.grew_from(read(BASE))


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4])
def test_every_png_filter_is_undone(kind: int) -> None:
    plain = read(BASE.update_compressed({5: b"<< /A 1 >>", 6: b"(x)"}))
    filtered = read(BASE.update_compressed({5: b"<< /A 1 >>", 6: b"(x)"}, predictor=kind))
    assert filtered.places.keys() == plain.places.keys()
    assert filtered.place_of(5) == plain.place_of(5)


def test_a_later_entry_into_signed_bytes_is_no_growth() -> None:
    then = read(BASE)
    data = BASE.data
    start = len(data)
    offset = then.places[2].at
    data += b"xref\n3 1\n%010d 00000 n \n" % offset
    data += b"trailer\n<< /Size 5 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        BASE.start,
        start,
    )
    with pytest.raises(BrokenStructure, match="object 3"):
        read(data)
    aliased = data.replace(b"3 1\n%010d" % offset, b"2 1\n%010d" % offset)
    assert not read(aliased).grew_from(then)


def _trailer(old: bytes, new: bytes) -> bytes:
    head, found, tail = BASE.data.rpartition(old)
    assert found
    return head + new + tail


DAMAGED = {
    "no startxref": BASE.data.replace(b"startxref", b"startxxxx"),
    "bytes after the end": BASE.data + b"x",
    "offset outside": _trailer(b"startxref\n%d" % BASE.start, b"startxref\n999999999"),
    "offset at nothing": _trailer(b"startxref\n%d" % BASE.start, b"startxref\n9"),
    "short rows": BASE.data.replace(b" 00000 n \n", b" 00000 n\n"),
    "odd rows": BASE.data.replace(b" 00000 n \n", b" 00000 x \n"),
    "no trailer": BASE.data.replace(b"trailer", b"trainer"),
    "trailer no dictionary": BASE.data.replace(b"trailer\n<<", b"trailer\n[["),
    "trailer is an array": BASE.data.replace(b"trailer\n<<", b"trailer\n[] <<"),
    "trailer with a key twice": _trailer(b"/Root 1 0 R", b"/Root 1 0 R /Root 1 0 R"),
    "loop": _trailer(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % BASE.start),
    "negative offset": _trailer(b"/Root 1 0 R", b"/Root 1 0 R /Prev -1"),
    "another number": BASE.data.replace(b"4 0 obj", b"5 0 obj"),
    "another generation": BASE.data.replace(b"4 0 obj", b"4 1 obj"),
    "offset past the end": BASE.data.replace(b"%010d" % read(BASE).places[4].at, b"9999999999"),
    "twice in one table": _trailer(
        b"trailer", b"1 1\n%010d 00000 n \ntrailer" % read(BASE).places[1].at
    ),
    "hidden section outside": _trailer(b"/Root 1 0 R", b"/Root 1 0 R /XRefStm 99999999"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_needs_guessing_is_broken(name: str) -> None:
    with pytest.raises(BrokenStructure):
        read(DAMAGED[name])


def _with_stream(body: bytes) -> bytes:
    data = BASE.data
    return data + b"9 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF" % (body, len(data))


ROWS = {9: (1, len(BASE.data), 0)}
GOOD = xref_stream(ROWS, BASE.start, 10)


def test_a_cross_reference_stream_is_read() -> None:
    assert read(_with_stream(GOOD)).place_of(9) == Place(1, len(BASE.data), 0)


def test_without_an_index_the_rows_count_from_zero() -> None:
    rows = bytes(7)
    body = b"/Type /XRef /W [1 4 2] /Size 1 /Root 1 0 R /Prev %d" % BASE.start
    assert read(_with_stream(flate(rows, body))).place_of(0) is None


def test_a_missing_type_field_means_an_object_in_the_file() -> None:
    row = (len(BASE.data)).to_bytes(4, "big")
    body = b"/Type /XRef /W [0 4 0] /Index [9 1] /Size 10 /Root 1 0 R /Prev %d" % BASE.start
    assert read(_with_stream(flate(row, body))).place_of(9) == Place(1, len(BASE.data), 0)


BAD_STREAMS = {
    "other type": GOOD.replace(b"/XRef", b"/ObjX"),
    "no length": GOOD.replace(b"/Length", b"/Lengtx"),
    "two widths": GOOD.replace(b"[1 4 2]", b"[1 4]  "),
    "wide fields": GOOD.replace(b"[1 4 2]", b"[1 9 2]"),
    "no offsets": GOOD.replace(b"[1 4 2]", b"[1 0 2]"),
    "widths are names": GOOD.replace(b"[1 4 2]", b"[/A 1 ]"),
    "odd index": GOOD.replace(b"[9 1]", b"[9  ]"),
    "index too long": GOOD.replace(b"[9 1]", b"[9 2]"),
    "rest of a row": flate(bytes(8), b"/Type /XRef /W [1 4 2] /Size 1 /Root 1 0 R"),
    "overlapping index": flate(
        bytes(14), b"/Type /XRef /W [1 4 2] /Index [0 1 0 1] /Size 1 /Root 1 0 R"
    ),
    "unknown kind": flate(b"\x03" + bytes(6), b"/Type /XRef /W [1 4 2] /Size 1 /Root 1 0 R"),
}


@pytest.mark.parametrize("name", BAD_STREAMS)
def test_a_cross_reference_stream_that_does_not_add_up_is_broken(name: str) -> None:
    with pytest.raises(BrokenStructure):
        read(_with_stream(BAD_STREAMS[name]))


REFUSED_STREAMS = {
    "other filter": GOOD.replace(b"/FlateDecode", b"/LZWDecode  "),
    "two filters": GOOD.replace(b"/FlateDecode", b"[/FlateDecode /FlateDecode]"),
    "not deflated": GOOD.replace(b"stream\nx", b"stream\ny"),
    "in another file": GOOD.replace(b"/Root", b"/F (x) /Root"),
    "no stream": GOOD.replace(b"stream", b"strxxx"),
    "cut off": re.sub(rb"/Length \d+", b"/Length 3", GOOD),
    "past the end": GOOD.replace(b"/Length ", b"/Length 9999"),
    "TIFF predictor": GOOD.replace(b"/Root", b"/DecodeParms << /Predictor 2 >> /Root"),
    "wide predictor": GOOD.replace(b"/Root", b"/DecodeParms << /Predictor 12 /Columns 65 >> /Root"),
    "named columns": GOOD.replace(b"/Root", b"/DecodeParms << /Predictor 12 /Columns /A >> /Root"),
    "named predictor": GOOD.replace(b"/Root", b"/DecodeParms << /Predictor /A >> /Root"),
    "three colours": GOOD.replace(
        b"/Root", b"/DecodeParms << /Predictor 12 /Columns 7 /Colors 3 >> /Root"
    ),
    "rest of a row": GOOD.replace(b"/Root", b"/DecodeParms << /Predictor 12 /Columns 7 >> /Root"),
    "unknown filter of a row": flate(
        b"\x09" + bytes(7),
        b"/Type /XRef /W [1 4 2] /Size 1 /Root 1 0 R /DecodeParms [<< /Predictor 15 /Columns 7 >>]",
    ),
}


@pytest.mark.parametrize("name", REFUSED_STREAMS)
def test_a_stream_that_cannot_be_decoded_is_refused(name: str) -> None:
    with pytest.raises(NotAPdf):
        read(_with_stream(REFUSED_STREAMS[name]))


def test_a_stream_without_compression_is_read_as_it_is() -> None:
    row = b"\x01" + len(BASE.data).to_bytes(4, "big") + bytes(2)
    entries = b"/Type /XRef /W [1 4 2] /Index [9 1] /Size 10 /Root 1 0 R /Length 7"
    body = b"<< %s >>\nstream\n%s\nendstream" % (entries, row)
    assert read(_with_stream(body)).place_of(9) == Place(1, len(BASE.data), 0)


def test_an_uncompressed_stream_spends_from_the_budget_too() -> None:
    row = b"\x01" + len(BASE.data).to_bytes(4, "big") + bytes(2)
    entries = b"/Type /XRef /W [1 4 2] /Index [9 1] /Size 10 /Root 1 0 R /Length 7"
    data = _with_stream(b"<< %s >>\nstream\n%s\nendstream" % (entries, row))
    with pytest.raises(PdfTooLarge):
        read(data, replace(DEFAULT_LIMITS, expansion_bytes=6))


def test_a_predictor_of_one_changes_nothing() -> None:
    body = GOOD.replace(b"/Root", b"/DecodeParms << /Predictor 1 >> /Root")
    assert read(_with_stream(body)).place_of(9) is not None


def _hybrid(row: bytes) -> bytes:
    data = BASE.data
    hidden = len(data)
    entries = b"/Type /XRef /W [1 4 2] /Index [9 1] /Size 10 /Root 1 0 R"
    data += b"9 0 obj\n%s\nendobj\n" % flate(row, entries)
    start = len(data)
    data += b"xref\n9 1\n%010d 00000 n \ntrailer\n" % hidden
    return data + (
        b"<< /Size 10 /Root 1 0 R /XRefStm %d /Prev %d >>\nstartxref\n%d\n%%%%EOF"
        % (hidden, BASE.start, start)
    )


def test_a_hybrid_file_is_read_and_marked() -> None:
    row = b"\x01" + len(BASE.data).to_bytes(4, "big") + bytes(2)
    now = read(_hybrid(row))
    assert now.sections[0].is_hybrid
    assert now.place_of(9) == Place(1, len(BASE.data), 0)


def test_a_hybrid_file_that_contradicts_itself_is_broken() -> None:
    row = b"\x01" + read(BASE).places[4].at.to_bytes(4, "big") + bytes(2)
    with pytest.raises(BrokenStructure, match="disagree"):
        read(_hybrid(row))


@pytest.mark.parametrize(
    ("limits", "data"),
    [
        ({"revisions": 1}, BASE.update({4: b"1"}).data),
        ({"objects": 6}, BASE.update({5: b"1", 6: b"2"}).data),
        ({"objects": 3}, BASE.data),
        ({"objects": 0}, _with_stream(GOOD)),
        ({"expansion_bytes": 6}, _with_stream(GOOD)),
    ],
)
def test_a_limit_is_kept(limits: dict[str, int], data: bytes) -> None:
    with pytest.raises(PdfTooLarge):
        read(data, replace(DEFAULT_LIMITS, **limits))


def test_a_file_without_a_catalog_is_broken() -> None:
    with pytest.raises(BrokenStructure, match="catalog"):
        root_of(read(BASE.data.replace(b"/Root 1 0 R", b"/Boot 1 0 R")))


@settings(max_examples=200)
@given(st.integers(0, len(BASE.data) - 1), st.integers(0, 255))
def test_a_changed_byte_raises_only_what_is_announced(position: int, value: int) -> None:
    data = bytearray(BASE.update_compressed({5: b"1"}).data)
    data[position] = value
    try:
        read(bytes(data))
    except (BrokenStructure, NotAPdf, PdfTooLarge):
        pass


def test_a_number_used_in_two_generations_is_broken() -> None:
    data = BASE.data
    body = b"4 1 obj\n<< >>\nendobj\n"
    table = b"xref\n4 1\n%010d 00001 n \ntrailer << /Size 5 /Root 1 0 R /Prev %d >>\n"
    start = len(data) + len(body)
    data += body + table % (len(data), BASE.start) + b"startxref\n%d\n%%%%EOF" % start
    with pytest.raises(BrokenStructure, match="two generations"):
        read(data)


@pytest.mark.parametrize("spelling", [b"4  0 obj", b"04 0 obj", b"4 0\nobj"])
def test_a_header_may_be_spelt_otherwise(spelling: bytes) -> None:
    base = document()
    at = base.data.index(b"4 0 obj")
    data = base.data.replace(b"4 0 obj", spelling)
    moved = len(spelling) - len(b"4 0 obj")
    data = data.replace(b"startxref\n%d" % base.start, b"startxref\n%d" % (base.start + moved))
    assert read(data).places[4].at == at


def test_a_header_cut_off_by_the_end_is_none() -> None:
    data = BASE.data
    start = len(data)
    table = b"xref\n9 1\n%010d 00000 n \ntrailer << /Size 5 /Root 1 0 R /Prev %d >>\n"
    tail = b"startxref\n%d\n%%%%EOF" % start
    place = start + len(table % (0, BASE.start)) + len(tail)
    with pytest.raises(BrokenStructure, match="object 9"):
        read(data + table % (place, BASE.start) + tail)


def test_a_hybrid_file_shows_old_and_new_readers_the_same_objects() -> None:
    """An object that only the stream moves is another one for readers of tables."""
    base = document()
    moved = len(base.data)
    body = b"4 0 obj\n" + stream(b"1 0 0 rg") + b"\nendobj\n"
    hidden = moved + len(body)
    body += b"9 0 obj\n%s\nendobj\n" % xref_stream({4: (1, moved, 0)}, None, 10)
    table = moved + len(body)
    tail = (
        b"xref\n%strailer << /Size 10 /Root 1 0 R /Prev %d /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n"
    )

    def made(rows: bytes) -> bytes:
        return base.data + body + tail % (rows, base.start, hidden, table)

    with pytest.raises(BrokenStructure, match="old and new readers"):
        read(made(b"0 0\n"))
    assert read(made(b"4 1\n0000000000 00000 f \n")).sections[0].is_hybrid
    assert read(made(b"4 1\n%010d 00000 n \n" % moved)).sections[0].is_hybrid
