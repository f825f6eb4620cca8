"""Draws round official seals: size and centre by rank, the legal name along the ring."""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from io import BytesIO

import pylopdf_fonts_zh_cn
import typst
from fontTools.misc.transform import Transform
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from PIL import Image

from keystore.errors import BadPicture
from keystore.pictures import SealPicture, encode_one_colour

__all__ = ["RANKS", "SealCentre", "SealDesign", "SealRank", "draw_seal"]


class SealCentre(StrEnum):
    """What stands in the middle of a seal."""

    EMBLEM = "emblem"
    STAR = "star"
    PLAIN = "plain"


class SealRank(StrEnum):
    """Whose seal it is, as far as size and centre depend on it (State Council Doc. 25 of 1999)."""

    MINISTRY_OR_PROVINCE = "ministry_or_province"
    NATIONAL_BUREAU = "national_bureau"
    PREFECTURE_CITY_OR_COUNTY = "prefecture_city_or_county"
    REGIONAL_OFFICE = "regional_office"
    TOWNSHIP = "township"
    DEPARTMENT = "department"
    ENTERPRISE_OR_INSTITUTION = "enterprise_or_institution"


# Diameter in mm and centre; where the document says "at most 45 mm", 42 mm is what is usual.
RANKS = {
    SealRank.MINISTRY_OR_PROVINCE: (50, SealCentre.EMBLEM),
    SealRank.NATIONAL_BUREAU: (45, SealCentre.EMBLEM),
    SealRank.PREFECTURE_CITY_OR_COUNTY: (45, SealCentre.EMBLEM),
    SealRank.REGIONAL_OFFICE: (45, SealCentre.STAR),
    SealRank.TOWNSHIP: (42, SealCentre.STAR),
    SealRank.DEPARTMENT: (42, SealCentre.STAR),
    SealRank.ENTERPRISE_OR_INSTITUTION: (42, SealCentre.STAR),
}

NAME_CHARS = range(2, 31)
MAX_LOWER_CHARS = 12
DIAMETERS_MM = range(30, 61)
RED = (0xD7, 0x00, 0x0F)
PRINT_DPI = 400
_OVERSAMPLING = 3

# Proportions of the diameter, measured on seals of 42 mm.
_RING = 0.027
_GAP = 0.024
_STAR_RADIUS = 0.165
_LOWER_Y = 0.268
_LOWER_HEIGHT = 0.098
_LOWER_WIDTH = 0.44
# A regular font made as heavy as an engraved one, in parts of the narrowest box.
_WEIGHT = 0.038
# The middle of an ideographic box above the baseline, in em.
_EM_MIDDLE = 0.38
_WIDEST_STEP = 30.0
_SHEET = b"""\
#set page(width: float(sys.inputs.side) * 1mm, height: auto, margin: 0mm, fill: none)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%)
"""


@dataclass(frozen=True, slots=True)
class SealDesign:
    """A round seal: the name runs along the ring, `lower_text` straight below the centre."""

    name: str
    centre: SealCentre
    diameter_mm: int
    lower_text: str = ""


@dataclass(frozen=True, slots=True)
class _Glyph:
    """One character: its centre in mm from the seal's, its box in mm, its turn in degrees."""

    character: str
    x: float
    y: float
    width: float
    height: float
    turn: float


def draw_seal(design: SealDesign) -> SealPicture:
    """A transparent PNG of `design` in red, at 400 dpi.

    Raises `BadPicture` for the national emblem, which this program does not draw (upload a
    picture of the seal instead), for a size or a length that no seal has, and naming every
    character the font lacks.
    """
    _check(design)
    glyphs = _ring_glyphs(design) + _lower_glyphs(design)
    sheet = _draw(design, glyphs)
    side = round(design.diameter_mm / 25.4 * PRINT_DPI)
    coverage = sheet.getchannel("A").resize((side, side), Image.Resampling.BOX)
    data = encode_one_colour(coverage, RED)
    return SealPicture("PNG", data, design.diameter_mm, design.diameter_mm)


def _check(design: SealDesign) -> None:
    if design.centre is SealCentre.EMBLEM:
        raise BadPicture("the national emblem is not drawn here: upload the seal's picture")
    if design.diameter_mm not in DIAMETERS_MM:
        raise BadPicture(f"a seal of {design.diameter_mm} mm is none: 30 to 60 mm")
    if len(design.name) not in NAME_CHARS:
        raise BadPicture(f"the name has {len(design.name)} characters, not 2 to 30")
    if len(design.lower_text) > MAX_LOWER_CHARS:
        raise BadPicture(f"the lower text has more than {MAX_LOWER_CHARS} characters")
    lacking = sorted(set(design.name + design.lower_text) - _characters())
    if lacking:
        named = ", ".join(f"{c!a} (U+{ord(c):04X})" for c in lacking)
        raise BadPicture(f"the seal's font has no glyph for {named}")


@cache
def _font() -> TTFont:
    return TTFont(pylopdf_fonts_zh_cn.serif_path(), lazy=True)


@cache
def _characters() -> frozenset[str]:
    return frozenset(
        c for c in map(chr, _font().getBestCmap()) if c.isalnum() or c in "·（）()、—-"
    )


def _ring_glyphs(design: SealDesign) -> list[_Glyph]:
    """Evenly along the upper arc, condensed as the name grows, every foot towards the centre."""
    diameter, count = design.diameter_mm, len(design.name)
    height = diameter * max(0.118, min(0.158, 0.178 - 0.002 * count))
    radius = diameter * (0.5 - _RING - _GAP) - height / 2
    widest = 246.0 if design.lower_text else 288.0
    span = min(widest, 110.0 + 12.5 * count, _WIDEST_STEP * (count - 1))
    step = span / (count - 1)
    width = min(0.76 * height, math.radians(step) * radius * 0.82)
    turns = [-span / 2 + step * index for index in range(count)]
    return [
        _Glyph(
            character,
            radius * math.sin(math.radians(turn)),
            -radius * math.cos(math.radians(turn)),
            width,
            height,
            turn,
        )
        for character, turn in zip(design.name, turns, strict=True)
    ]


def _lower_glyphs(design: SealDesign) -> list[_Glyph]:
    diameter, count = design.diameter_mm, len(design.lower_text)
    height = diameter * _LOWER_HEIGHT
    pitch = min(height * 0.92, diameter * _LOWER_WIDTH / max(count, 1))
    return [
        _Glyph(
            character,
            pitch * (index - (count - 1) / 2),
            diameter * _LOWER_Y,
            pitch * 0.94,
            height,
            0.0,
        )
        for index, character in enumerate(design.lower_text)
    ]


def _draw(design: SealDesign, glyphs: list[_Glyph]) -> Image.Image:
    """The seal as an SVG in mm around its centre, drawn larger than it is kept."""
    diameter = design.diameter_mm
    ring = diameter * _RING
    weight = _WEIGHT * min(g.width for g in glyphs)
    star = _star(diameter) if design.centre is SealCentre.STAR else ""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{diameter}mm" height="{diameter}mm" '
        f'viewBox="{-diameter / 2} {-diameter / 2} {diameter} {diameter}">'
        f'<circle r="{(diameter - ring) / 2:.3f}" fill="none" stroke="#000" stroke-width="{ring}"/>'
        f'<path d="{star}"/><path d="{_outlines(glyphs)}" stroke="#000" stroke-width="{weight:.3f}"'
        f' stroke-linejoin="round"/></svg>'
    )
    png = typst.compile(
        _SHEET,
        format="png",
        ppi=PRINT_DPI * _OVERSAMPLING,
        ignore_system_fonts=True,
        sys_inputs={"svg": svg, "side": str(diameter)},
    )
    return Image.open(BytesIO(png), formats=["PNG"])


def _outlines(glyphs: list[_Glyph]) -> str:
    """The glyphs as one SVG path: each condensed in its own box first, then turned and moved."""
    font = _font()
    names, shapes = font.getBestCmap(), font.getGlyphSet()
    em = font["head"].unitsPerEm
    pen = SVGPathPen(shapes, ntos=lambda number: f"{number:.3f}")
    for g in glyphs:
        name = names[ord(g.character)]
        place = (
            Transform()
            .translate(g.x, g.y)
            .rotate(math.radians(g.turn))
            .scale(g.width / em, -g.height / em)
            .translate(-shapes[name].width / 2, -_EM_MIDDLE * em)
        )
        shapes[name].draw(TransformPen(pen, place))
    return str(pen.getCommands())


def _star(diameter: float) -> str:
    """A regular five-pointed star, one point up, as an SVG path."""
    outer = diameter * _STAR_RADIUS
    inner = outer * math.sin(math.radians(18)) / math.sin(math.radians(54))
    turns = (math.radians(36 * index) for index in range(10))
    corners = (
        f"{radius * math.sin(turn):.3f} {-radius * math.cos(turn):.3f}"
        for radius, turn in zip((outer, inner) * 5, turns, strict=True)
    )
    return f"M{'L'.join(corners)}Z"
