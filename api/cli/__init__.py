"""The command `qianyin`: one file a command, put together in `main`."""

from api.cli.main import main

__all__ = ["main"]
