"""Prints a licence: its page as PDF/A-3b, and where the seal belongs on it.

The same page always gives the same bytes. A renderer may be shared by threads, which then take
turns; throughput comes from processes.
"""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from licenses.errors import InvalidDraft, RenderingFailed
from licenses.finishing import Place, TypstPdf
from licenses.glyphs import check_printable
from licenses.license_fonts import license_fonts
from licenses.license_pages import LicensePage
from licenses.license_types import LicenseType
from licenses.metadata import Record, record_of, to_json, xmp_properties, xmp_schema
from licenses.ornament import drawn_border
from licenses.qr import drawn_code
from licenses.wording import page_content

__all__ = ["RenderedPage", "Renderer"]

PACKAGES = Path(__file__).parent / "types" / "_shared"
CHINA = timezone(timedelta(hours=8))
SEAL_ANCHOR = "seal"
_MM_PER_PT = 25.4 / 72

# The document's bones are ours, so that no template can forget them. The words stand in the
# source itself: a change of sys.inputs makes typst build its library anew, a third of the time.
_MAIN = """\
#import "/{folder}/template.typ": draw
#let page = json(bytes("{content}"))
#set document(title: page.title)
#show: draw.with(page)
#pdf.attach("licence.json", bytes("{record}"), relationship: "data",
  mime-type: "application/json", description: "GB/T 36903 metadata")
"""


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """An unsealed PDF; `seal_page` counts from 1, the centre is in mm from the page's top-left."""

    pdf: bytes
    seal_page: int
    seal_center_mm: tuple[float, float]


class Renderer:
    """One typst compiler for each folder of licence types, kept warm."""

    def __init__(self, types: Iterable[LicenseType]) -> None:
        """Loads the fonts once; templates are read when first used."""
        types = list(types)
        self._lock = Lock()
        self._schemas = {t.slug: xmp_schema(t) for t in types}
        self._fonts = license_fonts()
        self._compilers = {
            root: _compiler(root, self._fonts.for_typst) for root in {_root(t) for t in types}
        }

    def render(self, page: LicensePage) -> RenderedPage:
        """Raises `InvalidDraft` if a text does not fit the page, `UnprintableText` for what the
        configuration added to it, else `RenderingFailed`.
        """
        for where, text in (("/authority", page.authority_name), ("/number", page.number)):
            check_printable(text, where)
        kind, record = page.license_type, record_of(page)
        pdf = self._typeset(page, record)
        code = pdf.place_of_link(page.public_url)
        pdf.draw_under(code.page, *_drawings(page, pdf.page_size(code.page), code))
        with self._lock:
            pdf.embed_fonts(self._fonts.by_name)
        pdf.add_to_packet(properties=xmp_properties(record), schema=self._schemas[kind.slug])
        seal_page, center = _seal_place(kind, pdf)
        return RenderedPage(pdf=pdf.finished(), seal_page=seal_page, seal_center_mm=center)

    def _typeset(self, page: LicensePage, record: Record) -> TypstPdf:
        """As the template likes it, else as tight as it can; what is cut off is never printed."""
        kind = page.license_type
        for fit in ("natural", "tightest"):
            main = _MAIN.format(
                folder=kind.slug,
                content=_quoted(json.dumps(page_content(page) | {"fit": fit}, ensure_ascii=False)),
                record=_quoted(to_json(record).decode()),
            )
            pdf = TypstPdf(self._compile(page, main))
            if pdf.page_count == 1 or not kind.single_page:
                return pdf
        sentence = "the texts do not fit the page, even in the smallest print"
        raise InvalidDraft(sentence, (("/fields", sentence),))

    def _compile(self, page: LicensePage, main: str) -> bytes:
        midnight = datetime.combine(page.issue_date, time(tzinfo=CHINA))
        try:
            with self._lock:
                return self._compilers[_root(page.license_type)].compile(  # type: ignore[no-any-return]
                    input=main.encode(),
                    format="pdf",
                    pdf_standards=["a-3b"],
                    pdf_tags=False,
                    timestamp=midnight,
                )
        except RuntimeError as e:
            said = getattr(e, "diagnostic", str(e))
            raise RenderingFailed(f"{page.license_type.slug}: {said}") from e


def _root(kind: LicenseType) -> Path:
    return kind.template.parent.parent


def _compiler(root: Path, fonts: Any) -> Any:  # noqa: ANN401 - typst has no types
    return typst.Compiler(root=str(root), font_paths=fonts, package_path=str(PACKAGES))


def _quoted(text: str) -> str:
    """JSON inside a string of typst's, where these two are all that could end it."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _drawings(page: LicensePage, size: tuple[float, float], code: Place) -> list[bytes]:
    width, height = size
    operators = drawn_code(page.public_url, code.x, height - code.y - code.height, code.height)
    drawings = [zlib.compress(operators, 1)]
    if page.license_type.border is not None:
        sides = (round(side * _MM_PER_PT, 2) for side in (width, height))
        drawings.insert(0, drawn_border(page.license_type.border, *sides))
    return drawings


def _seal_place(kind: LicenseType, pdf: TypstPdf) -> tuple[int, tuple[float, float]]:
    seal = kind.seal
    if not seal.anchor:
        return seal.page, (seal.x_mm, seal.y_mm)
    place = pdf.place_of_destination(SEAL_ANCHOR)
    return place.page, (round(place.x * _MM_PER_PT, 2), round(place.y * _MM_PER_PT, 2))
