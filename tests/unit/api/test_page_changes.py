"""Before and after: differences are found where they are, marked, and bounded in number and time."""

import io
from dataclasses import asdict

import pikepdf
import pytest
from PIL import Image

from api.demo.tampering import page_overlaid
from api.errors import ExaminationDied
from api.examination.arriving import changed_pages_in, pictures_in
from api.examination.examiner import build
from api.examination.frames import Frame
from api.examination.page_changes import ChangedPage, ComparisonRules, changed_pages
from api.examination.page_pictures import MOST_PIXELS, PagePicture
from api.pages.changes import CHANGE_WORDS, changes_view
from api.pages.language import Language
from api.pages.saying import Speaker
from tests.fakes.pdf_documents import document, stream
from tests.unit.api.test_examiner import job
from verify import DEFAULT_LIMITS, ChangeKind, LaterChange, LaterChanges

RULES = ComparisonRules(pages=6, seconds=30.0)
SAME = ((0, 0),)


@pytest.fixture
def examiner(settings):
    folders = [str(one) for one in settings.evidence_dirs]
    return build(str(settings.trust_dir), folders, asdict(DEFAULT_LIMITS), 3, 30.0)


@pytest.fixture
def licence(issuer):
    sample = issuer.catalog.get("animal_clinic").sample
    return issuer.issue(sample, client="approvals", idempotency_key="1").pdf


def page(content=b"", **entries):
    extra = b" ".join(b"/%s %s" % (k.encode(), v) for k, v in entries.items())
    return document({4: stream(content)}, page=extra).data


def compared(before, after, pairs=SAME, rules=RULES):
    return list(changed_pages(before, after, pairs, rules))


def near(region, expected, by=9.0):
    return all(abs(a - b) < by for a, b in zip(region, expected, strict=True))


def test_a_difference_is_found_where_it_is_and_marked():
    (found,) = compared(page(b""), page(b"100 200 50 60 re f"))
    assert (found.before, found.after) == (0, 0)
    (region,) = found.regions
    assert near(region, (100, 200, 150, 260))
    before, after = (Image.open(io.BytesIO(one.png)).convert("RGB") for one in found.pictures)
    assert before.getcolors() == [(before.width * before.height, (255, 255, 255))]
    marks = [c for _, c in after.getcolors(maxcolors=10**6) if c[0] > 150 and c[1] < 90]
    assert marks


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_points_are_those_of_the_page_however_it_is_turned(turn):
    turned = b"%d" % turn
    (found,) = compared(page(b"", Rotate=turned), page(b"100 200 50 60 re f", Rotate=turned))
    assert near(found.regions[0], (100, 200, 150, 260))


def test_pages_that_look_the_same_are_not_listed():
    assert compared(page(b"9 9 9 9 re f"), page(b"9 9 9 9 re f % alike")) == []


def test_places_apart_are_told_apart_and_very_many_are_told_as_one():
    two = b"10 10 20 20 re f 400 700 20 20 re f"
    (found,) = compared(page(b""), page(two))
    assert len(found.regions) == 2
    many = b" ".join(
        b"%d %d 4 4 re f" % (x, y) for x in range(20, 560, 60) for y in range(20, 800, 60)
    )
    (found,) = compared(page(b""), page(many))
    assert len(found.regions) == 1


def test_a_page_of_another_size_differs_as_a_whole():
    other = document({3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>"}).data
    (found,) = compared(page(b""), other)
    assert near(found.regions[0], (0, 0, 300, 300))


def pages(*contents):
    with pikepdf.new() as pdf:
        for content in contents:
            made = pdf.add_blank_page(page_size=(200, 200))
            made.obj.Contents = pdf.make_stream(content)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def test_a_page_that_was_added_or_removed_is_shown_alone():
    one, two = pages(b""), pages(b"", b"9 9 99 99 re f")
    (added,) = compared(one, two, ((None, 1),))
    assert (added.before, added.after, len(added.pictures)) == (None, 1, 1)
    (removed,) = compared(two, one, ((1, None),))
    assert (removed.before, removed.after, len(removed.pictures)) == (1, None, 1)
    assert near(removed.regions[0], (0, 0, 200, 200))


def test_pages_that_no_list_names_are_compared_too_as_far_as_the_rules_go():
    many = pages(*[b""] * 5), pages(*[b"9 9 99 99 re f"] * 5)
    found = compared(*many, ((3, 3),), ComparisonRules(pages=3, seconds=30.0))
    assert [one.after for one in found] == [3, 0, 1]
    assert compared(*many, (), ComparisonRules(pages=3, seconds=-1.0)) == []


def test_what_cannot_be_opened_or_drawn_is_left_out():
    assert compared(b"nothing", page()) == []
    assert compared(page(), page(), ((7, None), (None, 8), (None, None))) == []
    broken = document({2: b"<< /Type /Pages /Kids [7 0 R] /Count 1 >>"}).data
    assert compared(broken, broken) == []


def test_pictures_are_bounded():
    large = document({3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9000 9000] >>"}).data
    (found,) = compared(page(b""), large)
    for one in found.pictures:
        assert one.width * one.height <= MOST_PIXELS + one.width + one.height + 1


def test_an_examiner_shows_what_an_overlay_hid(examiner, licence):
    frames = [
        one for one in examiner(job(page_overlaid(licence))) if one.header["kind"] == "changed_page"
    ]
    (found,) = changed_pages_in(frames)
    assert (found.before, found.after, len(found.pictures)) == (0, 0, 2)
    x0, y0, x1, y1 = found.regions[0]
    assert min(x0, y0) >= 50
    assert x1 <= 270
    assert y1 <= 130


def test_without_pictures_the_places_are_still_told(examiner, licence):
    *_, frame = examiner(job(page_overlaid(licence), pictures=False))
    assert frame.header["regions"]
    assert frame.blob == b""


def test_a_genuine_licence_is_not_compared(examiner, licence):
    kinds = [one.header["kind"] for one in examiner(job(licence))]
    assert "changed_page" not in kinds


GOOD = {"kind": "changed_page", "before": 0, "after": 0, "regions": [[0, 1, 2, 3]], "pictures": []}


@pytest.mark.parametrize(
    "change",
    [
        {"before": -1},
        {"after": "0"},
        {"regions": [[0, 1, 2]]},
        {"regions": [[0, 1, 2, float("nan")]]},
        {"regions": [[0, 0, 1, 1]] * 101},
        {"pictures": [[0, 10**9, 1, 1]]},
        {"pictures": [[0, 1, 1, 1]] * 3},
        {"pictures": [[0, 1, 1, -1]]},
    ],
)
def test_a_page_of_another_shape_is_refused(change):
    with pytest.raises(ExaminationDied):
        changed_pages_in([Frame(GOOD | change)])


def test_pictures_are_cut_from_the_blob_they_came_in():
    frame = Frame(GOOD | {"pictures": [[0, 1, 2, 3], [0, 1, 2, 4]]}, b"abcdefg")
    (found,) = changed_pages_in([frame])
    assert [one.png for one in found.pictures] == [b"abc", b"defg"]
    assert pictures_in([frame]) == ()


def test_every_kind_of_change_has_words():
    assert set(CHANGE_WORDS) == set(ChangeKind)


def test_a_page_says_what_was_changed_and_shows_it():
    changes = LaterChanges(
        0, 9, (LaterChange(ChangeKind.PAGE_CONTENT, 1), LaterChange(ChangeKind.METADATA, None)), ()
    )
    pictures = (PagePicture(1, 3, 4, b"x"), PagePicture(1, 3, 4, b"y"))
    drawn = (ChangedPage(1, 1, ((0, 0, 1, 1),), pictures), ChangedPage(1, None, (), pictures[:1]))
    view = changes_view(changes, drawn, Speaker(Language.EN, lambda code: (code, "")))
    assert view is not None
    assert view.lines == ("Page 2: the content of the page was changed", "the metadata was changed")
    assert [one.caption for one in view.pages[0].pictures] == [
        "As sealed",
        "As it is now (not to be trusted)",
    ]
    assert [len(one.pictures) for one in view.pages] == [2, 1]
    assert changes_view(None, (), Speaker(Language.ZH, lambda code: (code, ""))) is None
