"""The seal's picture as PDF objects: an image with its transparency, at its true size in mm."""

import io
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from struct import error as StructError
from zlib import error as ZlibError

from PIL import Image

from keystore import SealPicture
from signing.documents import MM_PER_POINT
from signing.errors import PlacementError

__all__ = ["SealAppearance", "appearance_of"]

FORMATS = ("PNG", "GIF", "BMP", "JPEG")
"""What seals are seen to carry and Pillow decodes by itself; never EPS, which runs a program."""
_FOREIGN = (
    OSError,
    ValueError,
    SyntaxError,
    StructError,
    ZlibError,
    Image.DecompressionBombError,
)
PIXELS_MAX = 4096 * 4096
DEFLATE_LEVEL = 9


@dataclass(frozen=True, slots=True)
class SealAppearance:
    """Two image streams (colour and transparency) and the size on the page in points."""

    width_pt: float
    height_pt: float
    pixels: tuple[int, int]
    color: bytes = field(repr=False)
    """Deflated RGB rows."""
    alpha: bytes = field(repr=False)
    """Deflated 8-bit rows."""

    def image(self, mask: int) -> bytes:
        """Return the colour stream; `mask` is the object number of the transparency."""
        return self._stream(b"/DeviceRGB", self.color, b" /SMask %d 0 R" % mask)

    def mask(self) -> bytes:
        """Return the transparency stream."""
        return self._stream(b"/DeviceGray", self.alpha, b"")

    def form(self, image: int) -> bytes:
        """Return the appearance stream that draws object `image` over its whole box."""
        size = b"%.3f 0 0 %.3f" % (self.width_pt, self.height_pt)
        content = b"q %s 0 0 cm /Seal Do Q" % size
        return (
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 %.3f %.3f]"
            b" /Resources << /XObject << /Seal %d 0 R >> >> /Length %d >>\nstream\n%s\nendstream"
        ) % (self.width_pt, self.height_pt, image, len(content), content)

    def _stream(self, space: bytes, data: bytes, more: bytes) -> bytes:
        return (
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s"
            b" /BitsPerComponent 8 /Filter /FlateDecode%s /Length %d >>\nstream\n%s\nendstream"
        ) % (*self.pixels, space, more, len(data), data)


@lru_cache(maxsize=64)
def appearance_of(picture: SealPicture) -> SealAppearance:
    """Return the picture as PDF streams; raise `PlacementError` for one that cannot be drawn."""
    if picture.width_mm <= 0 or picture.height_mm <= 0:
        raise PlacementError("the seal's picture has no size on paper")
    try:
        with Image.open(io.BytesIO(picture.data), formats=FORMATS) as image:
            if image.width * image.height > PIXELS_MAX:
                raise PlacementError("the seal's picture has too many pixels to be drawn")
            drawn = image.convert("RGBA")
    except _FOREIGN as error:
        raise PlacementError(f"a seal picture of type {picture.format} cannot be drawn") from error
    return SealAppearance(
        width_pt=picture.width_mm / MM_PER_POINT,
        height_pt=picture.height_mm / MM_PER_POINT,
        pixels=drawn.size,
        color=zlib.compress(_colors(drawn).tobytes(), DEFLATE_LEVEL),
        alpha=zlib.compress(drawn.getchannel("A").tobytes(), DEFLATE_LEVEL),
    )


def _colors(image: Image.Image) -> Image.Image:
    """The colours, with the commonest of them also where nothing is seen.

    A seal of one ink then takes 1 kB instead of 8, and a reader that smooths the picture finds no
    other colour to blend into its edges.
    """
    counted = image.getcolors(PIXELS_MAX) or []
    seen = [(count, color[:3]) for count, color in counted if isinstance(color, tuple) and color[3]]
    colors = Image.new("RGB", image.size, max(seen)[1] if seen else None)
    cover = image.getchannel("A").point(lambda value: 255 if value else 0)
    colors.paste(image.convert("RGB"), mask=cover)
    return colors
