"""A stranger's name as it may be shown: what cannot be seen, steers or deceives is spelt out.

Every form of a report (page, paper, terminal, JSON) shows these texts; the certificates themselves
are in the diagnostic view.
"""

import re
from functools import lru_cache

__all__ = ["shown_text"]

_CACHED = 256
_IDEOGRAPHS = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# Printable for Python, but without a mark of their own (Unicode, Default_Ignorable_Code_Point;
# the blank of Braille), or drawn like an ideograph that they are not: radicals, Bopomofo.
_UNSEEN = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef"
)
_RADICALS = "\u2e80-\u2fdf\u3105-\u312f\u31a0-\u31bf\u31c0-\u31ef"
# After an ideograph one selector picks its form, as some people's names need.
_DECEIVING = re.compile(
    rf"(?<![{_IDEOGRAPHS}])[\ufe00-\ufe0f\U000e0100-\U000e01ef]|[{_RADICALS}]"
    rf"|(?![\ufe00-\ufe0f\U000e0100-\U000e01ef])[{_UNSEEN}]"
)
# Greek, Cyrillic, Armenian, Cherokee, and letters of mathematics.
_LIKE_LATIN = re.compile("[\u0370-\u058f\u13a0-\u13ff\u1c80-\u1c8f\U0001d400-\U0001d7ff]")
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_KANA = re.compile("[\u3041-\u30ff\uff66-\uff9d]")
# Kana drawn like 力口工夕卜二八一 and the like; a name with no other kana is no Japanese name.
_LIKE_IDEOGRAPHS = frozenset("エカタトニヌノハヒフヘミムメロワーへりㇼ")
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_SPACES = " \u3000"


@lru_cache(maxsize=_CACHED)
def shown_text(text: str) -> str:
    """Return the text with each such character as 〔U+XXXX〕; the last 256 answers are kept."""
    if text.isascii() and text.isprintable():
        return text
    kana = set(_KANA.findall(text))
    if kana and kana <= _LIKE_IDEOGRAPHS and _IDEOGRAPH.search(text):
        text = _KANA.sub(_spelt, text)
    text = _DECEIVING.sub(_spelt, _WORD.sub(_of_one_script, text))
    return "".join(one if one.isprintable() or one in _SPACES else _named(one) for one in text)


def _of_one_script(word: re.Match[str]) -> str:
    """Spell out the letters of a word that look Latin and are not, where others are Latin."""
    return _LIKE_LATIN.sub(_spelt, word[0]) if _LATIN.search(word[0]) else word[0]


def _spelt(found: re.Match[str]) -> str:
    return _named(found[0])


def _named(character: str) -> str:
    return f"〔U+{ord(character):04X}〕"
