from io import BytesIO

import pylopdf_fonts_zh_cn
import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont

from licenses.compact_fonts import outlines_of, with_outlines, without_subroutines
from licenses.errors import RenderingFailed

FONT: bytes = TTFont(pylopdf_fonts_zh_cn.sans_path(), lazy=True).reader["CFF "]
ENDCHAR = b"\x0e"


def index(*parts: bytes) -> bytes:
    ends = [1]
    for part in parts:
        ends.append(ends[-1] + len(part))
    offsets = b"".join(end.to_bytes(1, "big") for end in ends)
    return len(parts).to_bytes(2, "big") + b"\x01" + offsets + b"".join(parts)


def font(top: bytes) -> bytes:
    return b"\x01\x00\x04\x04" + index(b"A") + index(top)


def font_with_no_glyph(operators: bytes = b"") -> bytes:
    end = len(font(operators + b"\x1d0000\x11"))
    return font(operators + b"\x1d" + end.to_bytes(4, "big") + b"\x11") + b"\x00\x00"


def test_the_outlines_of_a_font_are_those_that_fonttools_finds() -> None:
    fonts = CFFFontSet()
    fonts.decompile(BytesIO(FONT), None)
    known = fonts[0].CharStrings.charStringsIndex
    outlines = outlines_of(FONT)
    assert len(outlines) == len(known)
    for number in (0, 1, 500, len(outlines) - 1):
        assert outlines[number] == known[number].bytecode


def test_what_is_put_in_comes_out_and_nothing_else_changes() -> None:
    given = [ENDCHAR * (number % 3 + 1) for number in range(len(outlines_of(FONT)))]
    changed = with_outlines(FONT, lambda _: given)
    assert outlines_of(changed) == given
    fonts = CFFFontSet()
    fonts.decompile(BytesIO(changed), None)
    assert fonts[0].CharStrings.charStringsIndex[7].bytecode == given[7]
    assert sum(a != b for a, b in zip(changed, FONT, strict=False)) <= 4


def test_a_font_without_subroutines_keeps_all_else() -> None:
    fonts = CFFFontSet()
    fonts.decompile(BytesIO(FONT), None)
    private = [part.Private for part in fonts[0].FDArray]
    local = [one.offset + one.rawDict["Subrs"] for one in private if "Subrs" in one.rawDict]
    changed = without_subroutines(FONT, local)
    bare = CFFFontSet()
    bare.decompile(BytesIO(changed), None)
    assert len(fonts[0].GlobalSubrs) > 0
    assert len(bare[0].GlobalSubrs) == 0
    assert [len(part.Private.Subrs) for part in bare[0].FDArray if hasattr(part.Private, "Subrs")]
    assert not any(len(getattr(part.Private, "Subrs", [])) for part in bare[0].FDArray)
    assert outlines_of(changed) == outlines_of(FONT)
    assert sum(a != b for a, b in zip(changed, FONT, strict=True)) <= 2 * (len(local) + 1)


def test_operands_of_every_form_are_passed_over() -> None:
    real = b"\x1e\xe2\xa2\x5f\x0c\x07"
    operands = b"\x8b\xf7\x00\xfe\x00\x1c\x01\x02\x05"
    cff = font_with_no_glyph(real + operands)
    assert outlines_of(with_outlines(cff, lambda _: [b"a", b"bc"])) == [b"a", b"bc"]


@pytest.mark.parametrize(
    "top", [b"\x8b\x05", b"\x1c\x00\x20\x11", b"\x11", b"\x1d\x00\x00\x00\x2a\x05\x11"]
)
def test_a_font_without_a_place_for_the_offset_is_refused(top: bytes) -> None:
    with pytest.raises(RenderingFailed, match="top dictionary"):
        outlines_of(font(top))


def test_a_font_may_have_no_outlines_at_all() -> None:
    assert outlines_of(with_outlines(font_with_no_glyph(), lambda found: found)) == []
