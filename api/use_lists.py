"""Uses of a seal as CSV, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator

from licenses.seal_uses import SealUse

__all__ = ["use_csv"]

COLUMNS = ("line", "at", "client", "grant", "subject", "digest", "key", "outcome", "ended_at")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets take UTF-8 for the local encoding


def use_csv(uses: Iterable[SealUse]) -> Iterator[bytes]:
    """Give the file line by line: a head, and one row a use (RFC 4180, UTF-8)."""
    yield (_BYTE_ORDER_MARK + _line(COLUMNS)).encode()
    for one in uses:
        ended = "" if one.ended_at is None else one.ended_at.isoformat()
        texts = {"at": one.at.isoformat(), "ended_at": ended}
        yield _line(_safe(texts.get(name, str(getattr(one, name)))) for name in COLUMNS).encode()


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _safe(text: str) -> str:
    """Put a quote before what a spreadsheet would calculate."""
    return f"'{text}" if text.startswith(_FORMULA) else text
