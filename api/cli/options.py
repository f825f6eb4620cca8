"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from api.settings import Settings

__all__ = ["DataOption", "settings_for"]

DataOption = Annotated[
    Path | None,
    typer.Option(help="The deployment's folder; else QIANYIN_DATA_DIR, else ./var. 部署目录"),
]


def settings_for(data: Path | None) -> Settings:
    """Return the deployment's settings; an explicit folder wins over the environment."""
    return Settings() if data is None else Settings(data_dir=data)
