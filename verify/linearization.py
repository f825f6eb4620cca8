"""Where readers begin that believe the first object of a file: `/Linearized` (ISO 32000-1, F.2).

When its `/L` is the length of the file, poppler and Chromium take the section behind it for the
newest, whatever `startxref` says; an update of the right length would bring another document up.
"""

import re

from verify.revisions import BrokenStructure, Structure
from verify.tokens import Dictionary, MalformedObject, read_object

__all__ = ["require_one_beginning"]

_GAP = rb"(?:[\x00\t\n\f\r ]|%[^\r\n]*)*+"
_HEADER = re.compile(_GAP + rb"[+-]*\d+" + _GAP + rb"[+-]*\d+" + _GAP + rb"obj")
_END = re.compile(_GAP + rb"endobj[\x00\t\n\f\r ]*")
_BEGINNINGS = (0, 9)  # poppler reads from the first byte, pdfium from behind the version


def require_one_beginning(data: bytes, structure: Structure, *, depth: int) -> None:
    """Raise `BrokenStructure` when some readers begin at another section than the newest."""
    found = {one.end() for one in (_HEADER.match(data, at) for at in _BEGINNINGS) if one}
    if any(_newest_of(data, at, structure, depth) != structure.offsets[0] for at in found):
        raise BrokenStructure("readers of linearized files begin at another section")


def _newest_of(data: bytes, at: int, structure: Structure, depth: int) -> int:
    """Return the offset of the section that readers of the object at `at` take for the newest."""
    newest = structure.offsets[0]
    try:
        value, end = read_object(data, at, depth=depth)
    except MalformedObject as error:
        raise BrokenStructure("the first object of the file cannot be read") from error
    if not isinstance(value, Dictionary) or value.find(b"Linearized") is None:
        return newest
    length = value.get(b"L")
    if isinstance(length, int) and length != len(data) and not value.has_duplicates:
        return newest
    closing = _END.match(data, end)
    return -1 if closing is None else closing.end()
