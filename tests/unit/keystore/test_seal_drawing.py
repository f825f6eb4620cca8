import math
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

from keystore.errors import BadPicture
from keystore.seal_drawing import RANKS, RED, SealCentre, SealDesign, SealRank, draw_seal

NAME = "示例市农业农村局"
LONG_NAME = "示例维吾尔自治州示例蒙古自治县农业农村和畜牧水产局行政审批处"[:30]


def drawn(design: SealDesign) -> Image.Image:
    return Image.open(BytesIO(draw_seal(design).data)).convert("RGBA")


def opacity_at(picture: Image.Image, radius: float, degrees: float) -> int:
    """`radius` is a share of the seal's radius, `degrees` clockwise from the top."""
    half = (picture.width - 1) / 2
    turn = math.radians(degrees)
    x, y = half + half * radius * math.sin(turn), half - half * radius * math.cos(turn)
    pixel = picture.getpixel((round(x), round(y)))
    assert isinstance(pixel, tuple)
    return int(pixel[3])


def ink_between(picture: Image.Image, radius: float, degrees: range) -> bool:
    return any(opacity_at(picture, radius, turn) > 128 for turn in degrees)


def test_a_seal_is_a_small_transparent_picture_of_its_true_size() -> None:
    seal = draw_seal(SealDesign(NAME, SealCentre.STAR, 42))
    assert (seal.format, seal.width_mm, seal.height_mm) == ("PNG", 42, 42)
    assert len(seal.data) < 15_000
    picture = Image.open(BytesIO(seal.data))
    assert picture.width / (42 / 25.4) == pytest.approx(400, abs=1)
    assert picture.info.keys() == {"transparency"}


def test_the_same_design_gives_the_same_bytes() -> None:
    design = SealDesign(NAME, SealCentre.STAR, 42)
    assert draw_seal(design) == draw_seal(design)


def test_everything_drawn_is_red_and_the_ground_is_clear() -> None:
    picture = drawn(SealDesign(NAME, SealCentre.STAR, 42))
    assert {colour[:3] for _, colour in picture.getcolors() or []} == {RED}
    assert opacity_at(picture, 0.99, 200) == 255
    assert opacity_at(picture, 1.38, 45) == 0


def test_a_star_stands_in_the_middle_with_one_point_up() -> None:
    star, plain = (
        drawn(SealDesign(NAME, centre, 42)) for centre in (SealCentre.STAR, SealCentre.PLAIN)
    )
    assert opacity_at(star, 0, 0) == 255
    assert opacity_at(plain, 0, 0) == 0
    for point in range(0, 360, 72):
        assert opacity_at(star, 0.30, point) == 255
        assert opacity_at(star, 0.30, point + 36) == 0


@pytest.mark.parametrize("name", ["样例", NAME, LONG_NAME])
def test_the_name_leaves_the_foot_of_the_ring_free_and_touches_neither_ring_nor_star(
    name: str,
) -> None:
    picture = drawn(SealDesign(name, SealCentre.STAR, 42))
    assert not ink_between(picture, 0.78, range(155, 205))
    assert not any(opacity_at(picture, 0.925, turn) for turn in range(360))
    assert not any(opacity_at(picture, 0.42, turn) for turn in range(360))


def test_the_name_is_spread_evenly_and_reads_from_left_to_right() -> None:
    picture = drawn(SealDesign("一" * 9, SealCentre.PLAIN, 42))
    middles = [turn for turn in range(-150, 150) if opacity_at(picture, 0.78, turn) > 128]
    groups = [middles[0]] + [b for a, b in pairwise(middles) if b - a > 3]
    steps = [b - a for a, b in pairwise(groups)]
    assert len(groups) == 9
    assert max(steps) - min(steps) <= 2


def test_lower_text_stands_below_the_star_and_the_name_makes_room() -> None:
    without, with_text = (
        drawn(SealDesign(LONG_NAME, SealCentre.STAR, 45, text)) for text in ("", "审批专用章")
    )
    assert not ink_between(without, 0.55, range(175, 186))
    assert ink_between(with_text, 0.55, range(170, 191))
    assert not ink_between(with_text, 0.8, range(130, 230))


@pytest.mark.parametrize("rank", SealRank)
def test_every_rank_has_a_size_from_the_document_and_only_stars_are_drawn(rank: SealRank) -> None:
    diameter, centre = RANKS[rank]
    design = SealDesign(NAME, centre, diameter)
    if centre is SealCentre.EMBLEM:
        with pytest.raises(BadPicture, match="emblem"):
            draw_seal(design)
    else:
        assert draw_seal(design).width_mm == diameter


def test_characters_without_a_glyph_are_named() -> None:
    with pytest.raises(BadPicture, match=r"U\+200B.*U\+20BB7"):
        draw_seal(SealDesign("𠮷市\u200b局", SealCentre.STAR, 42))
    with pytest.raises(BadPicture, match=r"U\+0020"):
        draw_seal(SealDesign(NAME, SealCentre.STAR, 42, "审 批"))


@pytest.mark.parametrize(
    ("design", "why"),
    [
        (SealDesign(NAME, SealCentre.STAR, 61), "61 mm"),
        (SealDesign(NAME, SealCentre.STAR, 29), "29 mm"),
        (SealDesign("局", SealCentre.STAR, 42), "1 characters"),
        (SealDesign("局" * 31, SealCentre.STAR, 42), "31 characters"),
        (SealDesign(NAME, SealCentre.STAR, 42, "章" * 13), "lower text"),
    ],
)
def test_what_no_seal_has_is_refused(design: SealDesign, why: str) -> None:
    with pytest.raises(BadPicture, match=why):
        draw_seal(design)
