"""What was done to a file after it was signed: kinds of change and the pages they are on."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ChangeKind", "LaterChange", "LaterChanges", "PagePair"]


class ChangeKind(StrEnum):
    """Kinds of change; the values are part of the public interface."""

    PAGE_CONTENT = "page_content"
    PAGE_SHAPE = "page_shape"
    """Its size, its rotation or the part of it that is shown."""
    PAGE_ADDED = "page_added"
    PAGE_REMOVED = "page_removed"
    PAGES_REORDERED = "pages_reordered"
    FONT = "font"
    ANNOTATION = "annotation"
    FORM_VALUE = "form_value"
    FORM_APPEARANCE = "form_appearance"
    """How a field looks, whatever its value is."""
    FORM = "form"
    XFA = "xfa"
    SIGNATURE_ADDED = "signature_added"
    SIGNATURE_REMOVED = "signature_removed"
    ATTACHMENT = "attachment"
    JAVASCRIPT = "javascript"
    ACTION = "action"
    LAYERS = "layers"
    METADATA = "metadata"
    PROPERTIES = "properties"
    HIDDEN_OBJECTS = "hidden_objects"
    """Bytes that no table lists, or that not every reader reads alike."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class LaterChange:
    """One change; `page` is where it is now, from 0, or where it was if it is gone."""

    kind: ChangeKind
    page: int | None


@dataclass(frozen=True, slots=True)
class PagePair:
    """The same page at both moments, by its number from 0; None where it was not there."""

    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class LaterChanges:
    """All that was done since `signature` (its position in the report) was made."""

    signature: int
    signed_bytes: int
    """The file as it was signed is this many bytes from its start."""
    changes: tuple[LaterChange, ...]
    pages: tuple[PagePair, ...]
    """Those that were changed, as far as the objects tell; a picture may tell more."""
