"""SQLite: makes a table again by its old CREATE TABLE, with the rows that it has now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.database.sqlite.ddl import column_texts
from schemaguard.database.sqlite.lexer import closing, tokens
from schemaguard.journal.constraint_values import Unreadable
from schemaguard.operations.perform.table_rebuild import TableRebuild, hanging, names_left_alone
from schemaguard.schema.text import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.journal.inverse_operations import Rebuild
    from schemaguard.schema.objects import Table

ASIDE = "schemaguard_undo"
OPTIONS = frozenset({"without", "rowid", "strict", ","})


def refuse_another(operation: Rebuild) -> None:
    """Raises Unreadable where the definition is anything but one CREATE TABLE of that table."""
    found = tokens(operation.definition)
    end = closing(found, 3)
    heads = [token.word for token in found[:2]], [token.word for token in found[3:4]]
    if heads != (["create", "table"], ["("]) or found[2].name.lower() != operation.table.lower() or end == len(found):
        raise Unreadable(f"the definition of {operation.table} is none")
    if not all(token.word in OPTIONS for token in found[end + 1 :]):
        raise Unreadable(f"the definition of {operation.table} says more than that")


def gone_columns(operation: Rebuild, table: Table) -> Iterator[tuple[str, str | None]]:
    """The columns that the table will no longer have, each with the value that a reconcile itself put there."""
    kept = {column.lower() for column in column_texts(operation.definition)}
    filled = dict(operation.filled)
    for column in table.columns.values():
        if column.name.lower() not in kept and column.generated is None:
            yield column.name, filled.get(column.name)


def rebuild(connection: BaseDatabaseWrapper, operation: Rebuild) -> list[str]:
    """Returns the statements. Raises Unreadable where the rows do not fit into the old table."""
    done: list[str] = []

    def run(sql: str) -> None:
        done.append(sql)
        with connection.cursor() as cursor:
            cursor.execute(sql)

    quote = connection.ops.quote_name
    things = [each for each in hanging(connection) if each.table == operation.table]
    steps = TableRebuild(table=operation.table, other_name=ASIDE, create=operation.definition, old_aside=True)
    with names_left_alone(run):
        for each in things:
            run(each.drop(quote))
        for sql, _ in steps.making(quote):
            run(sql)
        for sql in steps.copying({name: quote(name) for name in _shared(connection, operation.table)}, quote):
            run(sql)
        if _count(connection, operation.table) != _count(connection, ASIDE):
            raise Unreadable(f"{operation.table} as it was does not take all rows")
        if "autoincrement" in {token.word for token in tokens(operation.definition)}:
            name = literal(operation.table)
            run(f"DELETE FROM sqlite_sequence WHERE name = {name}")
            run(f"UPDATE sqlite_sequence SET name = {name} WHERE name = '{ASIDE}'")
        for sql in steps.settling(quote):
            run(sql)
    for each in things:
        run(each.sql)
    return done


def _shared(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """The columns to copy: all of the new table but generated ones. Raises Unreadable where a type is another."""
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
