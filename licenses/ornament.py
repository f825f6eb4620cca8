"""Guilloche borders and grounds for licences, as PDF drawing operators.

They are the same on every licence of a type, so they are drawn once and kept compressed;
typst would lay them out anew for every page, at ten times the cost of the texts.
"""

import math
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from licenses.errors import BadLicenseType

__all__ = ["Colour", "drawn_border"]

PT_PER_MM = 72 / 25.4
_HEX = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})")
# A cubic with level ends whose handles are this share of its length follows half a sine wave.
_HALF_WAVE = 0.3642
_CIRCLE = 0.5523

_INSET = 9.0
_BAND = 6.4
_GAP = 1.3
_CELL = 10.4
_CORNER = 9.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Colour:
    """An sRGB colour, its parts from 0 to 1."""

    red: float
    green: float
    blue: float

    @property
    def hex(self) -> str:
        """`#rrggbb`."""
        return (
            f"#{round(self.red * 255):02x}{round(self.green * 255):02x}{round(self.blue * 255):02x}"
        )

    @classmethod
    def parse(cls, text: str) -> "Colour":
        """`#rrggbb` in small letters. Raises `BadLicenseType`."""
        found = _HEX.fullmatch(text)
        if found is None:
            raise BadLicenseType(f"{text!r} is not a colour like #1f6b45")
        red, green, blue = (int(part, 16) / 255 for part in found.groups())
        return cls(red, green, blue)

    def paler(self, share: float) -> "Colour":
        """Mixed with `share` of white."""
        parts = (part + (1 - part) * share for part in (self.red, self.green, self.blue))
        return Colour(*parts)

    def __str__(self) -> str:
        """As operands of `rg` and `RG`."""
        return f"{self.red:.3f} {self.green:.3f} {self.blue:.3f}"


@lru_cache(maxsize=64)
def drawn_border(colour: Colour, width_mm: float, height_mm: float) -> bytes:
    """The border and ground of a page, a content stream for FlateDecode, in the page's points."""
    operators = "\n".join(_page(colour, width_mm, height_mm))
    return zlib.compress(operators.encode("ascii"), 9)


def _page(colour: Colour, width: float, height: float) -> Iterator[str]:
    ground = colour.paler(0.965)
    yield "/Artifact BMC q"
    yield f"{PT_PER_MM:.6f} 0 0 {PT_PER_MM:.6f} 0 0 cm"
    yield f"{ground} rg 0 0 {width} {height} re f"
    yield from _watermark(colour, (width / 2, height / 2), min(width, height) * 0.31)
    yield f"{colour} RG"
    for inset, weight in ((0, 0.5), (_GAP, 0.14), (_GAP + _BAND, 0.14), (_GAP + _BAND + 1, 0.32)):
        at = _INSET + inset
        yield f"{weight} w {at} {at} {width - 2 * at} {height - 2 * at} re S"
    yield f"{colour.paler(0.15)} RG"
    middle = _INSET + _GAP + _BAND / 2
    yield from _braid(middle, width, height)
    for x in (middle, width - middle):
        for y in (middle, height - middle):
            yield from _corner((x, y), colour, ground)
    yield "Q EMC"


def _braid(middle: float, width: float, height: float) -> Iterator[str]:
    """Cells of six strands along each side; the corner pieces cover the ends."""
    for turned, length in ((False, width - 2 * middle), (True, height - 2 * middle)):
        cells = round(length / _CELL)
        cell = _cell(length / cells)
        for across in (middle, (width if turned else height) - middle):
            axes = f"0 1 1 0 {across:.3f} {middle}" if turned else f"1 0 0 1 {middle} {across:.3f}"
            # The same text again and again: the strands cost a few hundred bytes when deflated.
            yield f"q {axes} cm 1 J {cell * cells}Q"


def _cell(length: float) -> str:
    """One cell of the braid around y = 0, and a step to the next."""
    strands = (
        f"{weight} w {_strand(length, waves, swing * side)} S"
        for waves, swing, weight in ((2, 2.4, 0.17), (2, 1.2, 0.12), (4, 2.4, 0.1))
        for side in (1, -1)
    )
    return f"{' '.join(strands)} 1 0 0 1 {length:.4f} 0 cm "


def _strand(length: float, waves: int, swing: float) -> str:
    """`waves` half waves, beginning and ending at `swing`."""
    step = length / waves
    parts = [f"0 {swing} m"]
    for index in range(waves):
        begin, offset = index * step, swing if index % 2 == 0 else -swing
        first, second = begin + step * _HALF_WAVE, begin + step * (1 - _HALF_WAVE)
        parts.append(f"{first:.3f} {offset} {second:.3f} {-offset} {begin + step:.3f} {-offset} c")
    return " ".join(parts)


def _ellipse(across: float, down: float) -> str:
    """Around the origin."""
    x, y = across * _CIRCLE, down * _CIRCLE
    return (
        f"{across:.3f} 0 m {across:.3f} {y:.3f} {x:.3f} {down:.3f} 0 {down:.3f} c "
        f"{-x:.3f} {down:.3f} {-across:.3f} {y:.3f} {-across:.3f} 0 c "
        f"{-across:.3f} {-y:.3f} {-x:.3f} {-down:.3f} 0 {-down:.3f} c "
        f"{x:.3f} {-down:.3f} {across:.3f} {-y:.3f} {across:.3f} 0 c"
    )


def _rosette(radius: float, count: int, ratio: float) -> str:
    """Ellipses around the origin, each turned a little further."""
    turn = math.pi / count
    cosine, sine = math.cos(turn), math.sin(turn)
    rotation = f"{cosine:.5f} {sine:.5f} {-sine:.5f} {cosine:.5f} 0 0 cm"
    return f"q {f'{_ellipse(radius, radius * ratio)} S {rotation} ' * count}Q"


def _watermark(colour: Colour, centre: Point, radius: float) -> Iterator[str]:
    """Pale lines behind the texts: too faint to disturb reading, too fine to copy well."""
    yield f"q 1 0 0 1 {centre[0]} {centre[1]} cm {colour.paler(0.84)} RG 0.13 w"
    yield _rosette(radius, 18, 0.36)
    yield _rosette(radius * 0.98, 18, 0.62)
    yield _rosette(radius * 0.36, 12, 0.5)
    yield "Q"


def _corner(centre: Point, colour: Colour, ground: Colour) -> Iterator[str]:
    half = _CORNER / 2
    yield f"q 1 0 0 1 {centre[0]:.3f} {centre[1]:.3f} cm {ground} rg {colour} RG 0.32 w"
    yield f"{-half} {-half} {_CORNER} {_CORNER} re B 0.14 w"
    yield _rosette(half * 0.84, 8, 0.36)
    yield f"{_ellipse(0.95, 0.95)} B {colour} rg {_ellipse(0.4, 0.4)} f Q"
