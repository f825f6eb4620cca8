"""`qianyin key serve`: let callers in other zones use keys that stay here."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, settings_for

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the group `key`."""
    app.command("serve")(serve)


def serve(
    service: Annotated[Path, typer.Option(help="Who may use which key: a TOML file.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the key service.")] = 8443,
    data: DataOption = None,
) -> None:
    """Sign for callers elsewhere with keys of keys.toml: mutual TLS, signed requests. 密钥服务。

    Example: `qianyin key serve --service zone/callers.toml --host 10.0.0.5 --port 8443`
    """
    # Loaded here: no other command needs it.
    from api.key_service.running import run  # noqa: PLC0415
    from api.key_service.service_file import ServiceFile  # noqa: PLC0415

    run(settings_for(data), ServiceFile.read(service), host=host, port=port)
