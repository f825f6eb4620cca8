"""A page as it was signed and as it is now: where they look different, and both as pictures."""

import ctypes
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageChops, ImageDraw

from api.examination.page_pictures import PagePicture, Rectangle, drawn_page, picture_of

__all__ = ["CHANGED_PAGE", "ChangedPage", "ComparisonRules", "changed_pages"]

CHANGED_PAGE = "changed_page"
"""The kind of the frame that a changed page travels in."""
_VISIBLE_STEP = 24  # of 255: what rounding and smoothing of the same shape never reach
_CELL = 8  # pixels: differences nearer than this are one
_MOST_REGIONS = 20  # on one page; more of them are told as one
_MARK = (200, 0, 80)
_MARK_SHARE = 150  # of the longer side: a phone shows the frame still wider than a pixel
_PAPER = (255, 255, 255)

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ComparisonRules:
    """How many pages are drawn twice, and for how many seconds the drawing may go on."""

    pages: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """One page that looks different; `regions` in points from the lower left of the page.

    `before` and `after` are its number from 0; None where it was not there.
    """

    before: int | None
    after: int | None
    regions: tuple[Rectangle, ...]
    pictures: tuple[PagePicture, ...] = field(default=(), repr=False)
    """As signed, then as it is now with the differences marked; only those that exist."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    page: pdfium.PdfPage
    image: Image.Image


def changed_pages(
    signed: bytes,
    today: bytes,
    pairs: tuple[tuple[int | None, int | None], ...],
    rules: ComparisonRules,
) -> Iterator[ChangedPage]:
    """Yield the pages that look different, first those in `pairs`, then others by their number."""
    until = time.monotonic() + rules.seconds
    try:
        before, after = pdfium.PdfDocument(signed), pdfium.PdfDocument(today)
    except pdfium.PdfiumError:
        return
    with before, after:
        before.init_forms()
        after.init_forms()
        for pair in _in_turn(pairs, len(before), len(after))[: rules.pages]:
            if time.monotonic() > until:
                return
            yield from _compared(before, after, pair)


def _in_turn(
    pairs: tuple[tuple[int | None, int | None], ...], before: int, after: int
) -> list[tuple[int | None, int | None]]:
    known = {one for one, _ in pairs}, {one for _, one in pairs}
    rest = [
        (number if number < before else None, number if number < after else None)
        for number in range(max(before, after))
        if number not in known[0] and number not in known[1]
    ]
    return [*pairs, *rest]


def _compared(
    before: pdfium.PdfDocument, after: pdfium.PdfDocument, pair: tuple[int | None, int | None]
) -> Iterator[ChangedPage]:
    old, new = _draw(before, pair[0]), _draw(after, pair[1])
    shown = new or old
    if shown is None:
        return
    if old is not None and new is not None and old.image.size == new.image.size:
        boxes = _boxes(old.image, new.image)
    else:
        boxes = [(0, 0, *shown.image.size)]
    if not boxes:
        return
    pictures = [picture_of(number, one.image) for number, one in _present(pair[0], old)]
    marked = [(number, _marked(one.image, boxes)) for number, one in _present(pair[1], new)]
    pictures += [picture_of(number, image) for number, image in marked]
    regions = tuple(_in_points(shown, box) for box in boxes)
    yield ChangedPage(pair[0], pair[1], regions, tuple(pictures))


def _present(number: int | None, drawn: _Drawn | None) -> list[tuple[int, _Drawn]]:
    return [] if number is None or drawn is None else [(number, drawn)]


def _draw(document: pdfium.PdfDocument, number: int | None) -> _Drawn | None:
    if number is None or number >= len(document):
        return None
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return None
    return _Drawn(page, drawn_page(page))


def _boxes(old: Image.Image, new: Image.Image) -> list[Box]:
    """Return the differing parts in pixels, cells that touch taken together."""
    red, green, blue = ImageChops.difference(old, new).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    mask = most.point(lambda value: 255 if value >= _VISIBLE_STEP else 0)
    cells = mask.reduce(_CELL).point(lambda value: 255 if value else 0)
    width = cells.width
    marked = {at for at, value in enumerate(cells.tobytes()) if value}
    boxes = []
    while marked:
        left, top, right, bottom = _grown(marked, width)
        boxes.append(
            (
                left * _CELL,
                top * _CELL,
                min((right + 1) * _CELL, old.width),
                min((bottom + 1) * _CELL, old.height),
            )
        )
    return boxes if len(boxes) <= _MOST_REGIONS else [_around(boxes)]


def _grown(marked: set[int], width: int) -> Box:
    """Take one cell and all that touch it out of the set; return the box around them."""
    pending = [marked.pop()]
    xs, ys = [], []
    while pending:
        y, x = divmod(pending.pop(), width)
        xs.append(x)
        ys.append(y)
        for near_y in range(y - 2, y + 3):
            for near_x in range(max(x - 2, 0), min(x + 3, width)):
                at = near_y * width + near_x
                if at in marked:
                    marked.remove(at)
                    pending.append(at)
    return min(xs), min(ys), max(xs), max(ys)


def _around(boxes: list[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _marked(image: Image.Image, boxes: list[Box]) -> Image.Image:
    """Draw a frame around each difference, on a white one so that it is seen on any ground."""
    marked = image.copy()
    pen = ImageDraw.Draw(marked)
    width = max(image.size) // _MARK_SHARE + 1
    for left, top, right, bottom in boxes:
        for grow, colour in ((width + width // 2 + 1, _PAPER), (width, _MARK)):
            frame = (
                max(left - grow, 0),
                max(top - grow, 0),
                min(right + grow, image.width - 1),
                min(bottom + grow, image.height - 1),
            )
            pen.rectangle(frame, outline=colour, width=grow)
    return marked


def _in_points(drawn: _Drawn, box: Box) -> Rectangle:
    corners = [_point(drawn, x, y) for x, y in (box[:2], box[2:])]
    (left, right), (bottom, top) = (sorted(one[axis] for one in corners) for axis in (0, 1))
    return left, bottom, right, top


def _point(drawn: _Drawn, x: int, y: int) -> tuple[float, float]:
    """Turn a pixel into a point of the page, whatever its boxes and rotation."""
    across, up = ctypes.c_double(), ctypes.c_double()
    pdfium_c.FPDF_DeviceToPage(drawn.page, 0, 0, *drawn.image.size, 0, x, y, across, up)
    return round(across.value, 1), round(up.value, 1)
