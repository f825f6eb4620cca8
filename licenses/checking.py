"""The register's word on a file: is it ours, does it say what we said, and does it still hold?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from licenses.catalog import Catalog
from licenses.errors import LicenseNotFound
from licenses.license_pages import page_of
from licenses.lifecycle import Standing, StandingKind, standing
from licenses.metadata import differences, record_of
from licenses.records import LicenseRecord
from licenses.register import Register

__all__ = ["RegisterWord", "UploadChecker"]

IDENTIFIER = "ZZBS"


@dataclass(frozen=True, slots=True)
class RegisterWord:
    """What the register adds to a verification report.

    `is_known`: the identifier in the file, or the file itself, is in this register.
    `has_register_data`: the file's record equals the register's; None when not known.
    `is_registered_file`: these very bytes were issued; None when not known.
    `differing` are short names of GB/T 36903, never values: a stranger learns nothing from them.
    """

    identifier: str | None
    standing: Standing
    is_known: bool
    has_register_data: bool | None
    is_registered_file: bool | None
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UploadChecker:
    """Asks the register about files; `verify` has already judged the seals."""

    register: Register
    catalog: Catalog

    def word(
        self, *, file_sm3: str, metadata: Mapping[str, object] | None, now: datetime
    ) -> RegisterWord:
        """Compare a file with the register; `metadata` is the record found inside it."""
        claimed = (metadata or {}).get(IDENTIFIER)
        identifier = claimed if isinstance(claimed, str) else None
        record = self._record(file_sm3, identifier)
        if record is None:
            return RegisterWord(
                identifier=identifier,
                standing=Standing(StandingKind.UNKNOWN),
                is_known=False,
                has_register_data=None,
                is_registered_file=None,
                differing=(),
            )
        expected = record_of(page_of(record, self.catalog, ""))
        differing = differences(metadata or {}, expected)
        return RegisterWord(
            identifier=record.identifier,
            standing=standing(record, now),
            is_known=True,
            has_register_data=not differing,
            is_registered_file=record.file_sm3 == file_sm3,
            differing=differing,
        )

    def _record(self, file_sm3: str, identifier: str | None) -> LicenseRecord | None:
        try:
            return self.register.find_by_file(file_sm3)
        except LicenseNotFound:
            pass
        try:
            return None if identifier is None else self.register.find(identifier)
        except LicenseNotFound:
            return None
