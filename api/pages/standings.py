"""How a licence stands in the register, in words."""

from collections.abc import Mapping

from api.pages.language import Language, say_day
from licenses.lifecycle import Standing, StandingKind

__all__ = ["standing_words"]

_STANDINGS: Mapping[StandingKind, tuple[str, str]] = {
    StandingKind.IN_FORCE: ("有效", "in force"),
    StandingKind.NOT_YET_IN_FORCE: ("尚未生效", "not yet in force"),
    StandingKind.SUSPENDED: ("自{since}起暂停使用", "suspended since {since}"),
    StandingKind.REVOKED: ("已于{since}注销或撤销", "revoked on {since}"),
    StandingKind.EXPIRED: ("自{since}起失效（有效期已过）", "expired, out of force since {since}"),
    StandingKind.REPLACED: (
        "已于{since}换发，新证标识 {successor}",
        "replaced on {since} by {successor}",
    ),
    StandingKind.NOT_ISSUED: ("未颁发", "never issued"),
    StandingKind.UNKNOWN: ("本登记簿中没有", "not in this register"),
}


def standing_words(standing: Standing, language: Language) -> str:
    """Say how a licence stands, without any report."""
    since = "" if standing.since is None else say_day(standing.since, language)
    words = _STANDINGS[standing.kind][0 if language is Language.ZH else 1]
    return words.format(since=since, successor=standing.replaced_by or "")
