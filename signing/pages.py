"""Which page is sealed, and where on it the seal lies."""

import pikepdf

from signing.appearance import SealAppearance
from signing.documents import MM_PER_POINT, SealPlacement
from signing.errors import PlacementError, UnsuitablePdf
from signing.update import Update

__all__ = ["Box", "find_page", "seal_box"]

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""

NUMBERS_OF_A_BOX = 4
FULL_TURN = 360


def find_page(update: Update, index: int) -> pikepdf.Page:
    """Return a page by its number from 0.

    Raises `PlacementError` where there is none, and `UnsuitablePdf` where it is no object of its
    own: qpdf then works on a copy, which the document would never show.
    """
    pages = update.pdf.pages
    if not 0 <= index < len(pages):
        raise PlacementError(f"the document has no page {index + 1}")
    page = pages[index]
    if page.obj.objgen[0] >= update.first:
        raise UnsuitablePdf("the page stands in the document twice, or inside another object")
    return page


def seal_box(page: pikepdf.Page, appearance: SealAppearance, placement: SealPlacement) -> Box:
    """Return where the seal lies; raise `PlacementError` where that is not wholly on the page.

    The placement counts from the top left corner of what is shown: MediaBox within CropBox.
    """
    if page.rotation % FULL_TURN:
        raise PlacementError("a rotated page cannot take a seal")
    if "/UserUnit" in page.obj:
        raise PlacementError("a page with a unit of its own cannot take a seal")
    left, bottom, right, top = _shown(page)
    x = left + placement.center_x_mm / MM_PER_POINT - appearance.width_pt / 2
    y = top - placement.center_y_mm / MM_PER_POINT - appearance.height_pt / 2
    box = (x, y, x + appearance.width_pt, y + appearance.height_pt)
    if not (left <= box[0] and bottom <= box[1] and box[2] <= right and box[3] <= top):
        raise PlacementError("the seal would reach over the edge of the page")
    return box


def _shown(page: pikepdf.Page) -> Box:
    media, crop = _corners(page.mediabox), _corners(page.cropbox)
    return (
        max(media[0], crop[0]),
        max(media[1], crop[1]),
        min(media[2], crop[2]),
        min(media[3], crop[3]),
    )


def _corners(box: pikepdf.Array) -> Box:
    """Return the box with its corners in order: any two opposite ones may be given (7.9.5)."""
    if len(box) != NUMBERS_OF_A_BOX:
        raise UnsuitablePdf("a box of the page has not four numbers")
    x, y, other_x, other_y = (float(value) for value in box)
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)
