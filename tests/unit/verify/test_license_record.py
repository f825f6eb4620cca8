"""The record inside a licence, its copy in the metadata and the page say the same."""

import json
from dataclasses import replace

import pytest

from tests.fakes.pdf_documents import Document, document, flate, stream
from tests.fakes.signed_documents import code_of, report_on, sealing, sign
from tests.fakes.sm2_people import world
from verify import DEFAULT_LIMITS, QIANYIN_DEFAULT, Code, Indication, SubIndication, read_upload
from verify.extracted_text import extracted_text
from verify.license_record import LicenseRecord
from verify.printed_text import SHOWN, printed_texts
from verify.report import CheckName
from verify.xmp_properties import properties_in

SILENT = replace(QIANYIN_DEFAULT, compares_record=False)
RECORD = {
    "ZZMC": "许可证",
    "ZZBH": "例(2026)1号",
    "CZZT": "示例公司",
    "ZZBFJG": "示例局",
    "ZZBFRQ": "20260102",
    "ZZYXQQSRQ": "20260102",
    "ZZYXQJZRQ": "20310101",
}
LINES = ("许可证", "例(2026)1号", "示例公司", "示例局", "2026年1月2日", "至 2031年1月1日")
URN = "urn:qianyin:gbt36903:1#"
ENDLESS = {**RECORD, "ZZYXQJZRQ": "99991231"}


def packet(record: dict[str, str], *, about: str = URN, more: str = "") -> bytes:
    parts = "".join(f"<zz:{name}>{value}</zz:{name}>" for name, value in record.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:rdf="rdf">'
        f"<rdf:Description>{about}</rdf:Description>{more}"
        f'<rdf:Description rdf:about="" xmlns:zz="{URN}">{parts}</rdf:Description></x:xmpmeta>'
    ).encode()


def font(lines: tuple[str, ...]) -> dict[str, int]:
    """One code for each character, some of them bytes that strings must escape."""
    letters = dict.fromkeys("".join(lines))
    return {one: code for one, code in zip(letters, range(0x5A, 0x200), strict=False)}


def literal(codes: bytes) -> bytes:
    escaped = (b"\\" + bytes([one]) if one in b"()\\" else bytes([one]) for one in codes)
    return b"(" + b"".join(escaped).replace(b"\n", b"\\n").replace(b"\r", b"\\015") + b")"


def written(lines: tuple[str, ...], *, in_hex: bool = False) -> bytes:
    codes = font(lines)
    out = []
    for line in lines:
        glyphs = [codes[one].to_bytes(2, "big") for one in line]
        shown = [b"<%s>" % one.hex().encode() if in_hex else literal(one) for one in glyphs]
        out.append(b"BT /f0 12.5 Tf 1 0 0 -1 0 0 Tm[-9" + b"-250".join(shown) + b"]TJ ET")
    return b"\n".join(out)


def characters(lines: tuple[str, ...]) -> bytes:
    rows = [
        b"<%04x> <%s>" % (at, c.encode("utf-16-be").hex().encode()) for c, at in font(lines).items()
    ]
    return b"begincmap\n%d beginbfchar\n%s\nendbfchar endcmap" % (len(rows), b"\n".join(rows))


def licence(
    record: object = RECORD,
    lines: tuple[str, ...] = LINES,
    *,
    xmp: bytes | None = None,
    content: bytes | None = None,
    table: bytes | None = None,
    **how: bool,
) -> Document:
    """A page as our licences write it, with the record attached and in the packet."""
    body = flate(written(lines, **how) if content is None else content)
    objects = {
        10: b"<< /Type /Font /Subtype /Type0 /ToUnicode 11 0 R >>",
        11: flate(characters(lines) if table is None else table),
        12: body,
        13: b"<< /Type /Filespec /UF (licence.json) /EF << /F 14 0 R >> >>",
        14: stream(json.dumps(record, ensure_ascii=False).encode()),
        15: stream(
            packet(RECORD if not isinstance(record, dict) else record) if xmp is None else xmp
        ),
        16: stream(b"0 0 9 9 re f"),
    }
    catalog = b"/Metadata 15 0 R"
    if record is not None:
        catalog += b" /Names << /EmbeddedFiles << /Names [(licence.json) 13 0 R] >> >>"
    made = document(objects, catalog=catalog)
    page = made.objects[3].replace(b"/Contents 4 0 R", b"/Contents [12 0 R 16 0 R 12 0 R]")
    page = page.removesuffix(b">>") + b"/Resources << /Font << /f0 10 0 R >> >> >>"
    return document(made.objects | {3: page}, catalog=catalog)


def fault(made: Document) -> Code | None:
    found = LicenseRecord(read_upload(made.data, limits=DEFAULT_LIMITS)).fault
    return None if found is None else found[0]


@pytest.mark.parametrize("in_hex", [False, True])
def test_a_licence_that_prints_its_record_agrees(in_hex: bool) -> None:
    assert fault(licence(in_hex=in_hex)) is None


@pytest.mark.parametrize("name", RECORD)
def test_every_field_that_is_printed_otherwise_is_found(name: str) -> None:
    other = {**RECORD, name: "20270909" if RECORD[name].isdigit() else "另一个"}
    assert fault(licence(other)) is Code.RECORD_NOT_PRINTED


def test_a_signature_over_a_record_that_is_not_printed_does_not_pass() -> None:
    signed = sign(licence({**RECORD, "CZZT": "另一家"}), sealing(world()))
    report = report_on(signed)
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert code_of(report, CheckName.CONTENT) == Code.RECORD_NOT_PRINTED
    assert report_on(signed, policy=SILENT).indication is Indication.TOTAL_PASSED
    good = report_on(sign(licence(), sealing(world())))
    assert good.indication is Indication.TOTAL_PASSED


def test_a_licence_without_a_last_day_says_so_where_it_speaks_of_a_period() -> None:
    assert fault(licence(ENDLESS, (*LINES, "有效期 长期"))) is None
    assert fault(licence(ENDLESS, (*LINES, "有效期"))) is Code.RECORD_NOT_PRINTED
    assert fault(licence(ENDLESS, LINES)) is None


def test_a_day_that_is_none_is_looked_for_as_it_stands() -> None:
    assert fault(licence({"ZZBH": "例(2026)1号", "ZZBFRQ": "随后"})) is Code.RECORD_NOT_PRINTED
    assert fault(licence({"ZZBH": ""})) is Code.RECORD_NOT_PRINTED


def test_letters_in_another_form_are_the_same() -> None:
    assert fault(licence({**RECORD, "ZZBH": "例（２０２６）1号"})) is None


@pytest.mark.parametrize(
    "xmp",
    [
        packet({**RECORD, "CZZT": "另一家"}),
        packet({"ZZBH": RECORD["ZZBH"]}),
        packet({**RECORD, "CZZT": "<zz:CZZT>x</zz:CZZT>"}),
        packet(RECORD, more=f'<a xmlns:zz="{URN}" zz:CZZT="b"/>'),
        packet(RECORD, more='<a xmlns:zz="urn:qianyin&#58;gbt36903:1#" zz:CZZT="b"/>'),
        b"<!DOCTYPE x []>" + packet(RECORD),
        b"not XML " + URN.encode(),
    ],
)
def test_two_records_that_differ_or_cannot_be_compared_are_found(xmp: bytes) -> None:
    assert fault(licence(xmp=xmp)) is Code.RECORDS_DISAGREE


def test_the_packet_may_be_written_in_another_way() -> None:
    assert fault(licence(xmp=packet(RECORD).replace(b"zz", b"other"))) is None
    assert fault(licence(xmp=packet({**RECORD, "CZZT": "示例&#20844;司"}))) is None
    assert fault(licence(xmp=b"<x/>")) is None


def test_a_record_in_the_packet_alone_is_compared_with_the_page() -> None:
    assert fault(licence(None, xmp=packet(RECORD))) is None
    assert fault(licence(None, xmp=packet({**RECORD, "CZZT": "x"}))) is Code.RECORD_NOT_PRINTED
    assert fault(licence([1], xmp=packet(RECORD))) is Code.RECORDS_DISAGREE


@pytest.mark.parametrize("record", [None, [1], {}, {"title": "x"}])
def test_files_of_others_are_left_alone(record: object) -> None:
    assert fault(licence(record, (), xmp=b"<x/>")) is None
    assert fault(document()) is None


def test_the_properties_of_a_strange_packet_are_read_by_name() -> None:
    assert properties_in(b'<a xmlns:z="u" z:b="1"><z:c>2</z:c>x</a>', "u") == {"b": "1", "c": "2"}


# --- pages that are written in another form

PLAIN = b"BT /f0 9 Tf 9 9 Td (No. 1 ACME) Tj ET"
FONTS = b"/Resources << /Font << /f0 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


def plain(record: dict[str, str], page: bytes = FONTS, content: bytes = PLAIN) -> Document:
    objects = {
        13: b"<< /Type /Filespec /UF (licence.json) /EF << /F 14 0 R >> >>",
        14: stream(json.dumps(record).encode()),
        4: stream(content),
    }
    catalog = b" /Names << /EmbeddedFiles << /Names [(licence.json) 13 0 R] >> >>"
    return document(objects, catalog=catalog, page=page)


def test_what_is_not_read_quickly_is_read_slowly() -> None:
    assert fault(plain({"ZZBH": "No.1", "CZZT": "ACME"})) is None
    assert fault(plain({"ZZBH": "No.1", "CZZT": "ACME2"})) is Code.RECORD_NOT_PRINTED
    assert fault(plain({"ZZBH": "No.1"}, page=b"", content=b"")) is Code.RECORD_NOT_PRINTED


def test_what_pdfium_cannot_open_has_no_text() -> None:
    assert extracted_text(b"no file") == ""
    torn = document(page=b"/Kids 7").data.replace(b"/Type /Page /Parent", b"/Type /Pag_ /Parent")
    assert extracted_text(torn).strip() == ""


@pytest.mark.parametrize(
    ("content", "table", "text"),
    [
        (b"/f0 1 Tf (\\000A) Tj", b"1 beginbfchar\n<0041> <00660069>\nendbfchar", "fi"),
        (b"/f0 1 Tf (\\000A) Tj", b"1 beginbfchar\n<0041> <006>\nendbfchar", "\ufffd"),
        (b"/f0 1 Tf (\\000A) Tj", b"", "\ufffd"),
        (b"/f0 1 Tf (\\000) Tj", b"", ""),
        (b"/f0 1 Tf (\\000\\() Tj", b"1 beginbfchar\n<0028> <0041>\nendbfchar", "A"),
        (b"/f0 1 Tf [-2 (\0(\0)) 3] TJ", b"1 beginbfchar\n<0028> <0041>\nendbfchar", "A\ufffd"),
    ],
)
def test_what_the_quick_reader_makes_of_odd_text(content: bytes, table: bytes, text: str) -> None:
    made = licence(content=content, table=table)
    readable = read_upload(made.data, limits=DEFAULT_LIMITS)
    assert list(printed_texts(readable.pages[0])) == [text, text]


@pytest.mark.parametrize("piece", [b"()", b"[()", b"(", b"[(1", b"(\\", b"[<00>", b" ", b"()\\"])
def test_text_that_is_never_shown_is_gone_over_once(piece: bytes) -> None:
    """Gone over once for each piece, as it was before, a megabyte of it takes minutes."""
    assert SHOWN.findall((b"/a 1 Tf" + piece) * (2**20 // 10)) == []
