"""SQLite: a table made again as its CREATE TABLE once said, with the rows that it has now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.database.sqlite.ddl import column_texts
from schemaguard.database.sqlite.lexer import closing, tokens
from schemaguard.journal.constraint_values import Unreadable
from schemaguard.journal.inverse_operations import Rebuild
from schemaguard.schema.objects import Table
from schemaguard.schema.text import literal

ASIDE = "schemaguard_undo"
OPTIONS = frozenset({"without", "rowid", "strict", ","})
HANGING = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s AND type <> 'table' AND sql IS NOT NULL"


def refuse_another(operation: Rebuild) -> None:
    """Raises Unreadable where the definition is anything but one CREATE TABLE of that very table."""
    found = tokens(operation.definition)
    end = closing(found, 3)
    heads = [token.word for token in found[:2]], [token.word for token in found[3:4]]
    if heads != (["create", "table"], ["("]) or found[2].name.lower() != operation.table.lower() or end == len(found):
        raise Unreadable(f"the definition of {operation.table} is none")
    if not all(token.word in OPTIONS for token in found[end + 1 :]):
        raise Unreadable(f"the definition of {operation.table} says more than that")


def gone_columns(operation: Rebuild, table: Table) -> Iterator[tuple[str, str | None]]:
    """The columns that the table has and will not have, each with what a reconcile itself put there."""
    kept = {column.lower() for column in column_texts(operation.definition)}
    filled = dict(operation.filled)
    for column in table.columns.values():
        if column.name.lower() not in kept and column.generated is None:
            yield column.name, filled.get(column.name)


def rebuild(connection: BaseDatabaseWrapper, operation: Rebuild) -> list[str]:
    """Returns the statements. Raises Unreadable where the rows do not fit into the table that was."""
    done: list[str] = []

    def run(sql: str, *params: str) -> list[Any]:
        if not params:
            done.append(sql)
        with connection.cursor() as cursor:
            cursor.execute(sql, params or None)
            return list(cursor.fetchall()) if cursor.description else []

    table, aside = connection.ops.quote_name(operation.table), connection.ops.quote_name(ASIDE)
    hanging = run(HANGING, operation.table)
    with _names_left_alone(run):
        for kind, name, _ in hanging:
            run(f"DROP {kind.upper()} {connection.ops.quote_name(name)}")
        run(f"ALTER TABLE {table} RENAME TO {aside}")
        run(operation.definition)
        names = _shared(connection, operation.table)
        columns = ", ".join(map(connection.ops.quote_name, names))
        run(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {aside}")
        if _count(connection, operation.table) != _count(connection, ASIDE):
            raise Unreadable(f"{operation.table} as it was does not take all rows")
        if "autoincrement" in {token.word for token in tokens(operation.definition)}:
            name = literal(operation.table)
            run(f"DELETE FROM sqlite_sequence WHERE name = {name}")
            run(f"UPDATE sqlite_sequence SET name = {name} WHERE name = '{ASIDE}'")
        run(f"DROP TABLE {aside}")
    for _, _, sql in hanging:
        run(sql)
    return done


@contextmanager
def _names_left_alone(run: Any) -> Iterator[None]:
    """The old way of renaming leaves alone what other tables say of this one."""
    run("PRAGMA legacy_alter_table = ON")
    try:
        yield
    finally:
        with suppress(Error):
            run("PRAGMA legacy_alter_table = OFF")


def _shared(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """The columns to copy: all of the new table that are not worked out. Raises Unreadable where a type is another."""
    new, old = (_types(connection, name) for name in (table, ASIDE))
    if any(old.get(column) != kind for column, kind in new.items()):
        raise Unreadable(f"{table} was another table")
    return list(new)


def _types(connection: BaseDatabaseWrapper, table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, upper(type) FROM pragma_table_xinfo(%s) WHERE hidden = 0", [table])
        return dict(cursor.fetchall())


def _count(connection: BaseDatabaseWrapper, table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
        (number,) = cursor.fetchone()
    return int(number)
