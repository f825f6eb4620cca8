"""Prints a licence: its page as PDF/A-3b, and where the seal belongs on it.

The same page always gives the same bytes. A renderer may be shared by threads, which then take
turns; throughput comes from processes.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from threading import Lock
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from licenses.errors import InvalidDraft, RenderingFailed
from licenses.finishing import TypstPdf
from licenses.license_pages import LicensePage
from licenses.license_types import LicenseType
from licenses.metadata import Record, record_of, to_json, xmp_properties, xmp_schema
from licenses.ornament import drawn_border
from licenses.qr import drawn_code
from licenses.wording import page_content

__all__ = ["RenderedPage", "Renderer"]

FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
PACKAGES = Path(__file__).parent / "types" / "_shared"
CHINA = timezone(timedelta(hours=8))
_MM_PER_PT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """An unsealed PDF; `seal_page` counts from 1, the centre is in mm from the page's top-left."""

    pdf: bytes
    seal_page: int
    seal_center_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A place marked by a template: points from the page's top-left; `side` of a square."""

    page: int
    x: float
    y: float
    side: float

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> "_Anchor":
        """From what typst makes of `here().position()`."""
        lengths = (value["x"], value["y"], value["side"])
        return cls(value["page"], *(float(length.removesuffix("pt")) for length in lengths))


class Renderer:
    """One typst compiler for each licence type, kept warm."""

    def __init__(self, types: Iterable[LicenseType]) -> None:
        """Loads the fonts once; templates are read when first used."""
        self._lock = Lock()
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
        )
        self._presses = {t.slug: _Press(t, fonts) for t in types}

    def render(self, page: LicensePage) -> RenderedPage:
        """Raises `InvalidDraft` if a text does not fit the page, else `RenderingFailed`."""
        with self._lock:
            return self._presses[page.license_type.slug].print(page)


class _Press:
    """Prints licences of one type."""

    def __init__(self, license_type: LicenseType, fonts: Any) -> None:  # noqa: ANN401 - untyped
        self._type = license_type
        self._schema = xmp_schema(license_type)
        self._compiler = typst.Compiler(
            str(license_type.template),
            root=str(license_type.template.parent.parent),
            font_paths=fonts,
            package_path=str(PACKAGES),
        )

    def print(self, page: LicensePage) -> RenderedPage:
        record = record_of(page)
        pdf = self._typeset(page, record)
        if not pdf.has_attachment:
            raise RenderingFailed(f"{self._type.slug}: the template does not carry the record")
        anchors = self._anchors()
        self._draw(pdf, page, anchors)
        pdf.add_to_packet(properties=xmp_properties(record), schema=self._schema)
        seal_page, center = self._seal_place(anchors)
        return RenderedPage(pdf=pdf.finished(), seal_page=seal_page, seal_center_mm=center)

    def _typeset(self, page: LicensePage, record: Record) -> TypstPdf:
        """As the template likes it, else as tight as it can; what is cut off is never printed."""
        inputs = {
            "content": json.dumps(page_content(page), ensure_ascii=False),
            "record": to_json(record).decode(),
        }
        midnight = datetime.combine(page.issue_date, time(tzinfo=CHINA))
        for fit in ("natural", "tightest"):
            pdf = TypstPdf(self._compile(inputs | {"fit": fit}, midnight))
            if pdf.page_count == 1 or not self._type.single_page:
                return pdf
        sentence = "the texts do not fit the page, even in the smallest print"
        raise InvalidDraft(sentence, (("/fields", sentence),))

    def _compile(self, inputs: dict[str, str], timestamp: datetime) -> bytes:
        try:
            return self._compiler.compile(  # type: ignore[return-value]
                format="pdf", pdf_standards=["a-3b"], sys_inputs=inputs, timestamp=timestamp
            )
        except RuntimeError as e:
            said = getattr(e, "diagnostic", str(e))
            raise RenderingFailed(f"{self._type.slug}: {said}") from e

    def _anchors(self) -> dict[str, _Anchor]:
        """The places the template has marked, from the layout just made."""
        try:
            found = json.loads(self._compiler.query("<anchor>", field="value"))
            return {a["name"]: _Anchor.parse(a) for a in found}
        except (RuntimeError, KeyError, TypeError, ValueError) as e:
            raise RenderingFailed(f"{self._type.slug}: anchors cannot be read: {e}") from e

    def _draw(self, pdf: TypstPdf, page: LicensePage, anchors: Mapping[str, _Anchor]) -> None:
        border, code = self._type.border, anchors.get("qr-code")
        if code is None:
            raise RenderingFailed(f"{self._type.slug}: the template has no QR code")
        width, height = pdf.page_size(code.page)
        bottom = height - code.y - code.side
        streams = [zlib.compress(drawn_code(page.public_url, code.x, bottom, code.side), 1)]
        if border is not None:
            sides = (round(side * _MM_PER_PT, 2) for side in (width, height))
            streams.insert(0, drawn_border(border, *sides))
        pdf.draw_under(code.page, *streams)

    def _seal_place(self, anchors: Mapping[str, _Anchor]) -> tuple[int, tuple[float, float]]:
        seal = self._type.seal
        if not seal.anchor:
            return seal.page, (seal.x_mm, seal.y_mm)
        anchor = anchors.get("seal")
        if anchor is None:
            raise RenderingFailed(f"{self._type.slug}: the template has no seal anchor")
        return anchor.page, (round(anchor.x * _MM_PER_PT, 2), round(anchor.y * _MM_PER_PT, 2))
