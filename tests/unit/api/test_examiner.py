"""The work of an examining process, done here to see it: report first, pictures bounded."""

import io
from datetime import UTC, datetime

import pikepdf
import pytest
from PIL import Image

from api.demo.tampering import page_overlaid
from api.examination.examiner import build
from api.examination.findings import from_json
from api.examination.frames import Frame
from api.examination.page_pictures import MOST_PIXELS, pictures_of_pages
from verify import Indication


@pytest.fixture
def examiner(settings):
    return build(
        str(settings.trust_dir), str(settings.revocation_dir), "qianyin-default", 1024 * 1024
    )


def job(data, *, pictures=True):
    return Frame({"at": datetime.now(UTC).isoformat(), "pictures": pictures}, data)


@pytest.fixture
def licence(issuer):
    sample = issuer.catalog.get("animal_clinic").sample
    return issuer.issue(sample, client="t", idempotency_key="1").pdf


def blank(*sizes):
    with pikepdf.new() as pdf:
        for size in sizes:
            pdf.add_blank_page(page_size=size)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def test_the_report_comes_first_then_the_pages(examiner, licence):
    first, *rest = examiner(job(licence))
    findings = from_json(first.blob)
    assert findings.report.indication is Indication.TOTAL_PASSED
    assert findings.record["ZZMC"] == "动物诊疗许可证"
    assert [frame.header["kind"] for frame in rest] == ["picture"]
    assert Image.open(io.BytesIO(rest[0].blob)).size == (
        rest[0].header["width"],
        rest[0].header["height"],
    )


def test_without_pictures_there_is_only_the_report(examiner, licence):
    assert len(list(examiner(job(licence, pictures=False)))) == 1


def test_the_page_is_drawn_from_what_was_sealed(examiner, licence):
    sealed = list(examiner(job(licence)))[1].blob
    overlaid = list(examiner(job(page_overlaid(licence))))[1].blob
    assert sealed == overlaid


def test_the_seal_is_on_the_picture(examiner, licence):
    image = Image.open(io.BytesIO(list(examiner(job(licence)))[1].blob)).convert("RGB")
    red = sum(
        count
        for count, (r, g, b) in image.getcolors(maxcolors=10**7)
        if r > 180 and g < 80 and b < 80
    )
    assert red > 500


@pytest.mark.parametrize(
    ("data", "error"), [(b"x", "NotAPdf"), (b"%PDF-1.7" + b" " * 2 * 1024 * 1024, "PdfTooLarge")]
)
def test_what_cannot_be_read_is_a_refusal(examiner, data, error):
    (frame,) = examiner(job(data))
    assert (frame.header["kind"], frame.header["error"]) == ("refused", error)


@pytest.mark.parametrize("size", [(595, 842), (3, 3), (14400, 14400), (14400, 3)])
def test_a_picture_never_has_more_pixels_than_allowed(size):
    (picture,) = pictures_of_pages(blank(size), (0,))
    # Rounding up adds at most a row and a column.
    assert picture.width * picture.height <= MOST_PIXELS + picture.width + picture.height + 1


def test_pages_that_are_not_there_are_left_out():
    assert len(list(pictures_of_pages(blank((100, 100)), (0, 7)))) == 1
    assert list(pictures_of_pages(b"nothing", (0,))) == []


def test_an_unknown_policy_does_not_start(settings):
    with pytest.raises(KeyError):
        build(str(settings.trust_dir), str(settings.revocation_dir), "lenient", 1)
