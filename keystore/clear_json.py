"""JSON that means one thing to everybody who reads it (RFC 8259): in UTF-8, each name once."""

import json
import math
from typing import Any

__all__ = ["clear_json"]


def clear_json(content: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the value; raise `ValueError` where two readers could find two.

    Those are a name that stands twice in an object, a number that is none or too large for a
    double, bytes that are not UTF-8, and nesting that exhausts a reader.
    """
    try:
        return _DECODER.decode(content.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("the JSON is nested too deep") from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large, or none")
    return value


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_distinct, parse_float=_finite, parse_int=_whole, parse_constant=_finite
)
