"""Alters a live column by restating all of it: MODIFY takes a whole definition, and loses what is left out.

A foreign key keeps its columns from getting another type. It goes before, and comes again at the end of the step.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.database.mysql import casts, catalog, spell
from schemaguard.schema.objects import Column, ForeignKey
from schemaguard.schema.text import length_of, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

KEYS = """
SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_name, k.referenced_column_name,
       r.delete_rule, r.update_rule
  FROM information_schema.key_column_usage AS k
  JOIN information_schema.referential_constraints AS r
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
   AND r.table_name = k.table_name
 WHERE k.table_schema = DATABASE() AND k.referenced_table_schema = DATABASE()
   AND ((k.table_name = %s AND k.column_name = %s) OR (k.referenced_table_name = %s AND k.referenced_column_name = %s))
"""
EXTRA = """
SELECT extra FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s AND column_name = %s
"""
KEPT_WORDS = ("on update", "invisible")


class ColumnRestatement:
    """From the live shape `actual` to `expected`, in statements of one schema editor.

    `default` is what Django has for the rows that have NULL, or None; `kept` the live default that may stay.
    `dropped`: (table, name) of foreign keys that are gone by then, though a plan that is only shown sees them still.
    """

    def __init__(
        self, editor: Any, table: str, expected: Column, actual: Column, *, default: Any = None, kept: Any = None,
        dropped: Collection[tuple[str, str]] = (),
    ) -> None:  # fmt: skip
        self.editor = editor
        self.connection: BaseDatabaseWrapper = editor.connection
        self.quote = self.connection.ops.quote_name
        self.table = table
        self.actual = actual
        self.expected = replace(
            expected,
            name=actual.name,
            default=expected.default if expected.default is not None or expected.generated is not None else kept,
            comment=expected.comment if expected.comment is not None else actual.comment,
        )
        self.default = default
        self.dropped = dropped

    def run(self) -> None:
        """Raises django.db.Error where the server refuses."""
        if self.actual.nullable and not self.expected.nullable:
            if self.actual.generated is not None and self.expected.generated is None:
                self._modify(replace(self.expected, nullable=True, default=None))  # it takes no values before
            self._fill()
        is_retyped = (self.expected.type, self.expected.collation) != (self.actual.type, self.actual.collation)
        keys = list(self._keys()) if is_retyped else []
        for table, key in keys:
            self._execute(spell.dropped(table, key, self.quote, mariadb=True))
        self._cut()
        if self.expected.auto and not self.actual.auto:
            self._numbered()
        else:
            self._modify(self.expected)
        for table, key in keys:
            again = spell.spell(table, key, self.quote)
            if again not in self.editor.deferred_sql:  # the other end may be altered as well
                self.editor.deferred_sql.append(again)

    def _fill(self) -> None:
        column, table = self.quote(self.actual.name), self.quote(self.table)
        if self.default is not None:
            sql = f"UPDATE {table} SET {column} = ".replace("%", "%%")
            self.editor.execute(
                f"{sql}%s WHERE {column} IS NULL".replace(column, column.replace("%", "%%")), [self.default]
            )
        elif self.expected.default is not None:
            self._execute(f"UPDATE {table} SET {column} = ({self.expected.default.text}) WHERE {column} IS NULL")

    def _cut(self) -> None:
        """Cuts off what is too long, which strict mode refuses. No plan comes so far without --accept-data-loss."""
        column, table = self.quote(self.actual.name), self.quote(self.table)
        length, before = length_of(self.expected.type), length_of(self.actual.type)
        if casts.loses_hyphens(self.expected.type, self.actual.type):
            self._modify(replace(self.expected, type="char(36)"))
            self._execute(f"UPDATE {table} SET {column} = {casts.without_hyphens(column)}")
        elif length is not None and (before is None or before > length) and casts.is_text(self.actual.type):
            self._execute(
                f"UPDATE {table} SET {column} = LEFT({column}, {length}) WHERE CHAR_LENGTH({column}) > {length}"
            )

    def _numbered(self) -> None:
        """A row with the key 0 keeps it, and foreign keys that point at the column stay, whose type is the same.

        Without AUTO_INCREMENT an INSERT without a key gives 0, where strict mode is off.
        """
        zero = self._rows(
            f"SELECT 1 FROM {self.quote(self.table)} WHERE {self.quote(self.actual.name)} = 0 LIMIT 1", []
        )
        ((mode,),) = self._rows("SELECT @@SESSION.sql_mode", [])
        if zero:
            self._execute(f"SET SESSION sql_mode = {literal(','.join(filter(None, [mode, 'NO_AUTO_VALUE_ON_ZERO'])))}")
        self._execute("SET SESSION foreign_key_checks = 0")
        self._modify(self.expected)
        self._execute("SET SESSION foreign_key_checks = DEFAULT")
        if zero:
            self._execute(f"SET SESSION sql_mode = {literal(mode)}")

    def _modify(self, shape: Column) -> None:
        text = spell.column(shape, self.quote, extra=self._extra(), check=self._check())
        self._execute(f"ALTER TABLE {self.quote(self.table)} MODIFY {text}")

    def _keys(self) -> Iterator[tuple[str, ForeignKey]]:
        place = [self.table, self.actual.name]
        for table, name, column, target, target_column, on_delete, on_update in self._rows(KEYS, place * 2):
            if (table, name) in self.dropped:
                continue
            yield table, ForeignKey(
                columns=(column,), target=target, target_columns=(target_column,), name=name,
                on_delete=on_delete, on_update=on_update,
            )  # fmt: skip

    def _extra(self) -> str:
        for (extra,) in self._rows(EXTRA, [self.table, self.actual.name]):
            lowered = str(extra).lower().replace("default_generated", "").strip()
            if any(word in lowered for word in KEPT_WORDS):
                return lowered.replace("auto_increment", "").strip()
        return ""

    def _check(self) -> str | None:
        """Of MariaDB: the check that is part of the live definition. JSON brings its own."""
        if not self.connection.mysql_is_mariadb or self.expected.type == "json":  # type: ignore[attr-defined]
            return None
        query = catalog.mariadb_column_check(self.connection.mysql_version)  # type: ignore[attr-defined]
        return next((str(text) for (text,) in self._rows(query, [self.table, self.actual.name])), None)

    def _rows(self, sql: str, params: list[str]) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def _execute(self, sql: str) -> None:
        # With parameters None the editor leaves `%` alone: a name may hold one.
        self.editor.execute(sql, None)
