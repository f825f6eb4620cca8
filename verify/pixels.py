"""Compares a seal's stored picture with an image in the document, pixel by pixel."""

import io
import struct
import zlib
from dataclasses import dataclass, field
from functools import lru_cache

import pikepdf
from PIL import Image, ImageChops, UnidentifiedImageError

from verify.drawings import Unclear
from verify.inflation import inflated
from verify.limits import Limits
from verify.page_tree import get

__all__ = ["shows_picture"]

_CACHED = 64
_BITS = 8
_MODES = {"/DeviceRGB": "RGB", "/DeviceGray": "L"}
_CHANNELS = {"RGB": 3, "L": 1}
_ALTERING = frozenset(
    {"/Decode", "/DecodeParms", "/Mask", "/Matte", "/ImageMask", "/Alternates"}
    | {"/F", "/OC", "/SMaskInData"}
)
_WHITE = (255, 255, 255, 255)
_FORMATS = ("PNG", "GIF", "BMP", "JPEG")  # what seals hold; other readers are not let near
# What Pillow was seen to raise for damaged pictures.
_FOREIGN = (
    Image.DecompressionBombError,
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    TypeError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class _Raster:
    mode: str
    size: tuple[int, int]
    stored: bytes = field(repr=False)
    is_deflated: bool


def shows_picture(picture: bytes, image: pikepdf.Object, limits: Limits) -> bool:
    """Say whether the image looks like the picture; raise `Unclear` if it cannot be told.

    The last 64 answers are kept.
    """
    mask = get(image, "/SMask")
    colour = _raster(image, limits)
    alpha = None if mask is None else _raster(mask, limits)
    if alpha is not None and (alpha.mode != "L" or get(mask, "/SMask") is not None):
        raise Unclear("the image's transparency is of a kind that is not compared")
    return _shows(picture, colour, alpha, limits.picture_pixels)


def _raster(image: pikepdf.Object, limits: Limits) -> _Raster:
    width, height = get(image, "/Width"), get(image, "/Height")
    mode = _MODES.get(str(get(image, "/ColorSpace")))
    if not isinstance(image, pikepdf.Stream) or mode is None:
        raise Unclear("the image is in a colour space that is not compared")
    if not _ALTERING.isdisjoint(image.keys()):
        raise Unclear("the image is altered when it is drawn")
    if not isinstance(width, int) or not isinstance(height, int):
        raise Unclear("the image has no size")
    if get(image, "/BitsPerComponent") != _BITS or width <= 0 or height <= 0:
        raise Unclear("the image has an unusual depth or size")
    filters = get(image, "/Filter")
    if filters not in (None, pikepdf.Name.FlateDecode) or width * height > limits.picture_pixels:
        raise Unclear("the image is packed in a way that is not compared, or too large")
    return _Raster(mode, (width, height), image.read_raw_bytes(), filters is not None)


@lru_cache(maxsize=_CACHED)
def _shows(picture: bytes, colour: _Raster, alpha: _Raster | None, pixels: int) -> bool:
    wanted = _opened(picture, pixels)
    drawn = _image(colour).convert("RGBA")
    if drawn.size != wanted.size:
        return False
    if alpha is not None:
        if alpha.size != colour.size:
            raise Unclear("the image and its transparency differ in size")
        drawn.putalpha(_image(alpha))
    return wanted.tobytes() == drawn.tobytes() or _look_the_same(wanted, drawn)


def _look_the_same(wanted: Image.Image, drawn: Image.Image) -> bool:
    """Colours may differ only where nothing is seen of them."""
    same_cover = wanted.getchannel("A").tobytes() == drawn.getchannel("A").tobytes()
    return (
        same_cover and ImageChops.difference(_on_paper(wanted), _on_paper(drawn)).getbbox() is None
    )


def _opened(picture: bytes, pixels: int) -> Image.Image:
    try:
        with Image.open(io.BytesIO(picture), formats=_FORMATS) as image:
            if image.width * image.height > pixels:
                raise Unclear("the seal's picture has too many pixels")
            return image.convert("RGBA")
    except _FOREIGN as error:
        raise Unclear("the seal's picture cannot be read") from error


def _image(raster: _Raster) -> Image.Image:
    length = raster.size[0] * raster.size[1] * _CHANNELS[raster.mode]
    content = inflated(raster.stored, length) if raster.is_deflated else raster.stored
    if content is None or len(content) != length:
        raise Unclear("the image has more or fewer bytes than its size says")
    return Image.frombytes(raster.mode, raster.size, content)


def _on_paper(image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, _WHITE), image).convert("RGB")
