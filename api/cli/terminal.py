"""What others wrote, as it may go to a terminal: one line, and nothing that steers."""

__all__ = ["plain"]


def plain(text: object) -> str:
    """Return the text without what is not printed: escapes, line feeds, turns of direction."""
    return "".join(one for one in str(text) if one.isprintable())
