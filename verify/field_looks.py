"""What an appearance stream looks like in its widget: its text, whether that is seen, what else is.

pdfium draws it three times: whole, without its text, and without what clips it.
"""

import io
from dataclasses import dataclass
from math import ceil

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageChops

from verify.drawings import Unclear, matrix_of
from verify.extracted_text import ONE_AT_A_TIME
from verify.page_tree import Rect, box_of, get
from verify.streams import bounded_content

__all__ = ["Look", "look_of"]

_CONTENT_MAX_BYTES = 64 * 1024
_SIDE_MIN_PT, _SIDE_MAX_PT = 3, 14_400  # of a page (ISO 32000-1, annex C)
_SIDE_MAX_PX = 800
_SCALE_MAX = 2.0  # pixels per point
_CHARACTERS_MAX = 4_000
_CONTRAST = 40  # of 255, between a letter and what is behind it
_SAME = 8  # of 255: what drawing the same twice may differ by
_EDGE_PT = 3.0  # a border lies inside it
_OUTSIDE_PT = 1.0  # by which a letter's box may reach beyond the widget
_SMALL_PX = 4  # a full stop is all ink: what is around it counts as well
_DARK = 128

_SHOWING = frozenset({"Tj", "TJ", "'", '"'})
_CLIPPING = frozenset({"W", "W*"})
_PAINTING = frozenset({"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "INLINE IMAGE"})
_UNREADABLE = frozenset({0, 0xFFFD, 0xFFFE, 0xFFFF})
# What pikepdf and pdfium raise for contents that they cannot take apart or draw.
_FOREIGN = (
    pikepdf.PdfError,
    pikepdf.ForeignObjectError,
    RuntimeError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
)
Instructions = list[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage]


@dataclass(frozen=True, slots=True)
class Look:
    """How a widget looks by one of its appearance streams."""

    text: str
    """What is written, as its fonts say."""
    is_legible: bool
    """Whether every letter stands out, inside the widget, and nothing else is written."""
    is_plain: bool
    """Whether there is nothing but text inside the border."""
    is_comb: bool
    """The same, but for upright lines from top to bottom."""
    darkness: int
    """How many pixels are dark."""


def look_of(form: pikepdf.Object | None, width: float, height: float) -> Look:
    """Return how the form looks in a widget of this size in points; raise `Unclear`."""
    if min(width, height) < _SIDE_MIN_PT or max(width, height) > _SIDE_MAX_PT:
        raise Unclear("a field is smaller or larger than anything that is read")
    if form is None or bounded_content(form, _CONTENT_MAX_BYTES) is None:
        raise Unclear("an appearance stream is missing, too long or packed in an unusual way")
    try:
        data, text_is_last = _three_pages(form, width, height)
        with ONE_AT_A_TIME, pdfium.PdfDocument(data) as document:
            return _look(document, text_is_last=text_is_last)
    except _FOREIGN as error:
        raise Unclear("an appearance stream cannot be read") from error


def _three_pages(form: pikepdf.Object, width: float, height: float) -> tuple[bytes, bool]:
    """Return a file that shows the form whole, without text, unclipped; and if text comes last."""
    out = pikepdf.Pdf.new()
    whole = out.copy_foreign(form)
    parts = list(pikepdf.parse_content_stream(whole))
    position = _placed(form, width, height)
    for drawn in (
        whole,
        _without(out, whole, parts, _SHOWING),
        _without(out, whole, parts, _CLIPPING),
    ):
        page = out.add_blank_page(page_size=(width, height))
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=drawn))
        page.obj.Contents = out.make_stream(position + b" /X Do")
    written = io.BytesIO()
    out.save(written)
    return written.getvalue(), _text_is_last(parts)


def _placed(form: pikepdf.Object, width: float, height: float) -> bytes:
    """Return the operator that puts the form's box into the widget (ISO 32000-1, 12.5.5)."""
    box, matrix = box_of(get(form, "/BBox")), matrix_of(form)
    if box is None:
        raise Unclear("an appearance stream has no box")
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in box[::2] for y in box[1::2]]
    across = [a * x + c * y + e for x, y in corners]
    up = [b * x + d * y + f for x, y in corners]
    if max(across) <= min(across) or max(up) <= min(up):
        raise Unclear("an appearance stream has an empty box")
    wide, high = width / (max(across) - min(across)), height / (max(up) - min(up))
    numbers = (wide, high, -min(across) * wide, -min(up) * high)
    return b"%f 0 0 %f %f %f cm" % numbers


def _without(
    out: pikepdf.Pdf, whole: pikepdf.Object, parts: Instructions, dropped: frozenset[str]
) -> pikepdf.Object:
    """Return the stream as it is without these operators."""
    kept = [one for one in parts if str(one.operator) not in dropped]
    entries = {key: whole[key] for key in whole.keys() if key not in {"/Length", "/Filter"}}
    return out.make_stream(pikepdf.unparse_content_stream(kept), entries)


def _text_is_last(parts: Instructions) -> bool:
    """Say whether nothing is painted once text was shown."""
    shown = False
    for one in parts:
        operator = str(one.operator)
        shown |= operator in _SHOWING
        if shown and operator in _PAINTING:
            return False
    return True


def _look(document: pdfium.PdfDocument, *, text_is_last: bool) -> Look:
    size: tuple[float, float] = document[0].get_size()
    scale = min(_SCALE_MAX, _SIDE_MAX_PX / max(size))
    whole, rest, unclipped = (_picture(document[number], scale) for number in range(3))
    page = document[0].get_textpage()
    count = min(page.count_chars(), _CHARACTERS_MAX)
    letters = [pdfium_c.FPDFText_GetUnicode(page, at) for at in range(count)]
    boxes = [page.get_charbox(at) for at in range(count) if not chr(letters[at]).isspace()]
    places = [_pixels(box, size[1], scale) for box in boxes]
    inner = _inside(rest, min(_EDGE_PT, min(size) / 4) * scale)
    return Look(
        text=str(page.get_text_range(0, count)),
        is_legible=text_is_last
        and _UNREADABLE.isdisjoint(letters)
        and all(_is_inside(box, size) for box in boxes)
        and all(_stands_out(whole, place) for place in places)
        and not _differ(whole, unclipped)
        and not _differ(_blanked(whole, places), _blanked(rest, places)),
        is_plain=_is_even(inner),
        is_comb=all(_is_even(inner.crop((x, 0, x + 1, inner.height))) for x in range(inner.width)),
        darkness=sum(whole.histogram()[:_DARK]),
    )


def _picture(page: pdfium.PdfPage, scale: float) -> Image.Image:
    image: Image.Image = page.render(scale=scale).to_pil()
    return image.convert("L")


def _pixels(box: Rect, height: float, scale: float) -> tuple[int, int, int, int]:
    left, bottom, right, top = box
    found = (
        int(left * scale),
        int((height - top) * scale),
        ceil(right * scale),
        ceil((height - bottom) * scale),
    )
    more = int(min(found[2] - found[0], found[3] - found[1]) < _SMALL_PX)
    return found[0] - more, found[1] - more, found[2] + more, found[3] + more


def _is_inside(box: Rect, size: tuple[float, float]) -> bool:
    lowest, highest = min(box[:2]), max(box[2] - size[0], box[3] - size[1])
    return lowest >= -_OUTSIDE_PT and highest <= _OUTSIDE_PT


def _stands_out(image: Image.Image, place: tuple[int, int, int, int]) -> bool:
    left, top, right, bottom = place
    seen = image.crop(
        (max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height))
    )
    return _spread(seen) >= _CONTRAST


def _blanked(image: Image.Image, places: list[tuple[int, int, int, int]]) -> Image.Image:
    """Return the picture without these places and the pixels around them."""
    found = image.copy()
    for left, top, right, bottom in places:
        found.paste(0, (left - 1, top - 1, right + 1, bottom + 1))
    return found


def _differ(one: Image.Image, other: Image.Image) -> bool:
    return max(ImageChops.difference(one, other).tobytes(), default=0) > _SAME


def _inside(image: Image.Image, edge: float) -> Image.Image:
    return image.crop((int(edge), int(edge), int(image.width - edge), int(image.height - edge)))


def _is_even(image: Image.Image) -> bool:
    return _spread(image) <= _SAME


def _spread(image: Image.Image) -> int:
    values = image.tobytes()
    return max(values) - min(values) if values else 0
