"""The picture of a seal, and how an uploaded PNG becomes one."""

from dataclasses import dataclass, field
from io import BytesIO
from struct import error as StructError
from typing import cast
from zlib import error as ZlibError

from PIL import Image, ImageChops

from keystore.errors import BadPicture

__all__ = ["SealPicture", "encode_one_colour", "read_picture"]

MAX_UPLOAD_BYTES = 2 * 1024 * 1024
MAX_UPLOAD_PIXELS = 4000 * 4000
SIDES_MM = range(8, 61)  # State Council Doc. 25 of 1999: no official seal is wider than 60 mm
MIN_DPI = 150
MAX_DPI = 400
MAX_STRETCH = 0.03
COLOURS = 64
_MM_PER_INCH = 25.4
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_BYTES = 29

# Levels of coverage kept at the edges: more cannot be seen in print, and cost bytes.
_LEVELS = 4


@dataclass(frozen=True, slots=True)
class SealPicture:
    """What the seal looks like and how large it is on paper (GB/T 38540 SES_ESPictrueInfo)."""

    format: str
    data: bytes = field(repr=False)
    width_mm: int
    height_mm: int


def encode_one_colour(coverage: Image.Image, colour: tuple[int, int, int]) -> bytes:
    """A palette PNG of one colour whose opacity is `coverage`, an 8-bit grey image."""
    steps = _LEVELS - 1
    levels = coverage.point([round(value * steps / 255) for value in range(256)])
    picture = Image.frombytes("P", levels.size, levels.tobytes())
    picture.putpalette(list(colour) * _LEVELS)
    opacity = bytes(round(level * 255 / steps) for level in range(_LEVELS))
    out = BytesIO()
    picture.save(out, "PNG", optimize=True, bits=2, transparency=opacity)
    return out.getvalue()


def read_picture(png: bytes, *, width_mm: int, height_mm: int) -> SealPicture:
    """An uploaded PNG as a seal's picture, written anew: no metadata, at most 400 dpi, 64 colours.

    The ground must be transparent. A picture without any transparency, such as a scan, has its
    white taken out: what is white becomes clear and what is pale becomes thin, so that texts
    under the seal stay readable. Raises `BadPicture`; the size is checked before decoding.
    """
    if width_mm not in SIDES_MM or height_mm not in SIDES_MM:
        raise BadPicture(f"a seal of {width_mm} by {height_mm} mm is none: 8 to 60 mm")
    width, height = _claimed_size(png)
    _check_size((width, height), (width_mm, height_mm))
    picture = _decoded(png)
    if _extremes(picture) == (255, 255):
        picture = _without_white(picture)
    if _extremes(picture)[1] == 0:
        raise BadPicture("there is nothing on this picture")
    most = (_pixels(width_mm), _pixels(height_mm))
    if width > most[0] or height > most[1]:
        picture = picture.convert("RGBa").resize(most, Image.Resampling.LANCZOS).convert("RGBA")
    out = BytesIO()
    picture.quantize(COLOURS, Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return SealPicture("PNG", out.getvalue(), width_mm, height_mm)


def _claimed_size(png: bytes) -> tuple[int, int]:
    if len(png) > MAX_UPLOAD_BYTES:
        raise BadPicture(f"the picture is over {MAX_UPLOAD_BYTES // 2**20} MiB")
    if len(png) < _HEADER_BYTES or not png.startswith(_SIGNATURE) or png[12:16] != b"IHDR":
        raise BadPicture("this is not a PNG picture")
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    if not 0 < width * height <= MAX_UPLOAD_PIXELS:
        raise BadPicture(f"a picture of {width} by {height} pixels is not accepted")
    return width, height


def _check_size(pixels: tuple[int, int], sides_mm: tuple[int, int]) -> None:
    across, down = (p * _MM_PER_INCH / mm for p, mm in zip(pixels, sides_mm, strict=True))
    if min(across, down) < MIN_DPI:
        raise BadPicture(f"at this size the picture has {min(across, down):.0f} dpi: 300 is good")
    if abs(across / down - 1) > MAX_STRETCH:
        raise BadPicture("the picture's shape does not fit its size in mm: it would be stretched")


def _pixels(side_mm: int) -> int:
    return round(side_mm / _MM_PER_INCH * MAX_DPI)


def _decoded(png: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(png), formats=["PNG"]) as picture:
            return picture.convert("RGBA")
    except (OSError, SyntaxError, ValueError, StructError, ZlibError) as e:
        raise BadPicture("this PNG picture cannot be read") from e


def _extremes(picture: Image.Image) -> tuple[int, int]:
    """The least and the most opacity."""
    return cast("tuple[int, int]", picture.getchannel("A").getextrema())


def _without_white(picture: Image.Image) -> Image.Image:
    """Undo painting on white paper: the ink's share of each pixel becomes its opacity."""
    red, green, blue, _ = picture.split()
    ink = ImageChops.invert(ImageChops.darker(ImageChops.darker(red, green), blue))
    paper = ImageChops.invert(ink)
    colours = (ImageChops.subtract(channel, paper) for channel in (red, green, blue))
    return Image.merge("RGBa", (*colours, ink)).convert("RGBA")
