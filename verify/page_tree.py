"""Walks the page tree and the annotations, bounded and without trusting its counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite

import pikepdf

from verify.errors import NotAPdf, PdfTooLarge
from verify.limits import Limits

__all__ = [
    "NUMBERS",
    "Page",
    "Rect",
    "Widget",
    "ancestors",
    "box_of",
    "get",
    "inherited",
    "is_visible",
    "pages_of",
    "rect_of",
]

Rect = tuple[float, float, float, float]
NUMBERS = (int, float, Decimal)
"""What qpdf gives numbers as; a union written out where it is used is built anew each time."""
_TREE_DEPTH = 64  # levels of /Pages nodes
_LEVELS_UP = 32
_CORNERS = 4
_HIDDEN, _PRINT, _NO_VIEW, _TOGGLE = 2, 4, 32, 256  # bits of /F (ISO 32000-1, table 165)


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget annotation as it stands on a page; `rect` in points, normalised."""

    dictionary: pikepdf.Object = field(repr=False)
    page: int
    rect: Rect | None


_HOLDERS = (pikepdf.Dictionary, pikepdf.Stream)


@dataclass(frozen=True, slots=True)
class Page:
    """One leaf of the page tree."""

    dictionary: pikepdf.Object = field(repr=False)
    index: int


def get(holder: pikepdf.Object | None, key: str) -> pikepdf.Object | None:
    """Return the entry of a dictionary or stream; None where there is none, or no dictionary."""
    if not isinstance(holder, _HOLDERS):
        return None
    # Asking first: pikepdf answers for a missing key by an exception, five times slower.
    return holder.get(key) if key in holder else None


def pages_of(pdf: pikepdf.Pdf, limits: Limits) -> tuple[Page, ...]:
    """Return all pages in order; raise `PdfTooLarge` or, without any page tree, `NotAPdf`."""
    try:
        root = get(pdf.trailer, "/Root")
        found = tuple(
            Page(leaf, index) for index, leaf in enumerate(_leaves(get(root, "/Pages"), limits))
        )
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise NotAPdf("the page tree cannot be read") from error
    if not found:
        raise NotAPdf("the file has no page")
    return found


def _leaves(tree: pikepdf.Object | None, limits: Limits) -> Iterator[pikepdf.Object]:
    """Yield the leaves in order; a node met again inside itself is not entered."""
    budget, visits = limits.pages, limits.objects
    pending: list[tuple[object, frozenset[tuple[int, int]]]] = [(tree, frozenset())]
    while pending:
        node, above = pending.pop()
        visits -= 1
        if visits < 0:
            raise PdfTooLarge("the page tree has too many nodes")
        if not isinstance(node, pikepdf.Dictionary):
            continue
        kids = node.get("/Kids")
        identity = node.objgen
        if not isinstance(kids, pikepdf.Array):
            budget -= 1
            if budget < 0:
                raise PdfTooLarge(f"more than {limits.pages} pages")
            yield node
        elif identity not in above and len(above) < _TREE_DEPTH:
            if len(kids) > limits.pages:
                raise PdfTooLarge(f"more than {limits.pages} pages")
            below = above | {identity}
            pending.extend((kid, below) for kid in reversed(list(kids)))


def ancestors(dictionary: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Yield a page or field and those that it inherits from, nearest first, up to 32 levels."""
    node: pikepdf.Object | None = dictionary
    for _ in range(_LEVELS_UP):
        if not isinstance(node, pikepdf.Dictionary):
            return
        yield node
        node = get(node, "/Parent")


def inherited(dictionary: pikepdf.Object, key: str) -> pikepdf.Object | None:
    """Return an entry of a page or field, its own or the nearest it inherits."""
    found = (get(one, key) for one in ancestors(dictionary))
    return next((one for one in found if one is not None), None)


def rect_of(dictionary: pikepdf.Object) -> Rect | None:
    """Return the /Rect as left, bottom, right, top in points; None when it is none."""
    return box_of(get(dictionary, "/Rect"))


def box_of(corners: pikepdf.Object | None) -> Rect | None:
    """Return an array of four numbers the same way."""
    if not isinstance(corners, pikepdf.Array) or len(corners) != _CORNERS:
        return None
    values = [float(v) for v in corners if isinstance(v, NUMBERS)]
    if len(values) != _CORNERS or not all(map(isfinite, values)):
        return None
    left, bottom, right, top = values
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def is_visible(widget: Widget) -> bool:
    """Say whether a reader shows or prints the widget: it has an area and is not hidden."""
    flags = get(widget.dictionary, "/F")
    if isinstance(flags, int) and (
        flags & _HIDDEN or flags & (_PRINT | _NO_VIEW | _TOGGLE) == _NO_VIEW
    ):
        return False
    rect = widget.rect
    return rect is not None and rect[0] < rect[2] and rect[1] < rect[3]
