import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

import licenses.database as database
from licenses.columns import UtcDateTime
from licenses.database import open_database, read_session, write_session, writes_together
from licenses.errors import BadLicenseType, RegisterUnavailable


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'q.db'}")
    with write_session(engine) as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY, other REFERENCES t (n))"))
    yield engine
    engine.dispose()


def count(engine):
    with read_session(engine) as connection:
        return connection.execute(text("SELECT count(*) FROM t")).scalar_one()


def add(connection, n):
    connection.execute(text("INSERT INTO t (n) VALUES (:n)"), {"n": n})


def pragma(connection, name):
    return connection.execute(text(f"PRAGMA {name}")).scalar_one()


def test_the_database_is_opened_with_a_log_and_foreign_keys(engine):
    with read_session(engine) as connection:
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "foreign_keys") == 1
        assert pragma(connection, "busy_timeout") == database.BUSY_TIMEOUT
    with pytest.raises(IntegrityError), write_session(engine) as connection:
        connection.execute(text("INSERT INTO t VALUES (1, 99)"))


def test_a_durable_write_is_flushed_and_the_other_kind_is_not(engine):
    full, normal = 2, 1
    for durable, expected in ((True, full), (False, normal), (True, full), (False, normal)):
        with write_session(engine, durable=durable) as connection:
            assert pragma(connection, "synchronous") == expected


def test_a_write_is_durable_unless_said_otherwise(engine):
    with write_session(engine, durable=False):
        pass
    with write_session(engine) as connection:
        assert pragma(connection, "synchronous") == 2


def test_an_exception_undoes_the_whole_transaction(engine):
    def add_and_fail():
        with write_session(engine) as connection:
            add(connection, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    assert count(engine) == 0


def numbers(engine):
    with read_session(engine) as connection:
        return list(connection.execute(text("SELECT n FROM t ORDER BY n")).scalars())


def write_one(together, n, error=None):
    with write_session(together, durable=False) as connection:
        add(connection, n)
        if error is not None:
            raise error


def test_writes_together_are_kept_or_undone_one_by_one(engine):
    with writes_together(engine) as together:
        write_one(together, 1)
        for undone in (BadLicenseType("refused"), ZeroDivisionError(), KeyboardInterrupt()):
            with pytest.raises(type(undone)):
                write_one(together, 2, undone)
        write_one(together, 3)
        assert numbers(engine) == [], "nobody else sees them before they end"
    assert numbers(engine) == [1, 3]


def test_an_error_does_not_quote_what_was_to_be_written(engine):
    with pytest.raises(IntegrityError) as caught, write_session(engine) as connection:
        connection.execute(text("INSERT INTO t VALUES (1, :other)"), {"other": "张示例"})
    assert "INSERT" in str(caught.value)
    assert "张示例" not in str(caught.value)


def test_writes_together_are_durable(engine):
    with writes_together(engine) as together, write_session(together) as connection:
        assert pragma(connection, "synchronous") == 2


def test_an_exception_between_writes_together_undoes_them_all(engine):
    def write_and_fail():
        with writes_together(engine) as together:
            write_one(together, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert numbers(engine) == []


def test_a_database_that_fails_in_one_write_fails_them_all(engine):
    def write_while_it_fails():
        with writes_together(engine) as together:
            write_one(together, 1)
            with pytest.raises(RegisterUnavailable, match="disk is full"):
                write_one(together, 2, sqlite3.OperationalError("disk is full"))
            with pytest.raises(RegisterUnavailable, match="disk is full"):
                write_one(together, 3)

    with pytest.raises(RegisterUnavailable, match="disk is full"):
        write_while_it_fails()
    assert numbers(engine) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (None, "no such savepoint"),
        (BadLicenseType("refused"), "lost the transaction"),
        (sqlite3.OperationalError("disk is full"), "disk is full"),
    ],
)
def test_a_database_that_rolled_back_by_itself_keeps_nothing_of_the_rest(engine, error, said):
    # As SQLite does by itself when a disk is full; what comes next would be in no transaction.
    def write_one_and_lose_all(together):
        with write_session(together) as connection:
            add(connection, 2)
            connection.connection.dbapi_connection.execute("ROLLBACK")
            if error is not None:
                raise error

    def write_and_lose_all():
        with writes_together(engine) as together:
            write_one(together, 1)
            with pytest.raises(RegisterUnavailable, match=said):
                write_one_and_lose_all(together)
            with pytest.raises(RegisterUnavailable, match=said):
                write_one(together, 3)

    with pytest.raises(RegisterUnavailable, match=said):
        write_and_lose_all()
    assert numbers(engine) == []


def test_a_reader_sees_one_state_while_others_write(engine):
    with read_session(engine) as reader:
        before = reader.execute(text("SELECT count(*) FROM t")).scalar_one()
        with write_session(engine) as writer:
            add(writer, 1)
        assert reader.execute(text("SELECT count(*) FROM t")).scalar_one() == before
    assert count(engine) == before + 1


def test_writers_take_turns_so_that_what_was_read_stays_true(engine):
    def add_one():
        with write_session(engine, durable=False) as connection:
            n = connection.execute(text("SELECT coalesce(max(n), 0) FROM t")).scalar_one()
            add(connection, n + 1)

    threads = [Thread(target=lambda: [add_one() for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(engine) == 80


def test_a_database_that_stays_busy_is_said_to_be_unavailable(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 20)
    engine = open_database(f"sqlite:///{tmp_path / 'q.db'}")
    with write_session(engine) as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    hog = sqlite3.connect(tmp_path / "q.db", isolation_level=None)
    hog.execute("BEGIN IMMEDIATE")
    with (
        pytest.raises(RegisterUnavailable, match="database is locked"),
        write_session(engine) as connection,
    ):
        add(connection, 1)
    hog.execute("ROLLBACK")
    with write_session(engine) as connection:
        add(connection, 1)
    assert count(engine) == 1


def test_a_database_that_cannot_be_opened_is_said_to_be_unavailable(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path}/nowhere/q.db")
    with pytest.raises(RegisterUnavailable), read_session(engine):
        pass


MOMENTS = Table("moments", MetaData(), Column("at", UtcDateTime, nullable=True))


@pytest.fixture
def moments(engine):
    with write_session(engine) as connection:
        MOMENTS.create(connection)
    return engine


@pytest.mark.parametrize(
    "moment",
    [
        None,
        datetime(2026, 3, 5, 4, 30, 1, 234567, tzinfo=UTC),
        datetime(2026, 3, 5, 4, 30, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(moments, moment):
    with write_session(moments) as connection:
        connection.execute(insert(MOMENTS), {"at": moment})
        back = connection.execute(select(MOMENTS.c.at)).scalar_one()
    assert back == moment
    assert moment is None or back.tzinfo is UTC


def test_a_moment_without_a_zone_is_not_stored(moments):
    with pytest.raises(StatementError, match="aware"), write_session(moments) as connection:
        connection.execute(insert(MOMENTS), {"at": datetime(2026, 3, 5)})


def test_a_database_that_knows_zones_may_answer_in_any(moments):
    peking = timezone(timedelta(hours=8))
    answer = datetime(2026, 3, 5, 12, tzinfo=peking)
    read = UtcDateTime().process_result_value(answer, moments.dialect)
    assert read == answer
    assert read.tzinfo is UTC


def test_a_database_whose_connections_are_all_in_use_is_said_to_be_unavailable(tmp_path):
    engine = create_engine(
        f"sqlite:///{tmp_path / 'q.db'}", pool_size=1, max_overflow=0, pool_timeout=0.01
    )
    with engine.connect(), pytest.raises(RegisterUnavailable, match="in use"), read_session(engine):
        pass


class ListeningConnection:
    """Hears what is said to a PostgreSQL server at the beginning of a transaction."""

    def __init__(self):
        self.heard = []

    def exec_driver_sql(self, statement):
        self.heard.append(statement)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (database._READ, ["READ ONLY"]),
        (database._WRITE, ["pg_advisory_xact_lock"]),
        (database._WRITE_SOON, ["synchronous_commit = off", "pg_advisory_xact_lock"]),
    ],
)
def test_postgresql_is_told_the_same_three_things(mode, words):
    connection = ListeningConnection()
    database._begin_postgresql(connection, mode)
    assert len(connection.heard) == len(words)
    assert all(word in said for word, said in zip(words, connection.heard, strict=True))
