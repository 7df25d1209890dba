"""What a task would meet in the data, counted on the real rows before anything is done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.diagnosis.model import Hazard
from schemaguard.history.timeline import reads
from schemaguard.plan import tasks as t
from schemaguard.plan.tasks import Step, Task
from schemaguard.schema.objects import Check, Column, ForeignKey, Index, PrimaryKey, Schema

LENGTH = re.compile(r"\((\d+)\)")
INTEGERS = ("smallint", "integer", "bigint")


def hazards(connection: BaseDatabaseWrapper, step: Step, schema: Schema, has_default: Any) -> tuple[Hazard, ...]:
    """All hazards of one step. `has_default(table, column)` says whether Django has a value for rows that have none.

    A constraint over a column that is not there yet meets no row: NULLs break nothing.
    """
    counter = _Counter(connection, has_default)
    found: list[Hazard] = []
    for task in [*step.tasks, *(task for tasks in step.sequence.values() for task in tasks)]:
        if isinstance(task, t.MakeConstraint):
            table = schema.find(task.table)
            target = getattr(task.constraint, "target", task.table)
            if table is None or schema.find(target) is None or not reads(task.constraint) <= table.columns.keys():
                continue
        found += counter.of(task)
    return tuple(found)


class _Counter:
    def __init__(self, connection: BaseDatabaseWrapper, has_default: Any) -> None:
        self.connection = connection
        self.has_default = has_default
        self.quote = connection.ops.quote_name

    def of(self, task: Task) -> Iterator[Hazard]:
        match task:
            case t.MakeConstraint(_, table, constraint):
                yield from self._constraint(table, constraint)
            case t.ValidateConstraint(line, table, _):
                shape = next(step.shape for step in reversed(line.steps) if step.shape is not None)
                yield from self._constraint(table, shape)
            case t.MakeColumn(_, table, column):
                if not column.nullable and not column.auto and column.default is None and column.generated is None:
                    if not self.has_default(table, column.name):
                        rows = self._count(table)
                        yield from self._hazard(
                            "nulls", table, (column.name,), rows, "would have no value in the new NOT NULL column"
                        )
            case t.AlterColumn(_, table, expected, actual):
                yield from self._altered(table, expected, actual)
            case t.DropColumn(_, table, name):
                rows = self._count(table, f"{self.quote(name)} IS NOT NULL")
                what = "hold a value in a column that is dropped"
                yield from self._hazard("rows_dropped", table, (name,), rows, what)
            case t.DropTable(_, name):
                yield from self._hazard("rows_dropped", name, (), self._count(name), "are dropped with their table")

    def _constraint(self, table: str, constraint: Any) -> Iterator[Hazard]:
        """Where the question itself fails, the columns being of other types still, the server has the last word."""
        columns = constraint.columns
        if isinstance(constraint, Index | PrimaryKey):
            unique = isinstance(constraint, PrimaryKey) or (constraint.unique and constraint.nulls_distinct)
            if not unique or not columns or len(columns) != len(getattr(constraint, "parts", columns)):
                return
            names = ", ".join(map(self.quote, columns))
            condition = " AND ".join(f"{self.quote(column)} IS NOT NULL" for column in columns)
            where = getattr(constraint, "condition", None)
            if where is not None and where.text:
                condition += f" AND ({where.text})"
            sql = (
                f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {self.quote(table)} WHERE {condition}"
                f" GROUP BY {names} HAVING count(*) > 1) AS twice"
            )
            rows = self._tried(sql) or 0
            yield from self._hazard("duplicates", table, columns, rows, "repeat the values of another row")
        elif isinstance(constraint, ForeignKey) and len(columns) == 1 and len(constraint.target_columns) == 1:
            column, target = self.quote(columns[0]), self.quote(constraint.target_columns[0])
            sql = (
                f"SELECT count(*) FROM {self.quote(table)} AS child WHERE child.{column} IS NOT NULL AND NOT EXISTS "
                f"(SELECT 1 FROM {self.quote(constraint.target)} AS parent WHERE parent.{target} = child.{column})"
            )
            rows = self._tried(sql) or 0
            yield from self._hazard("orphans", table, columns, rows, f"point at no row of {constraint.target}")
        elif isinstance(constraint, Check) and constraint.expression.text:
            sql = f"SELECT count(*) FROM {self.quote(table)} WHERE NOT ({constraint.expression.text})"
            yield from self._hazard("cast_fails", table, columns, self._tried(sql) or 0, "break the check")

    def _altered(self, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
        name = actual.name
        column = self.quote(name)
        if actual.nullable and not expected.nullable and not self.has_default(table, expected.name):
            rows = self._count(table, f"{column} IS NULL")
            yield from self._hazard("nulls", table, (name,), rows, "are NULL in a column that becomes NOT NULL")
        if expected.type == actual.type:
            return
        new, old = LENGTH.search(expected.type), LENGTH.search(actual.type)
        if new is not None and expected.type.startswith(("character varying", "varchar", "character(")):
            if old is None or int(old[1]) > int(new[1]):
                rows = self._count(table, f"length(CAST({column} AS text)) > {new[1]}")
                yield from self._hazard("too_long", table, (name,), rows, f"are longer than {expected.type} allows")
            return
        if self.connection.vendor == "sqlite" or (
            expected.type in INTEGERS and actual.type in INTEGERS
            and INTEGERS.index(expected.type) >= INTEGERS.index(actual.type)
        ):  # fmt: skip
            return
        cast = f"{column}::{expected.type}"
        if self._tried(f"SELECT count({cast}) FROM {self.quote(table)}") is None:
            rows = self._count(table, f"{column} IS NOT NULL")
            yield from self._hazard("cast_fails", table, (name,), rows, f"may not be cast to {expected.type}")
            return
        # There and back again: a value that comes back as another has lost something. Not every type can.
        there_and_back = f"({cast})::{actual.type} IS DISTINCT FROM {column}"
        narrowed = self._tried(f"SELECT count(*) FROM {self.quote(table)} WHERE {there_and_back}")
        what = f"would not keep their value as {expected.type}"
        yield from self._hazard("too_long", table, (name,), narrowed or 0, what)

    def _hazard(self, kind: str, table: str, columns: tuple[str, ...], rows: int, what: str) -> Iterator[Hazard]:
        if rows:
            where = f"{table} ({', '.join(columns)})" if columns else table
            message = f"{rows} row{'s' if rows != 1 else ''} of {where} {what}"
            yield Hazard(kind=kind, table=table, columns=columns, rows=rows, message=message)

    def _tried(self, sql: str) -> int | None:
        """None where the server cannot do it."""
        try:
            with transaction.atomic(using=self.connection.alias):
                return self._number(sql)
        except Error:
            return None

    def _count(self, table: str, condition: str = "") -> int:
        where = f" WHERE {condition}" if condition else ""
        return self._number(f"SELECT count(*) FROM {self.quote(table)}{where}")

    def _number(self, sql: str) -> int:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            (number,) = cursor.fetchone()
        return int(number or 0)
