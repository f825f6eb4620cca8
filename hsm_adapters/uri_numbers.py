"""Numbers in the URI of a key in a device."""

from keystore.errors import MalformedUri
from keystore.uri import KeyUri

__all__ = ["DEFAULT_SESSIONS", "MOST_SESSIONS", "count_in", "number_in"]

DEFAULT_SESSIONS = 8
MOST_SESSIONS = 256
MOST_NUMBER = 0xFFFFFFFF


def count_in(uri: KeyUri, name: str, *, default: int | None, most: int) -> int:
    """Return a number from 1 to `most`; raise `MalformedUri`."""
    text = uri.require(name) if default is None else uri.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise MalformedUri(f"{name} is a number from 1 to {most}")
    return int(text)


def number_in(uri: KeyUri, name: str) -> int:
    """Return a number as vendors write them, 0x80000004 or decimal; raise `MalformedUri`."""
    try:
        number = int(uri.require(name), 0)
    except ValueError:
        number = -1
    if not 0 <= number <= MOST_NUMBER:
        raise MalformedUri(f"{name} is a number such as 0x80000004")
    return number
