"""`qianyin bench`: our speed beside stock pyHanko's, in one run."""

import json
import sys
from functools import partial
from typing import Annotated

import typer

from api.bench.contests import CONTESTS, Operation, ground
from api.bench.keys import measure_key
from api.bench.racing import race
from api.cli.options import asking, settings_for
from keystore import KeyUri
from keystore.opening import open_key
from licenses.issuing import MOST_TOGETHER

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(  # noqa: PLR0913, PLR0917 - the options of the command
    operation: Annotated[Operation, typer.Argument(help="What to measure.")],
    seconds: Annotated[float, typer.Option(help="In all, half of it for each side.", min=0.5)] = 20,
    processes: Annotated[int, typer.Option(help="Processes at once.", min=1, max=64)] = 1,
    together: Annotated[
        int, typer.Option(help="With issue: asked for at a time.", min=1, max=256)
    ] = MOST_TOGETHER,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    key: Annotated[str | None, typer.Option(help="With sign: how fast this key signs.")] = None,
    threads: Annotated[int, typer.Option(help="With --key: at once.", min=1, max=256)] = 8,
) -> None:
    """Measure against stock pyHanko (ECDSA P-256, same page and picture). 性能对比。

    `issue` asks for 16 licences at a time, as many as the service takes together; see --together.
    With `sign --key URI` the bare speed of one key instead, signatures of a digest.

    Example: `qianyin bench sign --seconds 20 --processes 2 --json`
    """
    if key is not None:
        if operation is not Operation.SIGN:
            raise typer.BadParameter("--key goes with sign")
        _measure(key, threads=threads, seconds=seconds, as_json=as_json)
        return
    with ground(together=together) as made:
        entry = partial(CONTESTS[operation], made)
        result = race(operation, entry, seconds=seconds, processes=processes)
    if as_json:
        sys.stdout.write(json.dumps(result.to_json()) + "\n")
        return
    typer.echo(
        f"{operation}: {result.per_second:,.1f}/s, stock pyHanko {result.pyhanko_per_second:,.1f}/s"
        f" → {result.ratio:.2f}× ({processes} process{'es' if processes > 1 else ''})"
    )


def _measure(uri: str, *, threads: int, seconds: float, as_json: bool) -> None:
    settings = settings_for(None)
    name = KeyUri.parse(uri).resolved(settings.data_dir.absolute())
    with open_key(name, asking(settings)) as key:
        speed = measure_key(key, threads=threads, seconds=seconds)
    if as_json:
        sys.stdout.write(json.dumps({"key": str(name), **speed.to_json()}) + "\n")
        return
    typer.echo(
        f"{speed.suite}: {speed.per_second:,.0f} signatures/s with {threads} threads, "
        f"median {speed.median_milliseconds:.2f} ms"
    )
