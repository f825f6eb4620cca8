"""The register on PostgreSQL: a server of this test's own, or QIANYIN_TEST_POSTGRESQL.

That names an empty database (postgresql+psycopg://user@/database?host=/run/postgresql); everything
in its `public` schema that has our names is dropped afterwards.
"""

import multiprocessing
import os

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.migrating import downgrade, is_current, upgrade
from licenses.audit import verify_chain
from licenses.clients import Clients
from licenses.database import open_database, read_session, write_session
from licenses.errors import BadLicenseType, ClientExists, IllegalTransition
from licenses.models import METADATA
from licenses.register import Register
from tests.fakes.postgresql import postgresql
from tests.fakes.registers import NOW, complete, grant_demo, intend, issue, number, reserve

GIVEN = os.environ.get("QIANYIN_TEST_POSTGRESQL", "")

pytestmark = pytest.mark.judge


@pytest.fixture(scope="module")
def url():
    if GIVEN:
        yield GIVEN
        return
    with postgresql() as started:
        if started is None:
            pytest.skip("PostgreSQL (Debian's postgresql) is not installed")
        yield started


@pytest.fixture
def engine(url):
    engine = open_database(url)
    upgrade(engine)
    grant_demo(engine)
    yield engine
    downgrade(engine, "base")
    engine.dispose()


@pytest.fixture
def register(engine):
    return Register(engine)


def test_the_migrated_tables_are_those_of_the_models(engine):
    assert is_current(engine)
    with read_session(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_licence_comes_back_as_it_was_written(register):
    record = issue(register)
    assert register.find(record.identifier) == record
    register.suspend(record.identifier, reason="inspection", by="official", now=NOW)
    assert register.resume(record.identifier, by="official", now=NOW) == record


def test_a_name_or_a_number_taken_is_refused(register, engine):
    reserve(register, "a")
    with pytest.raises(BadLicenseType):
        reserve(register, "b", number_for=lambda _: number(1))
    clients = Clients(engine)
    secret = clients.add("approvals", frozenset({"licenses:read"}), by="cli:root", now=NOW)
    with pytest.raises(ClientExists):
        clients.add("approvals", frozenset(), by="cli:root", now=NOW)
    assert clients.authenticate("approvals", secret, now=NOW).name == "approvals"


def test_writes_together_are_kept_or_undone_one_by_one(register, engine):
    with register.together() as verbs:
        first = reserve(verbs, "a")
        with pytest.raises(BadLicenseType):
            reserve(verbs, "b", number_for=lambda _: number(1))
        third = reserve(verbs, "c")
        intend(verbs, first)
    assert {one.number for one in register.page().records} == {first.number, third.number}
    assert len(register.history(first.identifier)) == 1
    with read_session(engine) as connection:
        verify_chain(connection)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry CASCADE",
    ],
)
def test_the_database_refuses_to_change_the_trail(register, engine, statement):
    issue(register)
    with pytest.raises(DBAPIError, match="append-only"), write_session(engine) as connection:
        connection.execute(text(statement))


def test_a_reader_cannot_write(engine):
    with pytest.raises(DBAPIError, match="read-only"), read_session(engine) as connection:
        connection.execute(text("DELETE FROM license"))


def _issue_all(url, worker):
    register = Register(open_database(url))
    for n in range(50):
        record = reserve(register, f"k-{n}")
        try:
            intend(register, record)
            complete(register, record, f"{n:060x}{worker:04x}")
        except IllegalTransition:
            continue


@pytest.mark.slow
def test_two_processes_issue_each_licence_exactly_once(register, engine, url):
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_issue_all, args=(url, worker)) for worker in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    records = register.page().records
    assert sorted(record.sequence for record in records) == list(range(1, 51))
    assert register.abandoned(before=NOW.replace(year=2100)) == ()
    with read_session(engine) as connection:
        assert verify_chain(connection).sequence >= 100
