"""When a key's certificates or a seal end, and how loudly that is said beforehand."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from keystore import Keyring

__all__ = [
    "ROUND_SECONDS",
    "STEPS",
    "Ending",
    "EndingsWatch",
    "Step",
    "days_left",
    "endings",
    "step_reached",
]

_LOG = logging.getLogger(__name__)

ROUND_SECONDS = 3600.0
"""Between two looks at keys.toml."""


@dataclass(frozen=True, slots=True)
class Step:
    """From so many days before the end on, it is said like this."""

    days: int
    word: str
    level: int
    """Of the line in the log."""


STEPS = (
    Step(0, "ENDED", logging.CRITICAL),
    Step(7, "URGENT", logging.ERROR),
    Step(30, "SOON", logging.WARNING),
    Step(60, "DUE", logging.WARNING),
)
"""Our own choice, for no standard sets one: two months to order a certificate and the seal that
lists it, one to have both in the house, a week in which somebody must come in for it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one key's certificates, or of one seal."""

    kind: str
    """`key` or `seal`."""
    alias: str
    at: datetime


def endings(keyring: Keyring) -> tuple[Ending, ...]:
    """Return when each key ends, by the first end in its chain, and each seal."""
    chains = {alias: keyring.credential(alias).chain for alias in keyring.aliases}
    keys = (Ending("key", name, min(one.not_after for one in chains[name])) for name in chains)
    return (*keys, *(Ending("seal", one.alias, one.seal.valid_until) for one in keyring.seals))


def step_reached(left: timedelta) -> Step | None:
    """Return the last step that was crossed with so much left; None while there is time."""
    return next((one for one in STEPS if left <= timedelta(days=one.days)), None)


def days_left(left: timedelta) -> str:
    """Return what is left in words, with that of the step that was crossed."""
    step = step_reached(left)
    return f"{left.days} days left{f' ({step.word})' if step else ''}"


class EndingsWatch:
    """Says in the log that a step was crossed: once in a run, for each step and each ending."""

    def __init__(
        self, read: Callable[[], tuple[Ending, ...]], clock: Callable[[], datetime]
    ) -> None:
        """`read` returns what there is now; it may raise what `keys.toml` makes it raise."""
        self._read, self._clock = read, clock
        self._known: tuple[Ending, ...] = ()
        self._said: set[tuple[Ending, int]] = set()

    def look(self) -> None:
        """Read anew, and log every step that was crossed since."""
        self._known = self._read()
        for one in self._known:
            left = one.at - self._clock()
            step = step_reached(left)
            if step is not None and (one, step.days) not in self._said:
                self._said.add((one, step.days))
                until = f"{one.at:%Y-%m-%d %H:%M} UTC"
                sentence = "%s %s ends %s: %s"
                _LOG.log(step.level, sentence, one.kind, one.alias, until, days_left(left))

    def seconds_left(self) -> Mapping[tuple[str, str], float]:
        """Return, by kind and alias, how long each still has; negative after its end."""
        now = self._clock()
        return {(one.kind, one.alias): (one.at - now).total_seconds() for one in self._known}
