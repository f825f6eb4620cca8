"""The anchors that cases name."""

from functools import cache

from keystore import Certificate
from tests.fakes.sm2_people import foreigner, world
from verify import TrustAnchors

__all__ = ["anchors"]


def _certificate(name: str) -> Certificate:
    if name == "root":
        return world().root.certificate
    if name == "another root":
        return world("other").root.certificate
    return foreigner(name).certificate


@cache
def anchors(names: tuple[str, ...]) -> TrustAnchors:
    """`root`, `another root`, or a kind of foreigner, who is his own anchor."""
    return TrustAnchors(tuple(_certificate(one) for one in names))
