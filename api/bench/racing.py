"""Two contestants taking turns, in one process or several at once."""

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from queue import Empty

from api.errors import BenchmarkFailed

__all__ = ["Contest", "Entry", "Result", "race"]

TURN_SECONDS = 1.0
WARM_UP_CALLS = 3

Act = Callable[[], int]
"""Does some work and returns how many units it was."""
Contest = tuple[Act, Act]
"""What we do once, and what pyHanko does once."""
Entry = Callable[[], Contest]
"""Builds the contest in the process that runs it; travels there by pickle."""


@dataclass(frozen=True, slots=True)
class Result:
    """Calls per second, summed over the processes."""

    operation: str
    per_second: float
    pyhanko_per_second: float
    ratio: float
    processes: int
    seconds: float

    def to_json(self) -> dict[str, object]:
        """Return what the command prints."""
        return asdict(self)


def race(operation: str, entry: Entry, *, seconds: float, processes: int) -> Result:
    """Run both, `seconds` in all, in each of `processes`."""
    # Not fork: the renderer's threads would not survive it.
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(processes), context.Queue()
    runners = [
        context.Process(target=_run, args=(entry, core, barrier, queue, seconds))
        for core in _cores(processes)
    ]
    for runner in runners:
        runner.start()
    rates = _collected(queue, runners)
    ours, theirs = (sum(rate[side] for rate in rates) for side in (0, 1))
    return Result(
        operation=operation,
        per_second=round(ours, 1),
        pyhanko_per_second=round(theirs, 1),
        ratio=round(ours / theirs, 2),
        processes=processes,
        seconds=seconds,
    )


def _cores(processes: int) -> list[int]:
    """Return a core for each process, going round when there are more processes than cores."""
    return list(islice(cycle(sorted(os.sched_getaffinity(0))), processes))


def _collected(
    queue: "multiprocessing.Queue[tuple[float, float]]", runners: Sequence[BaseProcess]
) -> list[tuple[float, float]]:
    """Wait for every process's rates; raise `BenchmarkFailed` when one dies instead."""
    rates: list[tuple[float, float]] = []
    while len(rates) < len(runners):
        try:
            rates.append(queue.get(timeout=1))
        except Empty:
            if any(runner.exitcode for runner in runners):
                for runner in runners:
                    runner.kill()
                raise BenchmarkFailed("a measuring process died; its error is above") from None
    for runner in runners:
        runner.join()
    return rates


def _run(
    entry: Entry,
    core: int,
    barrier: Barrier,
    queue: "multiprocessing.Queue[tuple[float, float]]",
    seconds: float,
) -> None:
    # One core a process, for both sides: threads of a library cannot borrow another.
    os.sched_setaffinity(0, {core})
    contest = entry()
    for act in contest:
        for _ in range(WARM_UP_CALLS):
            act()
    counts, spent = [0, 0], [0.0, 0.0]
    for _ in range(max(1, round(seconds / (2 * TURN_SECONDS)))):
        for side, act in enumerate(contest):
            barrier.wait()
            calls, elapsed = _turn(act)
            counts[side] += calls
            spent[side] += elapsed
    queue.put((counts[0] / spent[0], counts[1] / spent[1]))


def _turn(act: Act) -> tuple[int, float]:
    start, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < TURN_SECONDS:
        calls += act()
    return calls, elapsed
