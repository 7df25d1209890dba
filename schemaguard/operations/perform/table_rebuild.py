"""SQLite: a table made anew with its rows, and what hangs on it.

A push and an undo follow the procedure here (sqlite.org/lang_altertable.html). In a plan Django's own editor makes the
table (`remaking`). What hangs on it is kept in the same way.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import Error, transaction

from schemaguard.database.sqlite.renaming import over_renamed_columns
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.spelling import Quote

HANGING = """
    SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL ORDER BY rowid
"""


@dataclass(frozen=True, slots=True)
class Hanging:
    """A row of sqlite_master that is no table: an index, a trigger or a view."""

    kind: Kind
    name: str
    table: str
    sql: str

    def stands_aside(self, table: str, gone: Collection[str]) -> bool:
        """Whether it reads one of those that are gone, and does not go with the table."""
        is_of_another = self.table != table and self.kind in (Kind.VIEW, Kind.TRIGGER)
        return is_of_another and any(name.lower() in self.sql.lower() for name in gone)

    def with_columns(self, table: str, names: Mapping[str, str]) -> Hanging:
        """The same, where columns of this table get other names: old → new."""
        is_on_it = self.table == table and self.kind is not Kind.VIEW
        return replace(self, sql=over_renamed_columns(self.sql, names)) if names and is_on_it else self

    def drop(self, quote: Quote) -> str:
        return f"DROP {self.kind.words.upper()} {quote(self.name)}"


def standing_aside(hanging: Iterable[Hanging], table: str) -> list[Hanging]:
    """What has to go while a table does: SQLite fails over a view or a trigger that reads what is gone.

    That is the table, or a view that goes itself. Those that read another one come after it.
    """
    found: list[Hanging] = []
    rest = list(hanging)
    gone = [table]
    while gone:
        more = [each for each in rest if each.stands_aside(table, gone)]
        rest = [each for each in rest if each not in more]
        found += more
        gone = [each.name for each in more if each.kind is Kind.VIEW]
    return found


def hanging(connection: BaseDatabaseWrapper) -> list[Hanging]:
    with connection.cursor() as cursor:
        cursor.execute(HANGING)
        return [Hanging(Kind(word), *row) for word, *row in cursor.fetchall()]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRebuild:
    """For a moment there are two tables. One is called `other_name`: the new one, or with `old_aside` the old one.

    `create` is the whole CREATE TABLE of the new one, `params` are its parameters. The three methods give statements
    that follow each other.
    """

    table: str
    other_name: str
    create: str
    params: tuple[Any, ...] = ()
    old_aside: bool = False

    def making(self, quote: Quote) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """(statement, parameters). Afterwards both tables are there."""
        if self.old_aside:
            yield f"ALTER TABLE {quote(self.table)} RENAME TO {quote(self.other_name)}", ()
        yield self.create, self.params

    def copying(self, filled: Mapping[str, str], quote: Quote) -> Iterator[str]:
        """`filled`: by column of the new table, the expression that fills it."""
        tables = quote(self.table), quote(self.other_name)
        new, old = tables if self.old_aside else reversed(tables)
        if filled:
            names = ", ".join(map(quote, filled))
            yield f"INSERT INTO {new} ({names}) SELECT {', '.join(filled.values())} FROM {old}"

    def settling(self, quote: Quote) -> Iterator[str]:
        """The statements after which the new table alone is there, under its own name."""
        table, other = quote(self.table), quote(self.other_name)
        if self.old_aside:
            yield f"DROP TABLE {other}"
        else:
            yield f"DROP TABLE {table}"
            yield f"ALTER TABLE {other} RENAME TO {table}"


@contextmanager
def names_left_alone(run: Callable[[str], object]) -> Iterator[None]:
    """Renames as old versions of SQLite did, which leaves alone what other tables say of this one."""
    run("PRAGMA legacy_alter_table = ON")
    try:
        yield
    finally:
        with suppress(Error):
            run("PRAGMA legacy_alter_table = OFF")


def put_back(editor: Any, sql: str) -> None:
    """Makes again what hung on a table, as far as that is still possible."""
    if editor.collect_sql:
        editor.execute(sql, None)
        return
    try:
        with transaction.atomic(using=editor.connection.alias):
            editor.execute(sql, None)
    except Error:  # what it reads is gone on purpose; the verification has the last word
        return
