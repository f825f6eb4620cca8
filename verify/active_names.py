"""Finds what acts or changes by the names it must use, wherever in the file it hides."""

from collections.abc import Iterable
from functools import cached_property

from verify.scanning import name_pattern

__all__ = ["ActiveNames"]

_ACTIVE = name_pattern(
    *("JS", "JavaScript", "Launch", "SubmitForm", "ImportData", "Rendition", "SetOCGState"),
    *("RichMediaExecute", "GoTo3DView", "Alternates", "AlternatePresentations", "PresSteps"),
)


class ActiveNames:
    """The bytes of a file and its object streams, searched once, when it is first asked for.

    Outlines, fields that stand on no page, article threads: nobody has to know where to look.
    Compressed content of pages is no place for an action.
    """

    def __init__(self, data: bytes, streams: Iterable[bytes]) -> None:
        """Remember; nothing is searched yet."""
        self._texts = (data, *streams)

    @cached_property
    def are_there(self) -> bool:
        """Whether any of the names stands in the file."""
        return any(_ACTIVE.search(one) is not None for one in self._texts)
