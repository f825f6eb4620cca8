"""Who can hold a licence, and the codes that name them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

__all__ = ["CODE_TYPES", "CodeType", "Holder", "fault_in_code"]

USCC = re.compile(r"[0-9A-HJ-NP-RT-UW-Y]{18}")
RESIDENT_ID = re.compile(r"[0-9]{17}[0-9X]")
OTHER_CODE = re.compile(r"[0-9A-Za-z()（）/·\-]{1,40}")
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_MODULUS = 31
_RESIDENT_CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who the licence is for; `code_type` is a code of GB/T 36903 annex A."""

    name: str = field(repr=False)
    code: str = field(repr=False)
    code_type: str


@dataclass(frozen=True, slots=True)
class CodeType:
    """A kind of code a holder is known by (GB/T 36903 annex A)."""

    zh: str
    en: str
    holder_kind: str


_KINDS = (
    ("001", "统一社会信用代码", "Unified social credit code", "organization"),
    ("099", "其他法人或其他组织有效证件代码", "Other organization's code", "organization"),
    ("111", "公民身份号码", "Resident identity number", "person"),
    ("114", "军官证号码", "PLA officer's card", "person"),
    ("115", "警官证号码", "Armed police officer's card", "person"),
    ("118", "士兵证号码", "PLA soldier's card", "person"),
    ("119", "武警士兵证号码", "Armed police soldier's card", "person"),
    ("120", "军队文职人员证号码", "PLA civilian's card", "person"),
    ("122", "武警文职人员证号码", "Armed police civilian's card", "person"),
    ("411", "外交护照号码", "Diplomatic passport", "person"),
    ("412", "公务护照号码", "Service passport", "person"),
    ("413", "公务普通护照号码", "Public affairs passport", "person"),
    ("414", "普通护照号码", "Passport", "person"),
    ("511", "台湾居民来往大陆通行证号码", "Travel permit for Taiwan residents", "person"),
    ("516", "港澳居民来往内地通行证号码", "Travel permit for Hong Kong and Macau", "person"),
    ("999", "其他自然人有效证件代码", "Other natural person's code", "person"),
)
CODE_TYPES = {code: CodeType(zh, en, kind) for code, zh, en, kind in _KINDS}


def fault_in_code(code: str, code_type: str) -> str | None:
    """What is wrong with `code` as a code of its type, as a sentence; None if nothing is."""
    return _CHECKS.get(code_type, _fault_in_other)(code)


def _fault_in_uscc(code: str) -> str | None:
    if not USCC.fullmatch(code):
        return "a unified social credit code has 18 digits and capitals without I, O, S, V and Z"
    total = sum(_USCC_ALPHABET.index(c) * pow(3, i, _USCC_MODULUS) for i, c in enumerate(code[:17]))
    if _USCC_ALPHABET[-total % _USCC_MODULUS] != code[17]:
        return "the check character of the unified social credit code is wrong"
    return None


def _fault_in_resident_id(code: str) -> str | None:
    if not RESIDENT_ID.fullmatch(code):
        return "a resident identity number has 18 digits, the last may be X"
    try:
        date.fromisoformat(f"{code[6:10]}-{code[10:12]}-{code[12:14]}")
    except ValueError:
        return "the resident identity number contains a day of birth that does not exist"
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(code[:17]))
    if _RESIDENT_CHECKS[total % 11] != code[17]:
        return "the check digit of the resident identity number is wrong"
    return None


def _fault_in_other(code: str) -> str | None:
    return (
        None
        if OTHER_CODE.fullmatch(code)
        else "a code has 1 to 40 digits, letters, hyphens or brackets"
    )


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "001": _fault_in_uscc,
    "111": _fault_in_resident_id,
}
