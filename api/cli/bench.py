"""`qianyin bench`: our speed beside stock pyHanko's, in one run."""

import json
import sys
from functools import partial
from typing import Annotated

import typer

from api.bench.contests import CONTESTS, Operation, ground
from api.bench.racing import race

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    operation: Annotated[Operation, typer.Argument(help="What to measure.")],
    seconds: Annotated[float, typer.Option(help="In all, half of it for each side.", min=0.5)] = 20,
    processes: Annotated[int, typer.Option(help="Processes at once.", min=1, max=64)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure against stock pyHanko (ECDSA P-256, same page and picture). 性能对比。

    Example: `qianyin bench sign --seconds 20 --processes 2 --json`
    """
    with ground() as made:
        entry = partial(CONTESTS[operation], made)
        result = race(operation, entry, seconds=seconds, processes=processes)
    if as_json:
        sys.stdout.write(json.dumps(result.to_json()) + "\n")
        return
    typer.echo(
        f"{operation}: {result.per_second:,.1f}/s, stock pyHanko {result.pyhanko_per_second:,.1f}/s"
        f" → {result.ratio:.2f}× ({processes} process{'es' if processes > 1 else ''})"
    )
