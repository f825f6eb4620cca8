"""Which of the two languages a reader gets, and days and times in it."""

from datetime import date, datetime
from enum import StrEnum

from licenses.lifecycle import LEGAL_TIME_ZONE

__all__ = ["Language", "choose_language", "say_day", "say_moment"]

_MONTHS = (
    "January February March April May June July August September October November December"
).split()


class Language(StrEnum):
    """A language of the pages; the value is its tag."""

    ZH = "zh"
    EN = "en"

    @property
    def other(self) -> "Language":
        """The language the switch leads to."""
        return Language.EN if self is Language.ZH else Language.ZH

    @property
    def tag(self) -> str:
        """What stands in the page's `lang` attribute."""
        return {"zh": "zh-CN", "en": "en"}[self.value]


_TAGS: dict[str | None, Language] = {language.value: language for language in Language}


def choose_language(asked: str | None, accepted: str | None) -> Language:
    """Return what was asked for, else what the browser prefers, else Chinese."""
    if asked in _TAGS:
        return _TAGS[asked]
    return max(_weights(accepted or ""), key=lambda pair: pair[1], default=(Language.ZH, 0.0))[0]


def _weights(accepted: str) -> list[tuple[Language, float]]:
    weights = []
    for part in accepted.split(",")[:20]:
        tag, _, parameter = part.strip().lower().partition(";")
        prefix = tag.strip().partition("-")[0]
        quality = parameter.strip().removeprefix("q=")
        if prefix in _TAGS and _is_quality(quality):
            weights.append((_TAGS[prefix], float(quality or 1)))
    return weights


def _is_quality(text: str) -> bool:
    return not text or text.replace(".", "", 1).isdecimal()


def say_day(day: date, language: Language) -> str:
    """Write a calendar day out."""
    if language is Language.ZH:
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def say_moment(moment: datetime, language: Language) -> str:
    """Write a moment out in Beijing time, to the second."""
    local = moment.astimezone(LEGAL_TIME_ZONE)
    zone = "（北京时间）" if language is Language.ZH else " (Beijing time)"
    comma = " " if language is Language.ZH else ", "
    return f"{say_day(local.date(), language)}{comma}{local:%H:%M:%S}{zone}"
