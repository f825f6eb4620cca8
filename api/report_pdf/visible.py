"""A stranger's text as it may be printed: what cannot be seen, or has no glyph, is named."""

import re

from licenses.glyphs import is_printable

__all__ = ["grouped", "visible"]

CHARACTERS_MAX = 120
"""Of one text; what is cut off is shown as an ellipsis."""
_RUN = re.compile(r"[!-~]{18}(?=[!-~])")
_BREAK = "\u200b"  # a place to break the line, without a mark


def visible(text: str | None) -> str:
    """Return at most 120 characters, each printable, others as 〔U+XXXX〕; a dash for nothing."""
    if not text:
        return "—"
    shown = "".join(map(_shown, text[:CHARACTERS_MAX]))
    ellipsis = "…" if len(text) > CHARACTERS_MAX else ""
    return _RUN.sub(lambda found: found[0] + _BREAK, shown) + ellipsis


def _shown(character: str) -> str:
    return character if is_printable(character) else f"〔U+{ord(character):04X}〕"


def grouped(digest: str) -> str:
    """Return hex digits in groups of eight, as people compare them."""
    return " ".join(re.findall(".{1,8}", digest))
