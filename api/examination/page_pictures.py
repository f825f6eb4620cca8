"""Pages as pictures: what the reader of a file sees, seals included, in a bounded size."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium
from PIL import Image

__all__ = ["PagePicture", "pictures_of_pages"]

MOST_PIXELS = 1_300_000  # an A4 page at about 120 dpi: its smallest print can be read
MOST_SCALE = 2.0  # pixels per point; a tiny page is not blown up further
_COLOURS = 256
_LEAST_SIDE = 1.0  # points


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page, drawn; `page` counts from 0."""

    page: int
    width: int
    height: int
    png: bytes = field(repr=False)


def pictures_of_pages(data: bytes, pages: tuple[int, ...]) -> Iterator[PagePicture]:
    """Draw these pages of a PDF with its form fields; pages that cannot be drawn are left out."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        return
    with document:
        document.init_forms()
        for number in pages:
            if number < len(document):
                yield from _drawn(document, number)


def _drawn(document: pdfium.PdfDocument, number: int) -> Iterator[PagePicture]:
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return
    width, height = (max(side, _LEAST_SIDE) for side in page.get_size())
    scale = min(MOST_SCALE, math.sqrt(MOST_PIXELS / (width * height)))
    bitmap = page.render(scale=scale, may_draw_forms=True)
    image = bitmap.to_pil().convert("RGB")
    yield PagePicture(number, image.width, image.height, _png(image))


def _png(image: Image.Image) -> bytes:
    """A palette makes the picture a third as large and changes no colour that can be seen."""
    every_third = (max(1, image.width // 3), max(1, image.height // 3))
    sparse = image.resize(every_third, Image.Resampling.NEAREST)
    palette = sparse.quantize(_COLOURS, dither=Image.Dither.NONE)
    sink = io.BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(sink, "PNG", compress_level=3)
    return sink.getvalue()
