"""Says a thing in the reader's language: fixed texts, the verifier's sentences, spans of days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from api.pages.language import Language, say_day
from api.pages.texts import TEXTS

__all__ = ["Sentence", "Speaker"]

Sentence = Callable[[str], tuple[str, str]]
"""From a check's code to its sentence and its next step, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks one language."""

    language: Language
    sentence: Sentence

    def pick(self, pair: tuple[str, str]) -> str:
        """Return the half of a (Chinese, English) pair that is wanted."""
        return pair[0] if self.language is Language.ZH else pair[1]

    def text(self, key: str) -> str:
        """Return a fixed text."""
        return self.pick(TEXTS[key])

    def days(self, first: date, last: date) -> str:
        """Say from when to when."""
        first_day, last_day = say_day(first, self.language), say_day(last, self.language)
        gap = "" if self.language is Language.ZH else " "
        return f"{first_day}{gap}{self.text('until')}{gap}{last_day}"
