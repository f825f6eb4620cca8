import re
import zlib
from pathlib import Path

import pylopdf_fonts_zh_cn
import pytest
import typst

from licenses.compact_fonts import outlines_of
from licenses.errors import RenderingFailed
from licenses.license_fonts import LicenseFont, license_fonts

FAMILIES = {"NotoSerifSC-Regular": "Noto Serif SC", "NotoSansSC-Regular": "Noto Sans SC"}
TEXT = "中华人民共和国动物防疫法，兽药、农药：〔２０２６〕第 0123456789 号 Affinity；囍龘"
every_font = pytest.mark.parametrize("name", FAMILIES)
TRUE_FONTS = typst.Fonts(
    include_system_fonts=False,
    include_embedded_fonts=False,
    font_paths=[str(Path(pylopdf_fonts_zh_cn.serif_path()).parent)],
)
_FONT_FILE = re.compile(rb"<</Length ([0-9]+)/Filter/FlateDecode/Subtype/CIDFontType0C>>\nstream\n")


def page(fonts: object, name: str) -> bytes:
    source = f'#set text(font: "{FAMILIES[name]}", lang: "zh", region: "cn")\n{TEXT}'
    return bytes(typst.compile(source.encode(), font_paths=fonts, format="pdf"))


def font_in(pdf: bytes) -> bytes:
    (found,) = _FONT_FILE.finditer(pdf)
    return zlib.decompress(pdf[found.end() : found.end() + int(found[1])])


@every_font
def test_embedded_outlines_are_those_that_typst_itself_would_embed(name: str) -> None:
    ours, true = license_fonts(), font_in(page(TRUE_FONTS, name))
    embedded = ours.by_name[name].embedded(font_in(page(ours.for_typst, name)))
    assert outlines_of(embedded) == outlines_of(true)


@every_font
def test_a_page_is_laid_out_with_the_stand_in_as_with_the_font(name: str) -> None:
    streams = re.compile(rb"/Filter/FlateDecode>>\nstream\n(.*?)\nendstream", re.DOTALL)
    with_stand_in, with_font = (
        streams.findall(page(fonts, name)) for fonts in (license_fonts().for_typst, TRUE_FONTS)
    )
    assert with_stand_in
    assert with_stand_in == with_font


@every_font
def test_a_font_that_is_no_stand_in_is_refused(name: str) -> None:
    with pytest.raises(RenderingFailed, match=name):
        license_fonts().by_name[name].embedded(font_in(page(TRUE_FONTS, name)))


def test_the_stand_in_has_every_table_but_the_outlines_unchanged(tmp_path: Path) -> None:
    font = LicenseFont(pylopdf_fonts_zh_cn.sans_path())
    font.write_stand_in(tmp_path / "stand-in.otf")
    written = LicenseFont(tmp_path / "stand-in.otf")
    assert written.name == font.name
    assert written._tables.keys() == font._tables.keys()
    differing = {tag for tag in font._tables if written._tables[tag] != font._tables[tag]}
    assert differing <= {"CFF ", "head"}  # the head has a checksum of the whole file
