"""The verifier's own sentences, in the reader's language."""

from api.pages.language import Language
from api.pages.saying import Sentence
from verify.wording import sentence_of

__all__ = ["sentences_in"]


def sentences_in(language: Language) -> Sentence:
    """Return what says a check's code and its next step; it never fails."""

    def say(code: str) -> tuple[str, str]:
        words = sentence_of(code)
        if language is Language.ZH:
            return words.zh, words.next_zh
        return words.en, words.next_en

    return say
