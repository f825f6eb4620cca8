"""Whether something in a file means the same at two moments, all that it refers to included."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from verify.plain import Plain
from verify.tokens import MalformedObject, Reference
from verify.two_states import State, TwoStates

__all__ = ["Comparison", "TooMuchToCompare"]

_UPWARDS = frozenset({b"Parent", b"P", b"Pages", b"Popup", b"StructParent"})
"""Entries that lead back to the page or the tree: what is found there is compared there."""


class TooMuchToCompare(Exception):
    """The file has more than is compared; stays in this package."""


@dataclass(slots=True)
class Comparison:
    """Two states, and how many objects may still be looked at."""

    states: TwoStates
    steps: int
    _same: dict[int, bool] = field(default_factory=dict)
    _below: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def then(self, value: Plain) -> Plain:
        """Follow a reference in the signed state; what cannot be read is an object of its own."""
        return self._follow(self.states.then, value)

    def now(self, value: Plain) -> Plain:
        """Follow a reference in today's state."""
        return self._follow(self.states.now, value)

    def differ(self, then: Plain, now: Plain) -> bool:
        """Say whether the two values differ, or anything that they refer to."""
        if then != now:
            return not self._equal(then, now)
        return any(not self._is_same(number) for number in self._reachable(then))

    def _equal(self, then: Plain, now: Plain) -> bool:
        """Say whether values given in two ways are alike: one directly, one by a reference."""
        one, other = self.then(then), self.now(now)
        return one == other and not any(not self._is_same(n) for n in self._reachable(one))

    def _is_same(self, number: int) -> bool:
        if number not in self._same:
            reference = Reference(number, 0)
            places = self.states.then.structure.places, self.states.now.structure.places
            stays = places[0].get(number) == places[1].get(number)
            self._same[number] = stays or self.then(reference) == self.now(reference)
        return self._same[number]

    def _reachable(self, root: Plain) -> set[int]:
        found: set[int] = set()
        pending = list(_downwards(root))
        while pending:
            number = pending.pop()
            if number in found:
                continue
            found.add(number)
            if number not in self._below:
                below = _downwards(self.then(Reference(number, 0)))
                self._below[number] = tuple(below)
            self._spend()
            pending.extend(self._below[number])
        return found

    def _follow(self, state: State, value: Plain) -> Plain:
        self._spend()
        try:
            return state.follow(value)
        except MalformedObject:
            return object()

    def _spend(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise TooMuchToCompare("more objects than are compared")


def _downwards(value: Plain) -> Iterator[int]:
    if isinstance(value, Reference):
        yield value.number
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in _UPWARDS:
                yield from _downwards(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _downwards(one)
