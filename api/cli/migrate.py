"""`qianyin migrate`: bring the database to this version."""

import typer

from api.cli.options import DataOption, settings_for
from api.migrating import revision_of, upgrade
from licenses.database import open_database

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migrate")(migrate)


def migrate(data: DataOption = None) -> None:
    """Run all missing migrations. 升级数据库。

    Example: `qianyin migrate`
    """
    settings = settings_for(data)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.resolved_database_url)
    before = revision_of(engine)
    upgrade(engine)
    typer.echo(f"{before or 'empty'} → {revision_of(engine)}")
