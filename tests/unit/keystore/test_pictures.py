import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from keystore.errors import BadPicture
from keystore.pictures import SealPicture, read_picture


def ring(
    mode: str = "RGBA", side: int = 500, ground: tuple[int, ...] = (0, 0, 0, 0)
) -> Image.Image:
    picture = Image.new(mode, (side, side), ground[: len(mode)])
    ImageDraw.Draw(picture).ellipse(
        (5, 5, side - 6, side - 6), outline=(215, 0, 15, 255)[: len(mode)], width=20
    )
    return picture


def png(picture: Image.Image, **more: object) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG", **more)
    return out.getvalue()


def read(data: bytes, side: int = 42) -> SealPicture:
    return read_picture(data, width_mm=side, height_mm=side)


def pixels(seal: SealPicture) -> Image.Image:
    return Image.open(BytesIO(seal.data)).convert("RGBA")


def test_an_upload_keeps_its_look_and_its_transparency() -> None:
    seal = read(png(ring()))
    assert (seal.format, seal.width_mm, seal.height_mm) == ("PNG", 42, 42)
    kept = pixels(seal)
    assert kept.getpixel((250, 15)) == (215, 0, 15, 255)
    assert kept.getpixel((250, 250))[3] == 0


def test_nothing_but_pixels_is_kept() -> None:
    note = PngInfo()
    note.add_text("Author", "a secret name")
    seal = read(png(ring(), pnginfo=note, dpi=(72, 72)))
    assert b"secret" not in seal.data
    assert b"tEXt" not in seal.data
    assert b"pHYs" not in seal.data


def test_white_ground_becomes_clear_and_pale_ink_thin() -> None:
    scan = ring("RGB", ground=(255, 255, 255))
    ImageDraw.Draw(scan).rectangle((200, 200, 300, 300), fill=(255, 128, 128))
    kept = pixels(read(png(scan)))
    assert kept.getpixel((100, 250))[3] == 0
    red, green, blue, opacity = kept.getpixel((250, 15))
    assert (red, green, blue) == pytest.approx((215, 0, 15), abs=6)
    assert opacity == pytest.approx(255, abs=4)
    assert kept.getpixel((250, 250))[3] == pytest.approx(127, abs=4)


def test_grey_and_palette_pictures_are_read_too() -> None:
    for mode in ("L", "P", "1"):
        assert read(png(ring("RGB", ground=(255, 255, 255)).convert(mode))).width_mm == 42


def test_a_picture_finer_than_print_is_made_smaller() -> None:
    assert pixels(read(png(ring(side=2000)))).size == (661, 661)


def test_a_flat_seal_may_be_an_oblong() -> None:
    oblong = ring().resize((900, 300))
    seal = read_picture(png(oblong), width_mm=60, height_mm=20)
    assert (seal.width_mm, seal.height_mm) == (60, 20)


@pytest.mark.parametrize(("width", "height"), [(61, 61), (7, 7), (42, 0), (-1, 42)])
def test_sizes_no_seal_has_are_refused(width: int, height: int) -> None:
    with pytest.raises(BadPicture, match="mm is none"):
        read_picture(png(ring()), width_mm=width, height_mm=height)


def test_a_picture_that_would_be_stretched_is_refused() -> None:
    with pytest.raises(BadPicture, match="stretched"):
        read_picture(png(ring()), width_mm=42, height_mm=45)


def test_a_picture_too_coarse_for_print_is_refused() -> None:
    with pytest.raises(BadPicture, match="dpi"):
        read(png(ring(side=200)))


@pytest.mark.parametrize("ground", [(0, 0, 0, 0), (255, 255, 255, 255)])
def test_an_empty_picture_is_refused(ground: tuple[int, ...]) -> None:
    with pytest.raises(BadPicture, match="nothing"):
        read(png(Image.new("RGBA", (500, 500), ground)))


def jpeg() -> bytes:
    out = BytesIO()
    ring("RGB").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a" + b" " * 40, jpeg(), png(ring())[:20], b"<svg/>" * 9]
)
def test_what_is_no_png_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture, match="not a PNG"):
        read(data)


def test_a_png_that_breaks_off_is_refused() -> None:
    whole = png(ring())
    for size in (40, len(whole) // 2):
        with pytest.raises(BadPicture, match="cannot be read"):
            read(whole[:size])


def bomb(width: int, height: int) -> bytes:
    """A few bytes that claim, and would become, a very large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * ((width + 7) // 8 + 1) * min(height, 9000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(9000, 9000), (2**31 - 1, 1), (0, 500)])
def test_a_decompression_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    with pytest.raises(BadPicture, match="pixels"):
        read(bomb(width, height))


def test_an_upload_of_megabytes_is_refused_unread() -> None:
    with pytest.raises(BadPicture, match="2 MiB"):
        read(b"\x89PNG\r\n\x1a\n" + b"\x00" * (2 * 1024 * 1024))


@given(st.data())
def test_no_damage_raises_anything_but_bad_picture(data: st.DataObject) -> None:
    whole = bytearray(png(ring(side=300)))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadPicture):
        read(bytes(whole))


def test_a_picture_is_not_shown_by_its_repr() -> None:
    assert "data" not in repr(read(png(ring())))
