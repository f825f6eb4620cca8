"""The database: how it is opened, and the kinds of transaction there are."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from licenses.errors import RegisterUnavailable

# Milliseconds a writer waits for its turn; the whole of a write takes well under one.
BUSY_TIMEOUT = 10_000
# Pages of 4096 bytes in the write-ahead log before it is folded into the database (16 MB):
# SQLite's own 1000 would fold every 40 licences.
WAL_PAGES = 4_000
# "qianyin" in ASCII, as a number: the one lock all our PostgreSQL writers queue at.
POSTGRES_WRITER_LOCK = 0x7169616E79696E

_MODE = "qianyin_mode"
_READ, _WRITE, _WRITE_SOON = "read", "write", "write_soon"
_SYNCHRONOUS = {_WRITE: "FULL", _WRITE_SOON: "NORMAL"}


def open_database(url: str) -> Engine:
    """Return the engine for a URL such as `sqlite:////var/lib/qianyin/qianyin.db`.

    SQLite is put into WAL mode with foreign keys on. A process opens its own engine: one that
    was inherited through fork() must not be used.
    """
    # An error that quotes a statement is logged: names of holders must not be in it.
    engine = create_engine(make_url(url), json_serializer=_compact_json, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


class WritesTogether:
    """Several writes in one transaction: each is kept or undone alone; the database fails all."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        """The transaction of `connection` is open; whoever opened it ends it."""
        self._engine, self._connection = engine, connection
        self._failure: RegisterUnavailable | None = None

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """Run one of the writes; raises what the block raises, and `RegisterUnavailable`."""
        self.require_whole()
        try:
            with _told_as_unavailable(self._engine), _kept_or_undone(self._connection):
                yield self._connection
        except RegisterUnavailable as failure:
            self._failure = failure  # SQLite may have rolled back everything by itself
            raise

    def require_whole(self) -> None:
        """Raise `RegisterUnavailable` where the database failed in one of the writes."""
        if self._failure is not None:
            raise RegisterUnavailable(str(self._failure)) from self._failure


Database = Engine | WritesTogether
"""Where a write session opens: by itself, or as one of several in a transaction."""


@contextmanager
def writes_together(engine: Engine) -> Iterator[WritesTogether]:
    """Open one durable transaction for several writes; they are on the disk when this returns.

    Raises `RegisterUnavailable` where the database failed; then none of them is kept.
    """
    with write_session(engine) as connection:
        together = WritesTogether(engine, connection)
        yield together
        together.require_whole()


@contextmanager
def write_session(database: Database, *, durable: bool = True) -> Iterator[Connection]:
    """Run one writing transaction: commit at the end, roll back on any exception.

    Writers take turns from the first statement on (BEGIN IMMEDIATE; an advisory lock on
    PostgreSQL), so that what is read inside stays true until the commit and two processes can
    never deadlock while upgrading a read to a write.

    A durable transaction is on the disk before this returns: a power cut after it loses nothing,
    which the intent before a key is touched and the word "issued" both need. One that is not
    (`durable=False`) survives the death of the process, and of the machine from the next durable
    one on, for the log is written in order; it costs no fsync. As one of several, a write is on
    the disk when the transaction they share ends.
    """
    if isinstance(database, WritesTogether):
        with database.one() as connection:
            yield connection
        return
    with _transaction(database, _WRITE if durable else _WRITE_SOON) as connection:
        yield connection


@contextmanager
def read_session(engine: Engine) -> Iterator[Connection]:
    """Run statements that only read, all against one state of the database."""
    with _transaction(engine, _READ) as connection:
        yield connection


@contextmanager
def _transaction(engine: Engine, mode: str) -> Iterator[Connection]:
    with (
        _told_as_unavailable(engine),
        engine.connect() as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "sqlite":
            _begin_sqlite(connection, mode)
        else:
            _begin_postgresql(connection, mode)
        yield connection


@contextmanager
def _kept_or_undone(connection: Connection) -> Iterator[None]:
    _say(connection, "SAVEPOINT one")
    try:
        yield
    except BaseException as error:
        _undo(connection, error)
        raise
    _say(connection, "RELEASE SAVEPOINT one")


def _undo(connection: Connection, error: BaseException) -> None:
    driver = connection.dialect.loaded_dbapi
    try:
        _say(connection, "ROLLBACK TO SAVEPOINT one")
        _say(connection, "RELEASE SAVEPOINT one")
    except (SQLAlchemyError, driver.Error) as gone:
        if isinstance(error, (OperationalError, driver.OperationalError)):
            return  # the transaction went with it, and it says why
        raise RegisterUnavailable("the database lost the transaction") from gone


@contextmanager
def _told_as_unavailable(engine: Engine) -> Iterator[None]:
    try:
        yield
    except OperationalError as e:
        raise RegisterUnavailable(f"the database does not answer: {e.orig}") from e
    except engine.dialect.loaded_dbapi.OperationalError as e:
        raise RegisterUnavailable(f"the database does not answer: {e}") from e
    except PoolExhausted as e:
        raise RegisterUnavailable("all connections to the database are in use") from e


_compact_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # we say where transactions begin, not sqlite3
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"wal_autocheckpoint = {WAL_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection, mode: str) -> None:
    if mode == _READ:
        _say(connection, "BEGIN")
        return
    if connection.info.get(_MODE) != mode:
        _say(connection, f"PRAGMA synchronous = {_SYNCHRONOUS[mode]}")
        connection.info[_MODE] = mode
    _say(connection, "BEGIN IMMEDIATE")


def driver_cursor(connection: Connection) -> Any:  # noqa: ANN401 - a driver's cursor
    """Return a cursor of the driver itself: SQLAlchemy's own way takes longer than a whole write.

    Whoever asks closes it.
    """
    driver = connection.connection.dbapi_connection
    assert driver is not None  # noqa: S101 - the connection is open
    return driver.cursor()


def _say(connection: Connection, statement: str) -> None:
    cursor = driver_cursor(connection)
    cursor.execute(statement)
    cursor.close()


def _begin_postgresql(connection: Connection, mode: str) -> None:
    if mode == _READ:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return
    if mode == _WRITE_SOON:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({POSTGRES_WRITER_LOCK})")
