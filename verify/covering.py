"""Whether a seal's widget is seen whole: on its page, and under nothing that is drawn over it.

What the page itself draws never lies over an annotation (ISO 32000-1, 12.5.1).
"""

from collections.abc import Iterator

import pikepdf

from verify.page_tree import Rect, Widget, box_of, get, inherited, is_visible, rect_of
from verify.report import SignatureKind
from verify.subject import Subject

__all__ = ["is_cut_off", "lies_under_another_seal", "lies_under_something"]

_SLACK_PT = 3.0  # a millimetre
_DIRECT = (0, 0)  # what has no number stands anywhere
_BOXES = ("/CropBox", "/MediaBox")


def is_cut_off(rect: Rect, page: pikepdf.Object) -> bool:
    """Say whether part of it lies outside the page; a page without a box has no outside."""
    boxes = (box_of(inherited(page, key)) for key in _BOXES)
    return any(
        rect[0] < box[0] - _SLACK_PT
        or rect[1] < box[1] - _SLACK_PT
        or rect[2] > box[2] + _SLACK_PT
        or rect[3] > box[3] + _SLACK_PT
        for box in boxes
        if box is not None
    )


def lies_under_something(subject: Subject, widget: Widget) -> bool:
    """Say whether an annotation that is no seal is drawn over the widget."""
    return any(not _is_seal(subject, one) for one in _above(subject, widget))


def lies_under_another_seal(subject: Subject, widget: Widget) -> bool:
    """Say whether another seal is drawn over the widget."""
    return any(_is_seal(subject, one) for one in _above(subject, widget))


def _above(subject: Subject, widget: Widget) -> Iterator[pikepdf.Object]:
    """Yield what the page lists behind the widget, has a look, and overlaps it."""
    annotations = get(subject.readable.pages[widget.page].dictionary, "/Annots")
    own = widget.dictionary.objgen
    is_behind = own == _DIRECT
    for one in annotations if isinstance(annotations, pikepdf.Array) else ():
        if own != _DIRECT and isinstance(one, pikepdf.Dictionary) and one.objgen == own:
            is_behind = True
        elif is_behind and get(one, "/AP") is not None:
            other = Widget(one, widget.page, rect_of(one))
            if _overlap(widget.rect, other.rect) and is_visible(other):
                yield one


def _overlap(one: Rect | None, other: Rect | None) -> bool:
    return (
        one is not None
        and other is not None
        and max(one[0], other[0]) < min(one[2], other[2])
        and max(one[1], other[1]) < min(one[3], other[3])
    )


def _is_seal(subject: Subject, annotation: pikepdf.Object) -> bool:
    """Say whether it is the widget of a seal, whose own look is judged as well."""
    seals = {
        one.field_number for one in subject.demands.peers if one.kind is SignatureKind.SEAL
    } - {0}
    fields = (annotation, get(annotation, "/Parent"))
    return any(isinstance(one, pikepdf.Dictionary) and one.objgen[0] in seals for one in fields)
