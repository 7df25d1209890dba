"""What a push would meet in the data, counted on the real rows before anything is done.

A hazard that `--accept-data-loss` allows costs values or rows; one that it does not allow cannot be done at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Col

from schemaguard.diagnosis.model import Hazard
from schemaguard.operations import tasks as t
from schemaguard.operations.hazards.casts import castable, retyped
from schemaguard.operations.hazards.constraint_violations import broken
from schemaguard.operations.hazards.row_counts import Counter as RowCounter
from schemaguard.operations.hazards.row_counts import Rows
from schemaguard.operations.subjects import flat
from schemaguard.operations.tasks import Task
from schemaguard.schema.objects import Column, Schema

NUMBERS = ("int", "real", "decimal", "numeric", "double", "bool", "serial")


@dataclass(slots=True)
class Losses:
    """`allowed` may be accepted with the option, `impossible` not; `replaced` are columns to be made anew."""

    allowed: list[Hazard] = field(default_factory=list)
    impossible: list[Hazard] = field(default_factory=list)
    replaced: set[tuple[str, str]] = field(default_factory=set)

    @property
    def all(self) -> tuple[Hazard, ...]:
        return (*self.allowed, *self.impossible)


class Counter:
    """Counts. `field_of(table, column)` gives the field behind a column."""

    def __init__(
        self, connection: BaseDatabaseWrapper, schema: Schema, field_of: Any, default_of: Any, *, held: bool = False
    ) -> None:
        """`default_of(field)`: the value that Django has for rows that have none, or None. `held`: see RowCounter."""
        self.connection = connection
        self.schema = schema
        self.field_of = field_of
        self.default_of = default_of
        self.rows = RowCounter(connection, schema, held=held)
        self.quote = connection.ops.quote_name

    def uncastable(self, tasks: Iterable[Task]) -> set[tuple[str, str]]:
        """Columns of which some value, or the type as such, cannot be cast: they are dropped and made anew."""
        found = set()
        for task in flat(tasks):
            if isinstance(task, t.AlterColumn) and "type" in task.changed and not self._castable(task):
                found.add((task.table, task.actual.name))
        return found

    def count(self, tasks: Sequence[Task]) -> Losses:
        found = Losses()
        every = list(flat(tasks))
        new = {(task.table, task.column.name) for task in every if isinstance(task, t.MakeColumn)}
        new |= {(task.table, task.expected.name) for task in every if isinstance(task, t.ReplaceColumn)}
        unique = {
            (task.table, task.constraint.columns[0])
            for task in every
            if isinstance(task, t.MakeConstraint) and _is_unique(task.constraint) and len(task.constraint.columns) == 1
        }
        for task in every:
            match task:
                case t.DropTable(_, table):
                    what = "are dropped with their table"
                    found.allowed += self.rows.rows(Rows(kind="rows_dropped", table=table, columns=(), what=what))
                case t.DropColumn(_, table, name):
                    found.allowed += self._dropped(table, name, "hold a value in a column that is dropped")
                case t.ReplaceColumn(_, table, expected, actual):
                    if actual.generated is None:
                        what = f"hold a value that cannot become {expected.type}: the column is dropped and made anew"
                        found.allowed += self._dropped(table, actual.name, what)
                    found.impossible += self._added(table, expected, unique)
                case t.MakeColumn(_, table, column):
                    found.impossible += self._added(table, column, unique)
                case t.AlterColumn():
                    if "type" in task.changed:
                        found.allowed += retyped(self.rows, task.table, task.expected, task.actual)
                    found.impossible += self._nulls(task)
                case t.MakeConstraint(_, table, constraint):
                    fresh = [column for column in constraint.columns if (table, column) in new]
                    if not fresh:
                        found.impossible += self._constraint(table, constraint)
                    elif _is_unique(constraint) and len(constraint.columns) > 1:
                        found.impossible += self._unique_beside(table, constraint, fresh)
        return found

    # -------------------------------------------------------------------------------------------------------- columns
    def _dropped(self, table: str, name: str, what: str) -> Iterator[Hazard]:
        condition = self.rows.has_value(name)
        rows = Rows(kind="rows_dropped", table=table, columns=(name,), what=what, condition=condition)
        yield from self.rows.rows(rows)

    def _added(self, table: str, column: Column, unique: set[tuple[str, str]]) -> Iterator[Hazard]:
        if column.auto or column.default is not None or column.generated is not None:
            return
        made = self.field_of(table, column.name)
        default = self.default_of(made)
        rows = self._count(table)
        if default is None and not column.nullable:
            what = "would have no value in the new NOT NULL column: give the field a default, or null=True"
            yield from self._hazard("nulls", table, (column.name,), rows, what)
        elif default is not None and rows > 1 and (made.unique or (table, column.name) in unique):
            what = "would all have the same default in the new unique column"
            yield from self._hazard("duplicates", table, (column.name,), rows, what)

    def _nulls(self, task: t.AlterColumn) -> Iterator[Hazard]:
        if not task.actual.nullable or task.expected.nullable or task.expected.auto:
            return
        if self.default_of(self.field_of(task.table, task.expected.name)) is None:
            name = task.actual.name
            rows = self._count(task.table, f"{self.quote(name)} IS NULL")
            what = "are NULL in a column that becomes NOT NULL: fill them, or give the field a default"
            yield from self._hazard("nulls", task.table, (name,), rows, what)

    def _castable(self, task: t.AlterColumn) -> bool:
        column = self.quote(task.actual.name)
        if self.rows.backend.keeps_any_value:  # it keeps values that do not cast as they are
            if not task.expected.type.startswith(NUMBERS):
                return self._readable(task)
            strange = f"typeof({column}) = 'text' AND ({column} = '' OR {column} GLOB '*[^0-9.eE+-]*')"
            return self._count(task.table, strange) == 0
        return castable(self.rows, task.table, task.expected, task.actual)

    def _readable(self, task: t.AlterColumn) -> bool:
        """Whether Django could read every value of the column as one of its new field's: SQLite would keep them all."""
        made = self.field_of(task.table, task.expected.name)
        expression = Col(task.table, made)
        converters = self.connection.ops.get_db_converters(expression)
        own = made.get_db_converters(self.connection)
        with self.connection.cursor() as cursor:
            # The plus takes the declared type away, by which the driver would make a moment of the text.
            cursor.execute(f"SELECT DISTINCT +{self.quote(task.actual.name)} FROM {self.quote(task.table)}")
            for (stored,) in cursor:
                value = stored
                try:
                    for convert in converters:
                        value = convert(value, expression, self.connection)
                    if value is None and stored is not None:  # a moment, of which Django reads no date
                        return False
                    for convert in own:
                        value = convert(value, expression, self.connection)
                    made.to_python(value)
                except Exception:  # noqa: BLE001 (a converter may raise anything for a value that was never meant for it)
                    return False
        return True

    # ---------------------------------------------------------------------------------------------------- constraints
    def _constraint(self, table: str, constraint: Any) -> Iterator[Hazard]:
        yield from broken(self.rows, table, constraint)

    def _unique_beside(self, table: str, constraint: Any, fresh: Sequence[str]) -> Iterator[Hazard]:
        """Rows that the old columns do not tell apart: a new one has the same default in all of them."""
        if constraint.condition is not None or any(part.column is None for part in constraint.parts):
            return
        if any(self.default_of(self.field_of(table, column)) is None for column in fresh):
            return  # NULLs are all different
        old = [column for column in constraint.columns if column not in fresh]
        names = [self.quote(column) for column in old]
        whole = " AND ".join(map(self.rows.has_value, old)) or "1 = 1"
        grouped = f" GROUP BY {', '.join(names)}" if names else ""
        sql = f"SELECT count(*) - 1 AS n FROM {self.quote(table)} WHERE {whole}{grouped} HAVING count(*) > 1"
        rows = self._number(f"SELECT sum(n) FROM ({sql}) AS groups") or 0
        what = f"would repeat the values of another row, with one default in {', '.join(fresh)}"
        yield from self._hazard("duplicates", table, constraint.columns, rows, what)

    # ------------------------------------------------------------------------------------------------------- counting
    def _hazard(self, kind: str, table: str, columns: tuple[str, ...], rows: int, what: str) -> Iterator[Hazard]:
        if rows:
            where = f"{table} ({', '.join(columns)})" if columns else table
            message = f"{rows} row{'s' if rows != 1 else ''} of {where} {what}"
            yield Hazard(kind=kind, table=table, columns=columns, rows=rows, message=message)

    def _count(self, table: str, condition: str = "") -> int:
        where = f" WHERE {condition}" if condition else ""
        return self._number(f"SELECT count(*) FROM {self.quote(table)}{where}") or 0

    def _number(self, sql: str) -> int | None:
        """None where the server cannot carry it out."""
        try:
            with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
                cursor.execute(sql)
                (number,) = cursor.fetchone()
        except Error:
            return None
        return int(number or 0)


def _is_unique(constraint: Any) -> bool:
    return bool(getattr(constraint, "unique", False))
