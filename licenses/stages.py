"""Several works going through one stage after another: one that ends leaves the others alone."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Ended", "advance", "going"]

Work = TypeVar("Work")
Next = TypeVar("Next")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Ended(Generic[Answer]):
    """A work that goes no further: it has its answer, or what its asker must be told."""

    outcome: Answer | Exception = field(repr=False)

    def answer(self) -> Answer:
        """Return the answer; raises the error that ended the work instead."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def advance(
    works: Sequence[Work | Ended[Answer]],
    stage: Callable[[Work], Next | Ended[Answer]],
    *,
    at_once: int = 1,
) -> list[Next | Ended[Answer]]:
    """Take every work that has not ended through the stage, `at_once` at a time, in their order.

    A work whose stage raises has ended with that error.
    """

    def one(work: Work | Ended[Answer]) -> Next | Ended[Answer]:
        return work if isinstance(work, Ended) else _attempt(stage, work)

    if min(at_once, going(works)) <= 1:
        return [one(work) for work in works]
    with ThreadPoolExecutor(at_once) as pool:
        done = [pool.submit(copy_context().run, one, work) for work in works]
        return [future.result() for future in done]


def going(works: Sequence[object]) -> int:
    """Return how many have not ended."""
    return sum(not isinstance(work, Ended) for work in works)


def _attempt(stage: Callable[[Work], Next | Ended[Answer]], work: Work) -> Next | Ended[Answer]:
    try:
        return stage(work)
    except Exception as error:  # a bug that one work meets is not the others' fault either
        return Ended(error)
