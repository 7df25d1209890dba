"""A copy of the schema in a database of its own, for a rehearsal. It goes at the end, whatever happened.

The copy has no rows, but those of the tables that are named. A copy that a killed process has left is dropped first:
its name is that of no other database, and whoever makes one has the lock of the original.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from django.db import Error

from schemaguard.error_text import reason
from schemaguard.exceptions import CannotStart, Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "schemaguard_rehearsal_"
SETTINGS = (
    "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata WHERE schema_name = %s"
)
RELATIONS = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = %s ORDER BY table_name"
ROUTINES = "SELECT routine_name, routine_type FROM information_schema.routines WHERE routine_schema = %s"
TRIGGERS = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = %s ORDER BY action_order"
_DEFINER = re.compile(r"\bDEFINER=(?:`(?:[^`]|``)*`@`(?:[^`]|``)*`|\S+) ")


@contextmanager
def on_a_copy(connection: BaseDatabaseWrapper, rows_of: Collection[str]) -> Iterator[None]:
    """Inside, `connection` works on the copy. Raises CannotStart where this role may not make it, and Refused."""
    source = str(connection.settings_dict["NAME"])
    name = PREFIX + hashlib.sha256(source.encode()).hexdigest()[:16]
    maker: Any = connection.copy()
    try:
        with maker.cursor() as cursor:
            copy = _Copy(cursor, source, name, maker.ops.quote_name)
            copy.begin()
            try:
                copy.fill(rows_of)
                connection.close()
                connection.settings_dict["NAME"] = name
                yield
            finally:
                connection.close()
                connection.settings_dict["NAME"] = source
                copy.drop()
    finally:
        with suppress(Error):
            maker.close()


class _Copy:
    def __init__(self, cursor: Any, source: str, name: str, quote: Any) -> None:
        self.cursor = cursor
        self.source = source
        self.name = name
        self.quote = quote

    def begin(self) -> None:
        ((charset, collation),) = self._rows(SETTINGS, [self.source])
        try:
            self.drop()
            self.cursor.execute(f"CREATE DATABASE {self.quote(self.name)} CHARACTER SET {charset} COLLATE {collation}")
        except Error as error:
            raise CannotStart(
                f"a rehearsal needs a role that may create a database here: {reason(error)}; "
                "--dry-run prints the plan with its SQL"
            ) from error

    def drop(self) -> None:
        self.cursor.execute(f"DROP DATABASE IF EXISTS {self.quote(self.name)}")

    def fill(self, rows_of: Collection[str]) -> None:
        """Makes all that the original has: what others need first."""
        # What SHOW CREATE spells has to be taken as it is, whatever the modes of the session that made it.
        self.cursor.execute("SET SESSION sql_mode = '', SESSION foreign_key_checks = 0")
        try:
            statements = [
                *self._statements("SEQUENCE"),
                *self._routines(),
                *self._statements("BASE TABLE", "SYSTEM VERSIONED"),
            ]
            views, triggers = list(self._statements("VIEW")), list(self._triggers())
            self.cursor.execute(f"USE {self.quote(self.name)}")
            for statement in statements:
                self.cursor.execute(statement)
            for table in rows_of:
                self._copy_rows(table)
            self._in_whatever_order(views)
            for statement in triggers:
                self.cursor.execute(statement)
        except Error as error:
            raise Refused(
                f"the schema cannot be copied for a rehearsal: {reason(error)}; nothing was changed"
            ) from error

    def _in_whatever_order(self, views: list[str]) -> None:
        """A view may read another one."""
        while views:
            left = []
            for statement in views:
                try:
                    self.cursor.execute(statement)
                except Error:
                    left.append(statement)
            if len(left) == len(views):
                self.cursor.execute(left[0])
            views = left

    def _statements(self, *kinds: str) -> Iterator[str]:
        for name, kind in self._rows(RELATIONS, [self.source]):
            if kind in kinds:
                what = kind if kind in ("VIEW", "SEQUENCE") else "TABLE"
                ((_, text, *_),) = self._rows(f"SHOW CREATE {what} {self._of_source(name)}")
                yield self._here(text)

    def _routines(self) -> Iterator[str]:
        for name, kind in self._rows(ROUTINES, [self.source]):
            if kind in ("FUNCTION", "PROCEDURE"):
                ((_, _, text, *_),) = self._rows(f"SHOW CREATE {kind} {self._of_source(name)}")
                if text is not None:  # else this role may call it, and not read it
                    yield self._here(text)

    def _triggers(self) -> Iterator[str]:
        for (name,) in self._rows(TRIGGERS, [self.source]):
            ((_, _, text, *_),) = self._rows(f"SHOW CREATE TRIGGER {self._of_source(name)}")
            yield self._here(text)

    def _copy_rows(self, table: str) -> None:
        if any(name == table for name, _ in self._rows(RELATIONS, [self.source])):
            self.cursor.execute(f"INSERT INTO {self.quote(table)} SELECT * FROM {self._of_source(table)}")

    def _of_source(self, name: str) -> str:
        return f"{self.quote(self.source)}.{self.quote(name)}"

    def _here(self, text: str) -> str:
        """A statement about the copy, made by this role, whoever made the original."""
        return _DEFINER.sub("", text, count=1).replace(f"{self.quote(self.source)}.", f"{self.quote(self.name)}.")

    def _rows(self, sql: str, params: list[str] | None = None) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql, params)
        rows = self.cursor.fetchall()
        return [tuple(each.decode() if isinstance(each, bytes) else each for each in row) for row in rows]
