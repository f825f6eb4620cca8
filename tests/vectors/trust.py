"""What cases name: anchors, some of them for certain things only, and keys that were lost."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from keystore import Certificate
from tests.fakes.sm2_people import DAY, NOW, foreigner, world
from verify import (
    NO_EVIDENCE,
    AnchorRule,
    Distrust,
    Evidence,
    IssuingRight,
    Purpose,
    TrustAnchors,
    key_sm3,
)

__all__ = ["DISTRUSTED_LATER", "DISTRUSTED_SINCE", "TYPE", "anchors", "evidence"]

TYPE = "11100000000013338W901"
"""The licence type that scoped anchors speak of."""

DISTRUSTED_SINCE = "the signer's key was lost yesterday"
DISTRUSTED_LATER = "the signer's key was lost tomorrow"
_LOST = {DISTRUSTED_SINCE: NOW - DAY, DISTRUSTED_LATER: NOW + DAY}

_SCOPES: Mapping[str, Mapping[str, Any]] = {
    "root for signers": {"serves": {Purpose.SIGNERS}},
    "root for makers": {"serves": {Purpose.MAKERS}},
    "root for seals": {"serves": {Purpose.SIGNERS, Purpose.MAKERS}},
    "root until yesterday": {"trusted_until": NOW - DAY},
    "root from tomorrow": {"trusted_from": NOW + DAY},
    "root with its maker": {"makers": {"maker"}},
    "root with its authority": {"makers": {"ca"}},
    "root with another maker": {"makers": {"tsa"}},
    "root for one type": {"may_issue": (TYPE,)},
    "root for no type": {"may_issue": ()},
}


@cache
def anchors(names: tuple[str, ...]) -> TrustAnchors:
    """`root`, `another root`, a root with a scope, or a kind of foreigner, who is his own."""
    rules = {_certificate(one): _rule(**_SCOPES[one]) for one in names if one in _SCOPES}
    return TrustAnchors(tuple(_certificate(one) for one in names if one not in _LOST), rules)


def evidence(names: tuple[str, ...]) -> Evidence:
    """Return our own distrust of the signer's key, where the names say that it was lost."""
    key = key_sm3(world().signer.certificate.public_key)
    known = tuple(Distrust(key, _LOST[one]) for one in names if one in _LOST)
    return replace(NO_EVIDENCE, distrusted=known)


def _certificate(name: str) -> Certificate:
    if name == "root" or name in _SCOPES:
        return world().root.certificate
    if name == "another root":
        return world("other").root.certificate
    return foreigner(name).certificate


def _rule(**scope: Any) -> AnchorRule:
    people, rights = world(), scope.get("may_issue")
    return AnchorRule(
        source="the vectors",
        obtained=date(2026, 1, 5),
        serves=frozenset(scope.get("serves", Purpose)),
        trusted_from=scope.get("trusted_from"),
        trusted_until=scope.get("trusted_until"),
        may_issue=()
        if rights is None
        else (IssuingRight(None, "Qianyin tests", frozenset(rights)),),
        makers=frozenset(
            getattr(people, one).certificate.fingerprint for one in scope.get("makers", ())
        ),
    )
