"""What the record inside one of our licences says, against its second copy and the printed page."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from itertools import chain
from typing import Any

from verify.codes import Code
from verify.extracted_text import extracted_text
from verify.metadata import UnclearRecord, attached_records, record_in_packet
from verify.printed_text import UNREAD, printed_texts
from verify.upload import ReadablePdf

__all__ = ["LicenseRecord"]

# What must stand on the page, by the names of GB/T 36903.
_NUMBER, _HOLDER = "ZZBH", "CZZT"
_WORDS = ("ZZMC", _NUMBER, _HOLDER, "ZZBFJG")
_ISSUED, _FROM, _UNTIL = "ZZBFRQ", "ZZYXQQSRQ", "ZZYXQJZRQ"
_NO_LAST_DAY, _NO_LAST_DAY_ZH = "99991231", "长期"
_PERIOD_ZH = "有效期"
_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_PAGES_MAX = 20

Fault = tuple[Code, str]


class LicenseRecord:
    """The record of a file, looked at once for all of its signatures, when first asked for."""

    def __init__(self, readable: ReadablePdf) -> None:
        """Remember; nothing is read yet."""
        self._readable = readable

    @cached_property
    def fault(self) -> Fault | None:
        """What does not agree; None as well where there is no record of ours."""
        attached = attached_records(self._readable)
        only = attached[0] if len(attached) == 1 else None
        try:
            stated = record_in_packet(self._readable, only if _is_ours(only) else None)
        except UnclearRecord as error:
            return Code.RECORDS_DISAGREE, str(error)
        record = only if stated is None else stated
        if record is None or not _is_ours(record):
            return None
        if stated is not None and attached and attached != [stated]:
            return Code.RECORDS_DISAGREE, "the attached record and the one in the metadata differ"
        missing = self._not_printed(_printed(record))
        if not missing:
            return None
        return Code.RECORD_NOT_PRINTED, f"not found on the pages: {', '.join(missing)}"

    def _not_printed(self, words: dict[str, str]) -> list[str]:
        text = ""
        for more in chain.from_iterable(map(printed_texts, self._readable.pages[:_PAGES_MAX])):
            text = _plain(more) + text
            if not _missing(words, text):
                return []
        words = {name: _same_letters(word) for name, word in words.items()}
        if UNREAD not in text and not _missing(words, _same_letters(text), at_end=True):
            return []
        text = _same_letters(_plain(extracted_text(self._readable.data)))
        return _missing(words, text, at_end=True)


def _is_ours(record: Mapping[str, Any] | None) -> bool:
    return record is not None and (_NUMBER in record or _HOLDER in record)


def _printed(record: Mapping[str, Any]) -> dict[str, str]:
    """Return what the page must say for each name in the record."""
    is_bounded = record.get(_UNTIL) != _NO_LAST_DAY
    days = (_ISSUED, _FROM, _UNTIL) if is_bounded else (_ISSUED, _UNTIL)
    words = {name: str(record[name]) for name in _WORDS if name in record}
    words |= {name: _day(str(record[name])) for name in days if name in record}
    return {name: _plain(word) for name, word in words.items()}


def _day(digits: str) -> str:
    found = _DAY.fullmatch(digits)
    if digits == _NO_LAST_DAY or found is None:
        return _NO_LAST_DAY_ZH if found else digits
    return f"{int(found[1])}年{int(found[2])}月{int(found[3])}日"


def _missing(words: dict[str, str], text: str, *, at_end: bool = False) -> list[str]:
    """Return the names of what is not there.

    That a licence has no last day need not be said on a page that names no period.
    """
    missing = [name for name, word in words.items() if not word or word not in text]
    is_endless = words.get(_UNTIL) == _NO_LAST_DAY_ZH
    return (
        [] if at_end and is_endless and missing == [_UNTIL] and _PERIOD_ZH not in text else missing
    )


def _plain(text: str) -> str:
    return "".join(text.split())


def _same_letters(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
