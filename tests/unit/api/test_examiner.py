"""The work of an examining process, done here to see it: report first, pictures bounded."""

import io
from dataclasses import asdict, astuple, replace
from datetime import UTC, datetime

import pikepdf
import pytest
from PIL import Image

from api.demo.tampering import page_overlaid
from api.examination.examiner import build
from api.examination.findings import from_json
from api.examination.frames import Frame
from api.examination.page_pictures import MOST_PIXELS, Place, pictures_of_pages
from verify import DEFAULT_LIMITS, Indication


@pytest.fixture
def examiner(settings):
    folders = [str(one) for one in settings.evidence_dirs]
    limits = asdict(replace(DEFAULT_LIMITS, file_bytes=1024 * 1024))
    return build(str(settings.trust_dir), folders, limits, 3, 5.0)


def job(data, *, pictures=True, facts=False):
    asked = {"at": datetime.now(UTC).isoformat(), "policy": "qianyin-default"}
    return Frame({**asked, "pictures": pictures, "facts": facts}, data)


@pytest.fixture
def licence(issuer):
    sample = issuer.catalog.get("animal_clinic").sample
    return issuer.issue(sample, client="approvals", idempotency_key="1").pdf


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


def test_the_mark_lies_around_the_seal(examiner, licence):
    drawn = list(examiner(job(licence)))[1]
    ((signature, left, top, width, height),) = drawn.header["marks"]
    image = Image.open(io.BytesIO(drawn.blob)).convert("RGB")
    red = [
        (place % image.width, place // image.width)
        for place, (r, g, b) in enumerate(image.get_flattened_data())
        if r > 180 and g < 80 and b < 80
    ]
    across, down = ({one[axis] for one in red} for axis in (0, 1))
    assert signature == 0
    for first, length, seen in ((left, width, across), (top, height, down)):
        assert abs(first - min(seen)) < length / 10
        assert abs(first + length - max(seen)) < length / 10


@pytest.mark.parametrize(
    ("rotation", "seen"),
    [(0, (20, 340, 20, 40)), (90, (20, 20, 40, 20)), (180, (160, 20, 20, 40))],
)
def test_a_mark_follows_the_pages_rotation_and_stays_on_the_page(rotation, seen):
    with pikepdf.open(io.BytesIO(blank((100, 200)))) as pdf:
        pdf.pages[0].Rotate = rotation
        pdf.save(turned := io.BytesIO())
    places = (Place(3, 0, (20, 10, 10, 30)), Place(4, 0, (500, 500, 600, 600)), Place(5, 1, ()))
    (picture,) = pictures_of_pages(turned.getvalue(), (0,), places)
    ((_, *numbers),) = (astuple(one) for one in picture.marks)
    assert picture.marks[0].signature == 3
    assert tuple(numbers) == seen


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


def test_the_policy_is_the_one_named(examiner, licence):
    asked = {**job(licence, pictures=False).header, "policy": "qianyin-strict"}
    (found,) = examiner(Frame(asked, licence))
    assert from_json(found.blob).report.policy == "qianyin-strict"
