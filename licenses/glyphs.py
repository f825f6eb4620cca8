"""Which characters the licence fonts can print, asked before anything is printed."""

import unicodedata
from functools import cache

import pylopdf_fonts_zh_cn
from fontTools.ttLib import TTFont

from licenses.errors import UnprintableText

__all__ = ["check_printable", "fault_in_text", "is_printable"]

SPACES = frozenset({" ", "\u3000"})
# Categories of Unicode that are invisible, reorder their neighbours, or draw over them.
_REFUSED = {
    "Cc": "a control character",
    "Cf": "an invisible formatting character",
    "Cs": "half of a surrogate pair",
    "Co": "a private-use character",
    "Cn": "not assigned in Unicode",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
    "Zs": "a space other than the plain or the ideographic one",
    "Mn": "a combining mark",
    "Mc": "a combining mark",
    "Me": "a combining mark",
}


def check_printable(text: str, where: str) -> None:
    """Raises `UnprintableText` naming the first character that cannot be printed.

    `where` is the JSON pointer of the text in the request.
    """
    fault = fault_in_text(text)
    if fault is not None:
        raise UnprintableText(f"{where}: {fault}", ((where, fault),))


def fault_in_text(text: str) -> str | None:
    """A sentence naming the first character that cannot be printed; None if all can."""
    for character in text:
        if character in _printable():
            continue
        return _sentence(character)
    return None


def is_printable(character: str) -> bool:
    """Say whether both fonts have it, and it is neither invisible nor draws over its neighbours."""
    return character in _printable()


def _sentence(character: str) -> str:
    code = f"U+{ord(character):04X}"
    why = _REFUSED.get(unicodedata.category(character))
    if why is not None and character not in SPACES:
        return f"{code} is {why} and cannot be printed"
    return f"the character {character} ({code}) is not in the licence font and cannot be printed"


@cache
def _printable() -> frozenset[str]:
    """What both fonts have: a template may print any text in either."""
    paths = (pylopdf_fonts_zh_cn.serif_path(), pylopdf_fonts_zh_cn.sans_path())
    serif, sans = (set(TTFont(path, lazy=True).getBestCmap()) for path in paths)
    characters = map(chr, serif & sans)
    return frozenset(
        c for c in characters if c in SPACES or unicodedata.category(c) not in _REFUSED
    )
