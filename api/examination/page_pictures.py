"""Pages as pictures: what the reader of a file sees, seals included, in a bounded size."""

import ctypes
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

__all__ = [
    "Mark",
    "PagePicture",
    "Place",
    "Rectangle",
    "drawn_page",
    "picture_of",
    "pictures_of_pages",
]

Rectangle = tuple[float, float, float, float]

MOST_PIXELS = 1_300_000  # an A4 page at about 120 dpi: its smallest print can be read
MOST_SCALE = 2.0  # pixels per point; a tiny page is not blown up further
_COLOURS = 256
_LEAST_SIDE = 1.0  # points


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signature says it is shown: page from 0, rectangle in points of the page."""

    signature: int
    page: int
    rectangle: Rectangle


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a signature is seen in a page's picture, in pixels; `signature` counts from 0."""

    signature: int
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page, drawn; `page` counts from 0."""

    page: int
    width: int
    height: int
    png: bytes = field(repr=False)
    marks: tuple[Mark, ...] = ()


def pictures_of_pages(
    data: bytes, pages: tuple[int, ...], places: tuple[Place, ...] = ()
) -> Iterator[PagePicture]:
    """Draw these pages of a PDF with its form fields; pages that cannot be drawn are left out."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        return
    with document:
        document.init_forms()
        for number in pages:
            if number < len(document):
                here = tuple(one for one in places if one.page == number)
                yield from _drawn(document, number, here)


def _drawn(
    document: pdfium.PdfDocument, number: int, places: tuple[Place, ...]
) -> Iterator[PagePicture]:
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return
    image = drawn_page(page)
    marks = tuple(mark for place in places for mark in _marks(page, image.size, place))
    yield picture_of(number, image, marks)


def drawn_page(page: pdfium.PdfPage) -> Image.Image:
    """Draw a page of a document whose forms were prepared, in a bounded size."""
    width, height = (max(side, _LEAST_SIDE) for side in page.get_size())
    scale = min(MOST_SCALE, math.sqrt(MOST_PIXELS / (width * height)))
    image: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil()
    return image.convert("RGB")


def picture_of(number: int, image: Image.Image, marks: tuple[Mark, ...] = ()) -> PagePicture:
    """Return the drawn page as it travels."""
    return PagePicture(number, image.width, image.height, _png(image), marks)


def _marks(page: pdfium.PdfPage, size: tuple[int, int], place: Place) -> Iterator[Mark]:
    """Yield the part of the place that is on the picture; nothing for a seal nobody can see."""
    x0, y0, x1, y1 = place.rectangle
    corners = (_pixel(page, size, x0, y0), _pixel(page, size, x1, y1))
    (left, right), (top, bottom) = (
        sorted(min(max(corner[axis], 0), size[axis]) for corner in corners) for axis in (0, 1)
    )
    if right > left and bottom > top:
        yield Mark(place.signature, left, top, right - left, bottom - top)


def _pixel(page: pdfium.PdfPage, size: tuple[int, int], x: float, y: float) -> tuple[int, int]:
    """Turn a point of the page into a pixel, whatever its boxes and rotation."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, across, down)
    return across.value, down.value


def _png(image: Image.Image) -> bytes:
    """A palette makes the picture a third as large and changes no colour that can be seen."""
    every_third = (max(1, image.width // 3), max(1, image.height // 3))
    sparse = image.resize(every_third, Image.Resampling.NEAREST)
    palette = sparse.quantize(_COLOURS, dither=Image.Dither.NONE)
    sink = io.BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(sink, "PNG", compress_level=3)
    return sink.getvalue()
