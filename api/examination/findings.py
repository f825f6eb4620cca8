"""What an examination found, and how it travels: JSON that is checked when it arrives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from api.errors import ExaminationDied
from api.examination.page_changes import ChangedPage
from api.examination.page_pictures import PagePicture
from verify.errors import EncryptedPdf, NotAPdf, PdfTooLarge, VerifyError
from verify.report import VerificationReport

__all__ = ["REFUSALS", "Examined", "Findings", "from_json", "to_json"]

REFUSALS: Mapping[str, type[VerifyError]] = {
    one.__name__: one for one in (NotAPdf, EncryptedPdf, PdfTooLarge)
}
"""Errors an examiner may send back by name; nothing else is raised for it."""


@checked_dataclass(
    frozen=True,
    slots=True,
    config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", extra="forbid"),
)
class Findings:
    """The report and the record found in the file (GB/T 36903), if there is one."""

    report: VerificationReport
    record: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Examined:
    """Findings with the pictures of pages, where they were asked for and could be made."""

    findings: Findings
    pictures: tuple[PagePicture, ...]
    changed_pages: tuple[ChangedPage, ...] = ()


_ADAPTER = TypeAdapter(Findings)


def to_json(findings: Findings) -> bytes:
    """Return the findings as they leave the examining process."""
    return _ADAPTER.dump_json(findings)


def from_json(content: bytes) -> Findings:
    """Read what an examining process said; raises `ExaminationDied` for anything else."""
    try:
        return _ADAPTER.validate_json(content)
    except ValidationError as e:
        raise ExaminationDied("the examining process sent something that is no report") from e
