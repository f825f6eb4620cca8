"""Bringing a database to the tables this version of the program wants."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from api.errors import BadSettings
from api.settings import Environment, Settings
from licenses.database import open_database, read_session, write_session

__all__ = ["downgrade", "is_current", "open_current", "revision_of", "upgrade"]

_MIGRATIONS = Path(__file__).with_name("migrations")


def open_current(settings: Settings) -> Engine:
    """Open the deployment's database with this version's tables.

    In production nothing is migrated by the way: an old database is `BadSettings`.
    """
    engine = open_database(settings.resolved_database_url)
    if settings.environment is not Environment.PRODUCTION:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        upgrade(engine)
    elif not is_current(engine):
        raise BadSettings("the database is not at this version: run qianyin migrate")
    return engine


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run all missing migrations in one transaction; a database that is current is left alone."""
    with write_session(engine) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Go back to a revision (`base`: no tables at all), losing what the later ones kept."""
    with write_session(engine) as connection:
        command.downgrade(_config(connection), revision)


def revision_of(engine: Engine) -> str | None:
    """Return the revision the database is at, None for an empty one."""
    with read_session(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(engine: Engine) -> bool:
    """Say whether the database has every migration of this version, for `/readyz`."""
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    return revision_of(engine) == head


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
