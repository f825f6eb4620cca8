"""The licence fonts: stand-ins to lay pages out with, and the outlines to embed afterwards.

typst parses and packs the outlines of every page's characters anew, which took it longer than all
the rest of the page. So it gets fonts of the same measures in which a glyph's outline only says
the glyph's number; the fonts of a finished page are then given the true outlines of these numbers,
each taken out of the font file once in the life of the process.
"""

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pylopdf_fonts_zh_cn
import typst
from fontTools.cffLib import CFFFontSet
from fontTools.cffLib.transforms import desubroutinizeCharString
from fontTools.misc.psCharStrings import T2CharString
from fontTools.ttLib.sfnt import SFNTReader, SFNTWriter

from licenses.compact_fonts import outlines_of, with_outlines, without_subroutines
from licenses.errors import RenderingFailed

__all__ = ["LicenseFont", "LicenseFonts", "license_fonts"]

_PATHS = (pylopdf_fonts_zh_cn.serif_path(), pylopdf_fonts_zh_cn.sans_path())
_CFF = "CFF "
# "number hmoveto endchar"; a number has 16 bits, so glyphs are counted from the least of these.
_STAND_IN = struct.Struct(">BhBB")
_NUMBER, _HMOVETO, _ENDCHAR = 28, 22, 14
_LEAST = -(1 << 15)
_EACH_FONT = "#for name in ({},) {{ text(font: name)[A] }}"


class LicenseFont:
    """One font file with compact outlines (CFF), and the outlines asked of it so far."""

    def __init__(self, path: Path) -> None:
        """Reads the file whole; 0.1 s."""
        with path.open("rb") as file:
            reader = SFNTReader(file)
            self._version = reader.sfntVersion
            self._tables = {tag: reader[tag] for tag in reader.keys()}
        fonts = CFFFontSet()
        fonts.decompile(io.BytesIO(self._tables[_CFF]), None)
        self.name: str = fonts.fontNames[0]
        self._top = fonts[0]
        self._packed = outlines_of(self._tables[_CFF])
        self._outlines: dict[int, bytes] = {}

    def write_stand_in(self, path: Path) -> None:
        """Write the font file that typst gets: all tables, but numbers for outlines.

        Numbers call no subroutines, and typst would read all 24,000 of them for every page.
        """
        numbers = range(_LEAST, _LEAST + len(self._packed))
        outlines = [_STAND_IN.pack(_NUMBER, n, _HMOVETO, _ENDCHAR) for n in numbers]
        private = [part.Private for part in self._top.FDArray]
        local = [one.offset + one.rawDict["Subrs"] for one in private if "Subrs" in one.rawDict]
        bare = without_subroutines(self._tables[_CFF], local)
        tables = self._tables | {_CFF: with_outlines(bare, lambda _: outlines)}
        with path.open("wb") as file:
            writer = SFNTWriter(file, len(tables), self._version)
            for tag, table in tables.items():
                writer[tag] = table
            writer.close()

    def embedded(self, subset: bytes) -> bytes:
        """A subset of the stand-in (a CFF font), with the true outlines of its glyphs.

        Not to be called by two threads at once.
        """
        return with_outlines(subset, self._true_outlines)

    def _true_outlines(self, stand_ins: Sequence[bytes]) -> list[bytes]:
        try:
            found = [number for _, number, _, _ in _STAND_IN.iter_unpack(b"".join(stand_ins))]
        except struct.error as e:
            raise RenderingFailed(f"typst did not embed the stand-in of {self.name}") from e
        for number in set(found).difference(self._outlines):
            self._outlines[number] = self._unpacked(number - _LEAST)
        return [self._outlines[number] for number in found]

    def _unpacked(self, number: int) -> bytes:
        """An outline without the subroutines of its font; 0.5 ms."""
        private = self._top.FDArray[self._top.FDSelect[number]].Private
        outline = T2CharString(
            self._packed[number], private=private, globalSubrs=self._top.GlobalSubrs
        )
        desubroutinizeCharString(outline)
        outline.compile()
        return bytes(outline.bytecode)


@dataclass(frozen=True, slots=True)
class LicenseFonts:
    """What typst lays pages out with, and what is embedded instead, by the font's name."""

    for_typst: Any
    by_name: Mapping[str, LicenseFont] = field(repr=False)


@cache
def license_fonts() -> LicenseFonts:
    """The fonts of this process."""
    fonts = [LicenseFont(path) for path in _PATHS]
    with TemporaryDirectory(prefix="qianyin-fonts-") as folder:
        for font in fonts:
            font.write_stand_in(Path(folder, f"{font.name}.otf"))
        for_typst = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
        )
        _open_files(for_typst)
    return LicenseFonts(for_typst, {font.name: font for font in fonts})


def _open_files(fonts: Any) -> None:  # noqa: ANN401 - typst has no types
    """Typst opens a font's file when the font is first used, so each is used once."""
    names = ", ".join(f'"{family}"' for family in fonts.families())
    typst.compile(_EACH_FONT.format(names).encode(), font_paths=fonts)
