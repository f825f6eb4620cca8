"""Finds names in raw bytes however they are spelt, #-escapes included (ISO 32000-1, 7.3.5)."""

import re

__all__ = ["name_pattern"]

_END_OF_NAME = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|\Z)"


def name_pattern(*names: str) -> re.Pattern[bytes]:
    """Return a pattern that matches `/` and one of the names, each letter plain or escaped."""
    spelt = b"|".join(b"".join(_spellings(letter) for letter in name) for name in names)
    return re.compile(b"/(?:" + spelt + b")" + _END_OF_NAME)


def _spellings(letter: str) -> bytes:
    digits = b"".join(map(_either_case, list(format(ord(letter), "02x"))))
    return b"(?:" + re.escape(letter.encode("ascii")) + b"|#" + digits + b")"


def _either_case(digit: str) -> bytes:
    return digit.encode() if digit.isdigit() else f"[{digit}{digit.upper()}]".encode()
