"""The lines of a licence: what the file says under each name of GB/T 36903, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from api.pages.language import Language, say_day
from api.pages.masking import mask_code
from licenses.checking import RegisterWord
from licenses.metadata import LONG_TERM
from verify import shown_text

__all__ = ["FieldLine", "Labels", "field_lines"]

Labels = Mapping[str, tuple[str, str]]
"""From a type's own short names to their labels."""

_BASIC: Mapping[str, tuple[str, str]] = {
    "ZZMC": ("证照名称", "Licence"),
    "ZZBH": ("证照编号", "Number"),
    "CZZT": ("持证主体", "Holder"),
    "CZZTDM": ("持证主体代码", "Holder's code"),
    "ZZBFJG": ("颁发机构", "Issuing authority"),
    "ZZBFJGDM": ("颁发机构代码", "Authority's code"),
    "ZZBFRQ": ("颁发日期", "Issued on"),
    "ZZYXQQSRQ": ("有效期自", "Valid from"),
    "ZZYXQJZRQ": ("有效期至", "Valid until"),
    "ZZBS": ("证照标识", "Identifier"),
    "ZZLXDM": ("证照类型代码", "Type code"),
}
# Said by the line before or after them.
_LEFT_OUT = frozenset({"CZZTDMLX", "CZZTDMLXDM"})
_DAYS = frozenset({"ZZBFRQ", "ZZYXQQSRQ", "ZZYXQJZRQ"})
_OPEN_CODE_TYPES = frozenset({"001", "099"})
_MOST_LINES = 60
_MOST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One line; `is_same` is None where there was nothing to compare with."""

    label: str
    value: str
    is_same: bool | None


def field_lines(
    record: Mapping[str, object] | None,
    word: RegisterWord,
    labels: Labels,
    language: Language,
    *,
    is_proven: bool,
) -> tuple[FieldLine, ...]:
    """Return the record's lines, the basic names first; a person's code is partly hidden."""
    if record is None:
        return ()
    index = 0 if language is Language.ZH else 1
    known = {**_BASIC, **labels}
    order = [name for name in known if name in record]
    order += [name for name in record if name not in known and name not in _LEFT_OUT]
    return tuple(
        FieldLine(
            label=known[name][index] if name in known else shown_text(name[:_MOST_CHARACTERS]),
            value=_value(name, record, language),
            is_same=name not in word.differing if is_proven and word.is_known else None,
        )
        for name in order[:_MOST_LINES]
    )


def _value(name: str, record: Mapping[str, object], language: Language) -> str:
    text = shown_text(str(record[name])[:_MOST_CHARACTERS])
    if name in _DAYS:
        return _day(text, language)
    if name == "CZZTDM" and record.get("CZZTDMLXDM") not in _OPEN_CODE_TYPES:
        return mask_code(text)
    return text


def _day(text: str, language: Language) -> str:
    if text == LONG_TERM:
        return "长期" if language is Language.ZH else "without end"
    try:
        return say_day(date.fromisoformat(text), language)
    except ValueError:
        return text
