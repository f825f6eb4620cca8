"""Sets the report with typst: PDF/A-2b, the same bytes for the same report."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any

import pylopdf_fonts_zh_cn
import typst

from api.errors import ReportNotPrinted
from api.report_pdf.content import Headline, headline_of, printed
from verify import VerificationReport

__all__ = ["report_pdf"]

_TEMPLATE = "report.typ"
_FOLDER = files("api.report_pdf")
_FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent
# The words stand in the source itself, as JSON in a string: no text of a file is ever markup.
_MAIN = '#import "/report.typ": draw\n#draw(json(bytes("{content}")))\n'
_TURN = Lock()  # typst keeps its state in the compiler


def report_pdf(report: VerificationReport, headline: Headline | None = None) -> bytes:
    """Return the report as PDF; `headline` is the service's verdict where a register was asked.

    Time and size are bounded by what is printed at most. Raises `ReportNotPrinted`.
    """
    content = printed(report, headline or headline_of(report))
    quoted = json.dumps(content, ensure_ascii=False).replace("\\", "\\\\").replace('"', '\\"')
    try:
        with _TURN:
            made: bytes = _compiler().compile(
                input=_MAIN.format(content=quoted).encode(),
                format="pdf",
                pdf_standards=["a-2b"],
                timestamp=report.checked_at.replace(microsecond=0),
            )
    except RuntimeError as error:
        said = getattr(error, "diagnostic", str(error))
        raise ReportNotPrinted(f"the report cannot be set: {said}") from error
    return made


@cache
def _compiler() -> Any:  # noqa: ANN401 - typst has no types
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_FONTS)]
    )
    return typst.Compiler(root=str(_FOLDER), font_paths=fonts)
