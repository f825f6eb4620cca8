"""Statements compiled once and run on the driver's own cursor.

SQLAlchemy looks a statement up, builds parameters and wraps the result anew at every execution;
on the issuing path that took longer than SQLite itself. The statement is still written, and its
types converted, by SQLAlchemy: only the way between is walked once instead of every time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.sql.elements import CompilerElement

from licenses.database import driver_cursor

__all__ = ["Prepared"]

Convert = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement for one dialect: its text, its parameters in order, conversions in and out."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]
    into: tuple[Convert, ...]
    out_of: tuple[Convert, ...]
    is_positional: bool

    def arguments(self, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        found = [values[name] if name in values else self.constants[name] for name in self.names]
        given = [
            value if convert is None else convert(value)
            for convert, value in zip(self.into, found, strict=True)
        ]
        return given if self.is_positional else dict(zip(self.names, given, strict=True))


@dataclass(slots=True)
class Prepared:
    """One statement. Its values are named as its bind parameters and columns are."""

    statement: Executable
    _compiled: dict[tuple[str, frozenset[str]], _Compiled] = field(default_factory=dict)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return all rows, converted as the columns' types say."""
        compiled = self._for(connection, values)
        cursor = driver_cursor(connection)
        try:
            cursor.execute(compiled.text, compiled.arguments(values))
            return [
                tuple(
                    value if convert is None else convert(value)
                    for convert, value in zip(compiled.out_of, row, strict=True)
                )
                for row in cursor.fetchall()
            ]
        finally:
            cursor.close()

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run a statement without rows; return how many it touched."""
        compiled = self._for(connection, values)
        cursor = driver_cursor(connection)
        try:
            cursor.execute(compiled.text, compiled.arguments(values))
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def _for(self, connection: Connection, values: Mapping[str, Any]) -> _Compiled:
        key = connection.dialect.name, frozenset(values)
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = _compile(self.statement, connection.dialect, values)
        return found


def _compile(statement: Executable, dialect: Dialect, values: Mapping[str, Any]) -> _Compiled:
    assert isinstance(statement, CompilerElement)  # noqa: S101 - ours all are
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(values))
    names = tuple(compiled.positiontup or compiled.binds)
    columns = getattr(statement, "exported_columns", ())
    return _Compiled(
        text=str(compiled),
        names=names,
        constants={name: one.value for name, one in compiled.binds.items() if not one.required},
        into=tuple(_bind(compiled.binds[name].type, dialect) for name in names),
        out_of=tuple(_result(column.type, dialect) for column in columns),
        is_positional=compiled.positiontup is not None,
    )


def _bind(kind: Any, dialect: Dialect) -> Convert:  # noqa: ANN401 - a type of any column
    return kind.dialect_impl(dialect).bind_processor(dialect)  # type: ignore[no-any-return]


def _result(kind: Any, dialect: Dialect) -> Convert:  # noqa: ANN401 - a type of any column
    return kind.dialect_impl(dialect).result_processor(dialect, None)  # type: ignore[no-any-return]
