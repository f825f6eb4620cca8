import re
import sqlite3
from multiprocessing import get_context

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import LargeBinary, inspect, text

from api.migrating import downgrade, is_current, revision_of, upgrade
from licenses.database import open_database, read_session, write_session
from licenses.models import METADATA
from licenses.register import Register
from tests.fakes.registers import empty_database, grant_demo, issue


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'migrated.db'}")
    yield engine
    engine.dispose()


def schema(engine):
    """Everything SQLite knows of its tables, in its own words but in no order."""
    with read_session(engine) as connection:
        rows = connection.execute(
            text("SELECT type, name, sql FROM sqlite_master WHERE name != 'alembic_version'")
        )
        return {
            (kind, name): sorted(clause.strip(' "\n\t') for clause in re.split("[,()]", sql or ""))
            for kind, name, sql in rows
            if not name.startswith("sqlite_autoindex_alembic")
        }


def test_the_migrated_tables_are_those_of_the_models(engine, tmp_path):
    upgrade(engine)
    with read_session(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    modelled = empty_database(tmp_path)
    assert schema(engine) == schema(modelled)
    modelled.dispose()


def test_up_and_down_and_up_again(engine):
    upgrade(engine)
    first = schema(engine)
    downgrade(engine, "base")
    assert schema(engine) == {}
    assert revision_of(engine) is None
    upgrade(engine)
    assert schema(engine) == first


def test_a_database_says_whether_it_is_current(engine):
    assert not is_current(engine)
    upgrade(engine)
    assert is_current(engine)
    assert revision_of(engine) == "0004"


def test_upgrading_a_current_database_keeps_what_is_in_it(engine):
    upgrade(engine)
    grant_demo(engine)
    record = issue(Register(engine))
    upgrade(engine)
    assert Register(engine).find(record.identifier) == record


def test_a_downgrade_works_on_tables_that_are_full(engine):
    upgrade(engine)
    grant_demo(engine)
    issue(Register(engine))
    downgrade(engine, "base")
    assert revision_of(engine) is None


def test_a_migration_that_fails_halfway_changes_nothing(engine, monkeypatch):
    with write_session(engine) as connection:
        connection.execute(text("CREATE TABLE client_secret (in_the TEXT)"))
    before = schema(engine)
    with pytest.raises(Exception, match="client_secret already exists"):
        upgrade(engine)
    assert schema(engine) == before
    assert revision_of(engine) is None


def _upgrade(url):
    upgrade(open_database(url))


@pytest.mark.slow
def test_two_processes_may_upgrade_at_once(engine):
    spawn = get_context("spawn")
    processes = [spawn.Process(target=_upgrade, args=(str(engine.url),)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert is_current(engine)


def test_no_column_can_hold_a_private_key(engine):
    """Only a client's salt and hash are binary; no name speaks of a key but for idempotency."""
    upgrade(engine)
    inspector = inspect(engine)
    columns = {
        (table, column["name"]): column["type"]
        for table in inspector.get_table_names()
        for column in inspector.get_columns(table)
    }
    binary = {name for name, kind in columns.items() if isinstance(kind, LargeBinary)}
    assert binary == {("client_secret", "salt"), ("client_secret", "hash")}
    words = ("private", "pem", "pkcs", "pin", "password", "key")
    suspicious = {name for name in columns if any(word in name[1] for word in words)}
    assert suspicious == {("license", "idempotency_key")}


def test_an_issued_licence_leaves_no_pem_in_the_database(engine):
    upgrade(engine)
    grant_demo(engine)
    issue(Register(engine))
    path = engine.url.database
    engine.dispose()
    with sqlite3.connect(path) as connection:
        dump = "\n".join(connection.iterdump())
    assert "animal-clinic" in dump
    assert "-----BEGIN" not in dump
    assert "PRIVATE KEY" not in dump
