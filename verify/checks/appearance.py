"""Appearance: the widget shows the picture of the seal it claims, at its size in mm."""

import pikepdf

from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.covering import is_cut_off, lies_under_something
from verify.drawings import Unclear, sole_image
from verify.page_tree import Rect, Widget, get, is_visible
from verify.pixels import shows_picture
from verify.report import CheckName, CheckResult, SubIndication
from verify.subject import Subject

_CHECK = CheckName.APPEARANCE
_MM_PER_POINT = 25.4 / 72
_ALTERING = ("/OC", "/MK", "/BS")
_UNDER_THE_MOUSE = ("/D", "/R")
_NO_ZOOM, _NO_ROTATE = 8, 16  # bits of /F (ISO 32000-1, table 165)


def check(subject: Subject) -> CheckResult:
    """Say whether what is seen on the page is the seal that signed."""
    if subject.container is None or subject.container.seal is None:
        return not_reached(_CHECK)
    shown = [one for one in subject.found.widgets if is_visible(one)]
    if not shown:
        return passed(_CHECK, Code.APPEARANCE_INVISIBLE, "the seal is not shown on any page")
    try:
        faults = [fault for fault in (_fault(subject, one) for one in shown) if fault is not None]
    except Unclear as error:
        why = SubIndication.SIG_CONSTRAINTS_FAILURE
        return unsure(_CHECK, Code.APPEARANCE_UNCLEAR, why, str(error))
    if not faults:
        detail = "the widget shows the seal's picture at its size"
        return passed(_CHECK, Code.APPEARANCE_MATCHES, detail)
    code, detail = faults[0]
    return failed(_CHECK, code, SubIndication.SIG_CONSTRAINTS_FAILURE, detail)


def _fault(subject: Subject, widget: Widget) -> tuple[Code, str] | None:
    """Say what is wrong with a widget whose appearance could be read."""
    seal = None if subject.container is None else subject.container.seal
    form = get(get(widget.dictionary, "/AP"), "/N")
    if seal is None or not isinstance(form, pikepdf.Stream) or widget.rect is None:
        raise Unclear("the widget has no appearance of its own")
    page = subject.readable.pages[widget.page].dictionary
    if _is_altered(widget.dictionary):
        raise Unclear("the widget is altered when it is drawn, or under the mouse")
    if get(page, "/UserUnit") is not None:
        raise Unclear("the page is measured in units of its own")
    if is_cut_off(widget.rect, page) or lies_under_something(subject, widget):
        raise Unclear("the widget is not all on its page, or lies under something else")
    picture = seal.seal.picture
    if not shows_picture(picture.data, sole_image(form), subject.readable.limits):
        return Code.APPEARANCE_DIFFERS, "the widget shows another picture than the seal's"
    tolerance = subject.demands.policy.seal_size_tolerance_mm
    if _is_off(widget.rect, picture.width_mm, picture.height_mm, tolerance):
        return Code.APPEARANCE_SIZE, "the seal is shown at another size than its own"
    return None


def _is_altered(widget: pikepdf.Object) -> bool:
    """Say whether readers add to its look, exchange it, or do not turn or zoom it with the page."""
    flags, looks = get(widget, "/F"), get(widget, "/AP")
    return (
        any(get(widget, key) is not None for key in _ALTERING)
        or any(get(looks, key) is not None for key in _UNDER_THE_MOUSE)
        or (isinstance(flags, int) and bool(flags & (_NO_ZOOM | _NO_ROTATE)))
    )


def _is_off(rect: Rect, width_mm: int, height_mm: int, tolerance_mm: float) -> bool:
    width = (rect[2] - rect[0]) * _MM_PER_POINT
    height = (rect[3] - rect[1]) * _MM_PER_POINT
    return abs(width - width_mm) > tolerance_mm or abs(height - height_mm) > tolerance_mm
