"""A case: one file, why it is there, under which trust and time it is judged, and the verdict."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tests.fakes.seeded import seeded
from tests.fakes.sm2_people import NOW
from verify import Indication, SubIndication

__all__ = ["REFUSED", "Case", "Expected", "Family", "Importance", "failed", "refused", "unsure"]

REFUSED = "REFUSED"
"""The upload itself is turned away: no report at all."""


class Importance(StrEnum):
    """What a reader would lose if the case passed."""

    HIGH = "high"
    """Another content, another body or a seal that does not hold would look genuine."""
    MEDIUM = "medium"
    """Something would be believed that nothing proves."""
    LOW = "low"
    """Only the form is bent; the content is what was signed."""


@dataclass(frozen=True)
class Expected:
    """An indication with its sub-indication, or `REFUSED` with the name of the error."""

    indication: str
    sub_indication: str | None


PASSED = Expected(Indication.TOTAL_PASSED, None)


def failed(sub_indication: str) -> Expected:
    return Expected(Indication.TOTAL_FAILED, SubIndication(sub_indication))


def unsure(sub_indication: str) -> Expected:
    return Expected(Indication.INDETERMINATE, SubIndication(sub_indication))


def refused(error: str) -> Expected:
    return Expected(REFUSED, error)


FORMAT = failed("FORMAT_FAILURE")
HASH = failed("HASH_FAILURE")
CRYPTO = failed("SIG_CRYPTO_FAILURE")
NOT_A_PDF = refused("NotAPdf")


@dataclass(frozen=True)
class Case:
    """`build` makes the file; it is called with a seed of its own in force."""

    id: str
    why: str
    build: Callable[[], bytes]
    expect: Expected
    importance: Importance = Importance.HIGH
    at: datetime = NOW
    trust: tuple[str, ...] = ("root",)
    """Names in `tests.vectors.trust`."""
    policy: str = "qianyin-default"

    def make(self, family: str) -> bytes:
        with seeded(f"{family}/{self.id}"):
            return self.build()


@dataclass(frozen=True)
class Family:
    """Cases of one kind; only those of the family `good` may pass."""

    name: str
    about: str
    cases: tuple[Case, ...]
