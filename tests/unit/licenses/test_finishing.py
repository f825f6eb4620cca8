import zlib
from io import BytesIO

import pikepdf
import pytest

from licenses.errors import RenderingFailed
from licenses.finishing import TypstPdf
from licenses.rendering import Renderer
from tests.fakes.license_pages import CATALOG, sample_page

SCHEMA = b"<rdf:li>schema</rdf:li>"
PROPERTIES = b"<rdf:Description>properties</rdf:Description>"


@pytest.fixture(scope="module")
def typeset() -> bytes:
    """A letter of two pages, as typst wrote it."""
    kind = CATALOG.get("approval_decision")
    page = sample_page(kind)
    return Renderer([kind])._typeset(page, {})._pdf


URL = sample_page(CATALOG.get("approval_decision")).public_url


def test_nothing_asked_for_changes_nothing_but_line_ends(typeset: bytes) -> None:
    assert TypstPdf(typeset).finished() == typeset


def test_pages_places_and_sizes_are_found(typeset: bytes) -> None:
    pdf = TypstPdf(typeset)
    assert pdf.page_count == 2
    assert pdf.page_size(2) == pytest.approx((595.28, 841.89), abs=0.01)
    code = pdf.place_of_link(URL)
    assert code.page == 2
    assert code.width == pytest.approx(code.height) == pytest.approx(24 * 72 / 25.4, abs=0.01)
    assert pdf.place_of_destination("seal").page == 2


def test_the_packet_grows_and_every_offset_still_points_at_its_object(typeset: bytes) -> None:
    pdf = TypstPdf(typeset)
    pdf.add_to_packet(properties=PROPERTIES, schema=SCHEMA)
    pdf.draw_under(2, zlib.compress(b"q Q"), zlib.compress(b"q 1 0 0 1 0 0 cm Q"))
    pdf.draw_under(1, zlib.compress(b"q Q "))
    finished = pdf.finished()
    offsets = TypstPdf(finished)._offsets
    for number, offset in enumerate(offsets[1:], 1):
        assert finished[offset:].startswith(b"%d 0 obj\n" % number)
    with pikepdf.open(BytesIO(finished)) as opened:
        packet = opened.Root.Metadata.read_bytes()
        assert packet.index(SCHEMA) < packet.index(PROPERTIES) < packet.index(b"</rdf:RDF>")
        assert [s.read_bytes() for s in opened.pages[1].Contents][:2] == [
            b"q Q",
            b"q 1 0 0 1 0 0 cm Q",
        ]
        assert opened.pages[0].Contents[0].read_bytes() == b"q Q "
        assert not opened.check_pdf_syntax()
    assert finished.count(b"startxref") == finished.count(b"%%EOF") == 1


def test_places_that_are_not_there_are_refused(typeset: bytes) -> None:
    pdf = TypstPdf(typeset)
    with pytest.raises(RenderingFailed, match="no QR code"):
        pdf.place_of_link("https://elsewhere.example")
    with pytest.raises(RenderingFailed, match="nowhere"):
        pdf.place_of_destination("nowhere")
    for page in (0, 3):
        with pytest.raises(RenderingFailed, match="no page"):
            pdf.draw_under(page, b"")


def test_a_packet_without_extension_schemas_is_refused(typeset: bytes) -> None:
    other = typeset.replace(b"<pdfaExtension:schemas>", b"<pdfaExtension:schemaX>")
    with pytest.raises(RenderingFailed, match="extension schemas"):
        TypstPdf(other).add_to_packet(properties=b"", schema=b"")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"startxref", b"startxxxx"),
        (b"xref\n0 ", b"yref\n0 "),
        (b"/Root ", b"/Boot "),
        (b"/Pages ", b"/Wages "),
        (b"/Kids[", b"/Sids["),
        (b" 00000 n\r\n", b" 00000 f\r\n"),
    ],
)
def test_a_file_that_is_not_as_typst_writes_it_is_refused(
    typeset: bytes, old: bytes, new: bytes
) -> None:
    with pytest.raises(RenderingFailed, match="typst"):
        TypstPdf(typeset.replace(old, new))


def test_what_is_no_pdf_is_refused() -> None:
    for junk in (b"", b"%PDF-1.7\n", b"startxref\n9\n%%EOF"):
        with pytest.raises(RenderingFailed):
            TypstPdf(junk)
