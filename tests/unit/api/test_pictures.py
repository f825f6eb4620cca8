"""Where a seal is marked on a page, and what that place is called."""

import pytest

from api.examination.page_pictures import Mark, PagePicture
from api.pages.language import Language
from api.pages.pictures import page_view
from api.pages.saying import Speaker
from api.pages.states import Tone

EN = Speaker(Language.EN, lambda code: (code, ""))


def view(*marks, tones=(Tone.GOOD,)):
    return page_view(PagePicture(1, 1000, 500, b"png", marks), tones, EN)


@pytest.mark.parametrize(
    ("left", "top", "place"),
    [
        (0, 0, "top left"),
        (450, 0, "top"),
        (900, 400, "bottom right"),
        (450, 200, "middle"),
        (0, 400, "bottom left"),
        (999, 499, "bottom right"),
    ],
)
def test_a_place_is_said_by_the_ninth_of_the_page_it_is_in(left, top, place):
    (mark,) = view(Mark(0, left, top, 100, 100)).marks
    assert mark.place == place


def test_the_outline_stands_clear_of_the_seal_and_has_its_signatures_number_and_tone():
    shown = view(Mark(1, 100, 100, 50, 60), tones=(Tone.GOOD, Tone.BAD))
    (mark,) = shown.marks
    assert (mark.number, mark.tone) == (2, Tone.BAD)
    assert (mark.left, mark.top, mark.width, mark.height) == (92, 92, 66, 76)
    assert shown.number == 2
    assert shown.source == "data:image/png;base64,cG5n"


def test_a_mark_of_no_signature_is_left_out():
    assert view(Mark(1, 0, 0, 9, 9)).marks == ()
