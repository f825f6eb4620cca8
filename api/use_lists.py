"""Uses of a seal as a table, safe to open in a spreadsheet."""

from collections.abc import Iterable, Iterator

from licenses.seal_uses import SealUse

__all__ = ["use_table"]

COLUMNS = ("line", "at", "client", "grant", "subject", "digest", "key", "outcome", "ended_at")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def use_table(uses: Iterable[SealUse]) -> Iterator[tuple[str, ...]]:
    """Give the head and one row a use; a cell a spreadsheet would calculate gets a quote first."""
    yield COLUMNS
    for one in uses:
        ended = "" if one.ended_at is None else one.ended_at.isoformat()
        texts = {"at": one.at.isoformat(), "ended_at": ended}
        yield tuple(_safe(texts.get(name, str(getattr(one, name)))) for name in COLUMNS)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
