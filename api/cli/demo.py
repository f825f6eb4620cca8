"""`qianyin demo`: a deployment with everything in it, to look at and to try."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from api.cli.options import settings_for
from api.demo.making import make_demo
from api.demo.table import show_table

__all__ = ["register"]

NOT_AS_EXPECTED = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    data: Annotated[Path, typer.Option(help="The demo's folder; reused when it exists.")],
    once: Annotated[bool, typer.Option("--once", help="Make, verify, print, and end.")] = False,
    port: Annotated[int, typer.Option(help="Where it serves.")] = 8000,
) -> None:
    """Make the demo: certificates, a seal, a licence of every type, forgeries. 演示。

    Example: `qianyin demo --data var --port 8000`
    """
    settings = settings_for(data, public_base_url=f"http://127.0.0.1:{port}")
    console = Console()
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console) as progress:
        task = progress.add_task("")
        results = make_demo(settings, tell=lambda text: progress.update(task, description=text))
    show_table(console, results, data)
    if not all(one.is_as_expected for one in results):
        raise typer.Exit(NOT_AS_EXPECTED)
    if not once:
        console.print(f"\n打开 open  [link]http://127.0.0.1:{port}/[/link]   (Ctrl-C 结束 to stop)")
        # Loaded here: every other command starts without the web framework.
        from api.serving import run  # noqa: PLC0415

        run(settings, host="127.0.0.1", port=port)
