"""A policy spelt out: every switch with its value, and one digest for all of it."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from keystore import sm3
from verify.policy import VerificationPolicy

__all__ = ["plain", "policy_content", "policy_sm3"]

_CACHED_POLICIES = 16


@lru_cache(maxsize=_CACHED_POLICIES)
def policy_content(policy: VerificationPolicy) -> Mapping[str, Any]:
    """Return the policy as plain JSON values: sets sorted, durations in seconds, octets in hex."""
    return {one.name: plain(getattr(policy, one.name)) for one in fields(policy)}


@lru_cache(maxsize=_CACHED_POLICIES)
def policy_sm3(policy: VerificationPolicy) -> str:
    """Return the SM3, in hex, of the content as JSON with sorted keys and no spaces."""
    content = json.dumps(policy_content(policy), sort_keys=True, separators=(",", ":"))
    return sm3(content.encode("ascii")).hex()


def plain(value: object) -> Any:  # noqa: ANN401 - rules of many kinds become JSON values
    """Return a rule's value as JSON values: dataclasses as objects, dates and times ISO 8601."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, frozenset | tuple):
        items = [plain(one) for one in value]
        return sorted(items, key=str) if isinstance(value, frozenset) else items
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool | int | float | None) else str(value)
