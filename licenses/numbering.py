"""Licence numbers, as each type's style writes them."""

import re
from dataclasses import dataclass
from string import Formatter

from licenses.errors import BadLicenseType

__all__ = ["NumberStyle"]

_ALLOWED = {
    "province": re.compile(r""),
    "year": re.compile(r""),
    "sequence": re.compile(r"0[1-9]d|"),
}
MAX_PROVINCE_CHARS = 4


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """A pattern such as `动诊证({province}){year}第{sequence:04d}号`.

    `{sequence}` must be there, or two licences could share a number; it never wraps: the
    10,000th licence of a four-digit style simply has five digits.
    """

    pattern: str

    def __post_init__(self) -> None:
        """Raises `BadLicenseType` for a pattern that asks for something we do not have."""
        names = set()
        try:
            parts = list(Formatter().parse(self.pattern))
        except ValueError as e:
            raise BadLicenseType(f"number style {self.pattern!r} cannot be read: {e}") from e
        for _, name, spec, conversion in parts:
            if name is None:
                continue
            form = _ALLOWED.get(name)
            if form is None or conversion or not form.fullmatch(spec or ""):
                raise BadLicenseType(
                    f"number style {self.pattern!r} may use {{province}}, {{year}} and "
                    f"{{sequence:0Nd}} only"
                )
            names.add(name)
        if "sequence" not in names:
            raise BadLicenseType(f"number style {self.pattern!r} lacks {{sequence}}")

    def format(self, *, year: int, sequence: int, province: str) -> str:
        """The number of the `sequence`-th licence of `year`; `province` is the short name (湘)."""
        return self.pattern.format(year=year, sequence=sequence, province=province)
