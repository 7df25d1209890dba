"""A copy of a schema without rows, on which ALTER TABLE is tried.

SQLite then reads all views and triggers again, and fails over the first that is wrong by then: one about a table that
is being made anew, or about a view that is wrong itself, or one that has been wrong for long.
"""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING

from schemaguard.database.sqlite.lexer import quoted
from schemaguard.schema.definitions import Keeper
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

_ERROR = re.compile(r"error in (view|trigger) (.+?)(?: after (?:rename|drop column))?: (.+)", re.DOTALL)
_PROBE = "schemaguard_probe"


class Shadow:
    """Tables keep the names that they have when the copy is made."""

    def __init__(self, database: sqlite3.Connection, objects: Iterable[tuple[str, str]]) -> None:
        """`database` is empty. `objects`: the kind and the statement of each."""
        self._database = database
        self._broken: tuple[Keeper, ...] = ()
        is_whole = True
        for _, sql in sorted(objects, key=lambda each: each[0] != Kind.TABLE):
            is_whole &= self._quietly(sql) is None  # a module or a collation may be missing here
        self._database.execute(f"CREATE TABLE {_PROBE} (id)")
        broken = self.renames()
        if is_whole:
            self._broken = broken

    def renames(self) -> tuple[Keeper, ...]:
        """What keeps a table, or a column, from getting another name."""
        return self._tried(f"ALTER TABLE {_PROBE} RENAME TO {_PROBE}_2", f"ALTER TABLE {_PROBE}_2 RENAME TO {_PROBE}")

    def remakes(self, table: str) -> tuple[Keeper, ...]:
        """What keeps a table from being made anew."""
        new = quoted(f"{_PROBE}_new")
        self._quietly(f"CREATE TABLE {new} AS SELECT * FROM {quoted(table)}")
        self._quietly(f"DROP TABLE {quoted(table)}")
        return self._tried(f"ALTER TABLE {new} RENAME TO {quoted(table)}")

    def drops_column(self, table: str, column: str) -> tuple[Keeper, ...]:
        """What keeps a column from being dropped by itself."""
        return self._tried(f"ALTER TABLE {quoted(table)} DROP COLUMN {quoted(column)}")

    def drops_table(self, table: str) -> None:
        """Nothing keeps a table from that; what is about it is wrong afterwards."""
        self._quietly(f"DROP TABLE IF EXISTS {quoted(table)}")

    def _tried(self, *statements: str) -> tuple[Keeper, ...]:
        """What the statements fail over. It is dropped here, so that it is found once."""
        found = list(self._broken)
        self._broken = ()
        for statement in statements:
            while (error := self._quietly(statement)) is not None and (told := _ERROR.fullmatch(error)):
                kind, name, why = Kind(told[1]), told[2], told[3]
                if self._quietly(f"DROP {kind.value.upper()} {quoted(name)}") is not None:
                    break
                found.append(Keeper(kind=kind, name=name, why=why))
        return tuple(found)

    def _quietly(self, statement: str) -> str | None:
        """The error, in the server's words."""
        try:
            self._database.execute(statement)
        except sqlite3.Error as error:
            return str(error)
        return None
