"""A policy spelt out: every switch with its value, and one digest for all of it."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from functools import lru_cache
from typing import Any

from keystore import sm3
from verify.policy import VerificationPolicy

__all__ = ["policy_content", "policy_sm3"]

_CACHED_POLICIES = 16


@lru_cache(maxsize=_CACHED_POLICIES)
def policy_content(policy: VerificationPolicy) -> Mapping[str, Any]:
    """Return the policy as plain JSON values: sets sorted, durations in seconds, octets in hex."""
    return {one.name: _plain(getattr(policy, one.name)) for one in fields(policy)}


@lru_cache(maxsize=_CACHED_POLICIES)
def policy_sm3(policy: VerificationPolicy) -> str:
    """Return the SM3, in hex, of the content as JSON with sorted keys and no spaces."""
    content = json.dumps(policy_content(policy), sort_keys=True, separators=(",", ":"))
    return sm3(content.encode("ascii")).hex()


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, frozenset | set | tuple | list):
        plain = [_plain(one) for one in value]
        return sorted(plain, key=str) if isinstance(value, frozenset | set) else plain
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if isinstance(value, bool | int | float | None) else str(value)
