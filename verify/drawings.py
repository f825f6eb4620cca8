"""What an appearance stream draws, if that is one image over its whole box and nothing else."""

import re
from dataclasses import dataclass, field

import pikepdf

from verify.page_tree import NUMBERS, get
from verify.streams import bounded_content

__all__ = ["Unclear", "matrix_of", "sole_image"]

_CONTENT_MAX_BYTES = 4096
_FORMS_DEEP = 4
_REPLACED_SPACES = ("/DefaultRGB", "/DefaultGray")  # ISO 32000-1, 8.6.5.6
_SLACK = 0.005  # of the box, whatever its unit: it is scaled to the widget
_NUMBER = rb"[+-]?(?:\d+\.?\d*|\.\d+)"
_SPACE = rb"[\x00\t\n\f\r ]"
_NUMBER_HERE = re.compile(_NUMBER)
_OPERATION = re.compile(
    _SPACE
    + rb"*(?:(?P<save>q)|(?P<restore>Q)|(?P<move>(?:"
    + _NUMBER
    + _SPACE
    + rb"+){6})cm|/(?P<draw>[^\x00\t\n\f\r ()<>\[\]{}/%#]+)"
    + _SPACE
    + rb"+Do)(?="
    + _SPACE
    + rb"|$)"
)

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_SIX, _FOUR = 6, 4


class Unclear(Exception):
    """It draws something else; stays in this package."""


@dataclass(slots=True)
class _Canvas:
    box: list[float]
    """What must be filled: left, bottom, right, top."""
    image: pikepdf.Object | None = None
    matrix: Matrix = _IDENTITY
    drawn: int = 0
    stack: list[Matrix] = field(default_factory=list)


def sole_image(form: pikepdf.Object) -> pikepdf.Object:
    """Return the image that fills the form's box; raise `Unclear` when anything else is drawn."""
    box = _numbers(get(form, "/BBox"), _FOUR)
    if box is None or matrix_of(form) != _IDENTITY:
        raise Unclear("the appearance has no box, or a matrix")
    canvas = _Canvas(box)
    _draw(form, _IDENTITY, canvas, _FORMS_DEEP)
    if canvas.image is None or canvas.drawn != 1:
        raise Unclear("the appearance does not draw exactly one image")
    across, skew_y, skew_x, up, left, bottom = canvas.matrix
    wanted = (box[2] - box[0], 0.0, 0.0, box[3] - box[1], box[0], box[1])
    actual = (across, skew_y, skew_x, up, left, bottom)
    slack = _SLACK * min(abs(wanted[0]), abs(wanted[3]))
    if any(abs(one - other) >= slack for one, other in zip(actual, wanted, strict=True)):
        raise Unclear("the image does not fill the appearance")
    return canvas.image


def _draw(form: pikepdf.Object, matrix: Matrix, canvas: _Canvas, depth: int) -> None:
    content = bounded_content(form, _CONTENT_MAX_BYTES)
    if content is None or depth == 0 or get(form, "/Group") is not None:
        raise Unclear("the appearance is too long, too deep or uses a transparency group")
    resources = get(form, "/Resources")
    objects, spaces = get(resources, "/XObject"), get(resources, "/ColorSpace")
    if any(get(spaces, one) is not None for one in _REPLACED_SPACES):
        raise Unclear("the appearance gives plain colours another meaning")
    position, stack = 0, [matrix]
    while content[position:].strip(b"\x00\t\n\f\r "):
        found = _OPERATION.match(content, position)
        if found is None:
            raise Unclear("the appearance uses other operators than those that place an image")
        position = found.end()
        _apply(found, stack, objects, canvas, depth)


def _apply(
    found: re.Match[bytes],
    stack: list[Matrix],
    objects: pikepdf.Object | None,
    canvas: _Canvas,
    depth: int,
) -> None:
    if found["save"]:
        stack.append(stack[-1])
    elif found["restore"]:
        stack.pop()
        if not stack:
            raise Unclear("the appearance restores what it did not save")
    elif found["move"]:
        step = tuple(float(one) for one in _NUMBER_HERE.findall(found["move"]))
        stack[-1] = _joined((step[0], step[1], step[2], step[3], step[4], step[5]), stack[-1])
    else:
        _place(get(objects, "/" + found["draw"].decode("latin-1")), stack[-1], canvas, depth)


def _place(drawn: pikepdf.Object | None, matrix: Matrix, canvas: _Canvas, depth: int) -> None:
    if get(drawn, "/OC") is not None or get(drawn, "/Ref") is not None:
        raise Unclear("the appearance draws on a layer or from another file")
    match get(drawn, "/Subtype"):
        case "/Image":
            canvas.image, canvas.matrix = drawn, matrix
            canvas.drawn += 1
        case "/Form" if drawn is not None:
            before, inner = canvas.drawn, _joined(matrix_of(drawn), matrix)
            _draw(drawn, inner, canvas, depth - 1)
            if canvas.drawn != before and not _shows_all(drawn, inner, canvas.box):
                raise Unclear("a form cuts the image off")
        case _:
            raise Unclear("the appearance draws something that is neither image nor form")


def _shows_all(form: pikepdf.Object, matrix: Matrix, wanted: list[float]) -> bool:
    """Say whether the form's own box, which clips what it draws, holds all of `wanted`."""
    box = _numbers(get(form, "/BBox"), _FOUR)
    if box is None:
        return False
    across, skew_y, skew_x, up, left, bottom = matrix
    corners = (
        across * box[0] + left,
        up * box[1] + bottom,
        across * box[2] + left,
        up * box[3] + bottom,
    )
    slack = _SLACK * min(abs(wanted[2] - wanted[0]), abs(wanted[3] - wanted[1]))
    return (skew_x, skew_y) == (0, 0) and all(
        min(corners[at::2]) <= min(wanted[at::2]) + slack
        and max(corners[at::2]) >= max(wanted[at::2]) - slack
        for at in (0, 1)
    )


def matrix_of(form: pikepdf.Object) -> Matrix:
    """Return the form's own matrix; raise `Unclear` when it is none."""
    given = get(form, "/Matrix")
    if given is None:
        return _IDENTITY
    values = _numbers(given, _SIX)
    if values is None:
        raise Unclear("a form has an unusable matrix")
    return values[0], values[1], values[2], values[3], values[4], values[5]


def _numbers(value: object, count: int) -> list[float] | None:
    if not isinstance(value, pikepdf.Array) or len(value) != count:
        return None
    found = [float(one) for one in value if isinstance(one, NUMBERS)]
    return found if len(found) == count else None


def _joined(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that applies `first`, then `second` (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )
