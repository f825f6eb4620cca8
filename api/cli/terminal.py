"""What others wrote, as it may go to a terminal: one line, and nothing that steers."""

from verify import shown_text

__all__ = ["plain"]


def plain(text: object) -> str:
    """Return the text with what is not seen spelt out: escapes, line feeds, turns of direction."""
    return shown_text(str(text))
