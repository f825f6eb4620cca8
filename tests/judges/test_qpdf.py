"""qpdf as judge: every kind of document we write is a PDF it has nothing to say against."""

import io
import shutil
import subprocess

import pikepdf
import pytest
from PIL import Image

from signing import GBT_35275, RFC_5652, CmsContainer, SealPlacement, UnsignedPdf
from tests.fakes.pki import NOW, page_pdf, pki, raw_pdf, saved, seal_container, sealer

QPDF, PDFTOPPM = shutil.which("qpdf"), shutil.which("pdftoppm")

pytestmark = pytest.mark.judge
needs_qpdf = pytest.mark.skipif(QPDF is None, reason="the tool qpdf is not installed")
needs_pdftoppm = pytest.mark.skipif(
    PDFTOPPM is None, reason="the tool pdftoppm (poppler-utils) is not installed"
)

INHERITING = raw_pdf(
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 595 842] /Resources << >> >>",
    b"<< /Type /Page /Parent 2 0 R >>",
)


def with_form() -> bytes:
    pdf = pikepdf.open(io.BytesIO(page_pdf()))
    field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="a", V="b"))
    pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=[field]))
    pdf.pages[0].obj.Annots = pdf.make_indirect(pikepdf.Array())
    return saved(pdf)


def cms_container(dialect) -> CmsContainer:
    leaf = pki().leaf
    return CmsContainer(leaf.credential, leaf.signer, dialect, "Adobe.PPKLite", "x")


CONTAINERS = [seal_container(), cms_container(GBT_35275), cms_container(RFC_5652)]


def sealed(data: bytes, container, times: int) -> bytes:
    press = sealer(container)
    for turn in range(times):
        place = SealPlacement(0, 60 + 45 * turn, 100)
        data = press.seal(press.prepare(UnsignedPdf(data), place, now=NOW)).data
    return data


@needs_qpdf
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("container", CONTAINERS, ids=["seal", "GB/T 35275", "RFC 5652"])
@pytest.mark.parametrize(
    "original",
    [page_pdf(), page_pdf(streams=True), page_pdf().rstrip(), INHERITING, with_form()],
    ids=["table", "streams", "no line end", "inheriting", "form"],
)
def test_qpdf_has_nothing_to_say(original, container, times, tmp_path):
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed(original, container, times))
    done = subprocess.run(
        [str(QPDF), "--check", "--warning-exit-0", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0
    assert "No syntax or stream encoding errors found" in done.stdout, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr


@needs_pdftoppm
@pytest.mark.parametrize("streams", [False, True])
def test_poppler_draws_the_seal_where_it_was_put(streams, tmp_path):
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed(page_pdf(streams=streams), seal_container(), 1))
    subprocess.run(
        [str(PDFTOPPM), "-r", "72", "-png", "-singlefile", str(file), str(tmp_path / "page")],
        check=True,
        timeout=30,
    )
    with Image.open(tmp_path / "page.png") as page:
        drawn = page.convert("RGB")
    red = [
        (x, y)
        for x in range(drawn.width)
        for y in range(drawn.height)
        if (pixel := drawn.getpixel((x, y)))[0] > 150 and pixel[1] < 120
    ]
    millimetre = 72 / 25.4
    left, right = min(x for x, _ in red), max(x for x, _ in red)
    top, bottom = min(y for _, y in red), max(y for _, y in red)
    assert left == pytest.approx((60 - 21) * millimetre, abs=2)
    assert right == pytest.approx((60 + 21) * millimetre, abs=2)
    assert top == pytest.approx((100 - 21) * millimetre, abs=2)
    assert bottom == pytest.approx((100 + 21) * millimetre, abs=2)
    assert drawn.getpixel(((left + right) // 2, (top + bottom) // 2)) == (255, 255, 255)
