"""A seal's picture becomes two streams and a size, or is refused before it costs anything."""

import io
import struct
import zlib

import pytest
from PIL import Image

from keystore import SealPicture
from signing import appearance, appearance_of
from signing.errors import PlacementError
from tests.fakes.pki import picture, png


def encoded(kind: str, mode: str = "RGB", size: tuple[int, int] = (4, 3)) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind)
    return out.getvalue()


def test_a_picture_keeps_its_pixels_and_its_size_in_points():
    made = appearance_of(picture())
    assert made.pixels == (496, 496)
    assert made.width_pt == pytest.approx(42 * 72 / 25.4)
    assert len(zlib.decompress(made.color)) == 496 * 496 * 3
    assert len(zlib.decompress(made.alpha)) == 496 * 496
    assert appearance_of(picture()) is made
    assert "color" not in repr(made)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "JPEG"])
def test_what_seals_are_seen_to_carry_is_drawn(kind):
    made = appearance_of(SealPicture(kind, encoded(kind), 40, 30))
    assert made.pixels == (4, 3)
    assert set(zlib.decompress(made.alpha)) == {255}


def shades(*pixels: tuple[int, int, int, int]) -> bytes:
    image = Image.new("RGBA", (len(pixels), 1))
    image.putdata(pixels)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_where_nothing_is_seen_the_commonest_ink_continues():
    faint, dark, hidden = (200, 0, 15, 1), (90, 0, 0, 255), (0, 0, 0, 0)
    made = appearance_of(SealPicture("PNG", shades(hidden, dark, faint, dark, hidden), 5, 1))
    ink, pale = bytes(dark[:3]), bytes(faint[:3])
    assert zlib.decompress(made.color) == ink + ink + pale + ink + ink
    assert list(zlib.decompress(made.alpha)) == [0, 255, 1, 255, 0]


def test_a_picture_of_which_nothing_is_seen_has_no_ink():
    made = appearance_of(SealPicture("PNG", shades((9, 9, 9, 0)), 1, 1))
    assert zlib.decompress(made.color) == bytes(3)


def bomb() -> bytes:
    """A PNG that claims 60,000 by 60,000 pixels."""
    data = encoded("PNG")
    header = struct.pack(">II", 60_000, 60_000) + data[24:29]
    return data[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + data[33:]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ofd page description",
        png()[:200],
        png()[:40],
        bomb(),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        encoded("TIFF"),
    ],
)
def test_what_cannot_be_drawn_is_refused(data):
    with pytest.raises(PlacementError, match="of type PNG cannot be drawn"):
        appearance_of(SealPicture("PNG", data, 42, 42))


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(appearance, "PIXELS_MAX", 11)
    with pytest.raises(PlacementError, match="too many pixels"):
        appearance_of(SealPicture("PNG", encoded("PNG"), 42, 42))


@pytest.mark.parametrize(("width", "height"), [(0, 42), (42, 0), (-1, 42)])
def test_a_picture_without_size_is_refused(width, height):
    with pytest.raises(PlacementError, match="no size on paper"):
        appearance_of(SealPicture("PNG", png(), width, height))
