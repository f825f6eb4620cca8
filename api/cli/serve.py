"""`qianyin serve`: the HTTP service."""

from typing import Annotated

import typer

from api.cli.options import DataOption, settings_for

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the public site and API.")] = 8000,
    data: DataOption = None,
) -> None:
    """Serve the API and the public page. 启动服务。

    Example: `qianyin serve --port 8000`
    """
    # Loaded here: every other command starts without the web framework.
    from api.serving import run  # noqa: PLC0415

    run(settings_for(data), host=host, port=port)
