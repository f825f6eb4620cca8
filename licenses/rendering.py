"""Prints a licence: its page as PDF/A-3b, and where the seal belongs on it.

The same page always gives the same bytes. A renderer may be shared by threads, which then take
turns; throughput comes from processes.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Lock
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from licenses.errors import InvalidDraft, RenderingFailed
from licenses.license_pages import LicensePage
from licenses.license_types import LicenseType
from licenses.metadata import record_of, to_json, xmp_properties, xmp_schema
from licenses.qr import module_matrix
from licenses.wording import page_content
from licenses.xmp_packet import add_to_packet

__all__ = ["RenderedPage", "Renderer"]

FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
PACKAGES = Path(__file__).parent / "types" / "_shared"
CHINA = timezone(timedelta(hours=8))
OVERFLOW = "text-does-not-fit"
_ANCHOR = re.compile(r"([0-9.]+)pt")
_MM_PER_PT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """An unsealed PDF; `seal_page` counts from 1, the centre is in mm from the page's top-left."""

    pdf: bytes
    seal_page: int
    seal_center_mm: tuple[float, float]


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
        inputs = {
            "content": json.dumps(page_content(page, qr=module_matrix(page.public_url))),
            "record": to_json(record).decode(),
        }
        midnight = datetime(
            page.issue_date.year, page.issue_date.month, page.issue_date.day, tzinfo=CHINA
        )
        try:
            pdf: bytes = self._compiler.compile(  # type: ignore[assignment]
                format="pdf", pdf_standards=["a-3b"], sys_inputs=inputs, timestamp=midnight
            )
            seal_page, center = self._seal_place()
        except RuntimeError as e:
            raise _translated(e, self._type.slug) from e
        pdf = add_to_packet(pdf, properties=xmp_properties(record), schema=self._schema)
        return RenderedPage(pdf=pdf, seal_page=seal_page, seal_center_mm=center)

    def _seal_place(self) -> tuple[int, tuple[float, float]]:
        seal = self._type.seal
        if not seal.anchor:
            return seal.page, (seal.x_mm, seal.y_mm)
        found = json.loads(self._compiler.query("<seal-anchor>", field="value"))
        if len(found) != 1:
            raise RenderingFailed(f"{self._type.slug}: the template has {len(found)} seal anchors")
        place = found[0]
        return int(place["page"]), (_millimetres(place["x"]), _millimetres(place["y"]))


def _millimetres(length: str) -> float:
    match = _ANCHOR.fullmatch(length)
    if match is None:
        raise RenderingFailed(f"the seal's anchor is not a length: {length!r}")
    return round(float(match[1]) * _MM_PER_PT, 2)


def _translated(error: Any, slug: str) -> InvalidDraft | RenderingFailed:  # noqa: ANN401 - untyped
    if OVERFLOW in str(error):
        return InvalidDraft(
            "the texts are too long for the page", (("/fields", "the texts do not fit the page"),)
        )
    return RenderingFailed(f"{slug}: {error}")
