"""What single tasks would meet in the rows: `reconcile` and `push` count by this alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from schemaguard.exhaustive import assert_never
from schemaguard.operations import tasks as t
from schemaguard.operations.hazards.casts import refused, retyped
from schemaguard.operations.hazards.collations import recollated
from schemaguard.operations.hazards.constraint_violations import broken
from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.operations.subjects import flat
from schemaguard.schema.objects import Column, Constraint, ForeignKey, Index

if TYPE_CHECKING:
    from schemaguard.diagnosis.model import Hazard
    from schemaguard.history.object_timeline import ColumnTimeline
    from schemaguard.operations.tasks import Task

Names = Collection[tuple[str, str]]
"""(table, column)"""


@dataclass(frozen=True, slots=True)
class Target:
    """A column as it will be."""

    timeline: ColumnTimeline
    table: str
    column: Column


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """What is said of rows in the way.

    `shows`: also a sample of them, and the query that shows them all. `remedies`: also how to bring values back.
    """

    no_value: str
    nulls: str
    replaced: str
    same_default: str = "would all have the same default in the new unique column"
    shows: bool = True
    remedies: bool = False


FOR_MIGRATIONS = Wording(
    no_value="would have no value in the new NOT NULL column",
    nulls="are NULL in a column that becomes NOT NULL",
    replaced="hold a value in a column that is dropped",
    remedies=True,
)
FOR_PENDING = replace(FOR_MIGRATIONS, same_default="would all get the same default", remedies=False)
FOR_MODELS = Wording(
    no_value="would have no value in the new NOT NULL column: give the field a default, or null=True",
    nulls="are NULL in a column that becomes NOT NULL: fill them, or give the field a default",
    replaced="hold a value that cannot become {type}: the column is dropped and made anew",
    shows=False,
)


class TaskHazards:
    """Counts for tasks of one plan.

    `fills`: whether Django has a value for the rows that have none. `is_unique`: whether a column is to be unique.
    `is_gone`: whether the table that a foreign key points at is to be made again.
    `collation_of`: (table, column) → the collation by which its values are compared in the end.
    `only_failures`: only what the server would refuse is counted, since what is lost is lost on purpose.
    """

    def __init__(
        self,
        counter: Counter,
        wording: Wording,
        *,
        fills: Callable[[Target], bool],
        is_unique: Callable[[Target], bool] = lambda _: False,
        is_gone: Callable[[Constraint], bool] | None = None,
        only_failures: bool = False,
        collation_of: Callable[[str, str], str | None] = lambda _table, _column: None,
    ) -> None:
        self.counter = counter
        self.wording = wording
        self.fills = fills
        self.is_unique = is_unique
        self.is_gone = is_gone
        self.only_failures = only_failures
        self.collation_of = collation_of

    def of_all(self, tasks: Iterable[Task]) -> Iterator[Hazard]:
        """The hazards of tasks done together. A constraint over a column that one of them makes meets no row."""
        every = list(flat(tasks))
        new = {(task.table, task.column.name) for task in every if isinstance(task, t.MakeColumn)}
        new |= {(task.table, task.expected.name) for task in every if isinstance(task, t.ReplaceColumn)}
        for task in every:
            yield from self.of(task, new)

    def of(self, task: Task, new: Names = ()) -> Iterator[Hazard]:
        """The hazards of one task. Raises CannotCount where this role does not see all rows that would be lost."""
        match task:
            case t.DropTable(_, name):
                what = "are dropped with the table"
                yield from self.counter.rows(Rows(kind="rows_dropped", table=name, columns=(), what=what))
            case t.MakeConstraint() | t.ValidateConstraint():
                yield from self._constraint(task, new)
            case t.MakeColumn() | t.ReplaceColumn() | t.AlterColumn() | t.UnmakeColumn() | t.DropColumn():
                yield from self._column(task)
            case t.RebuildTable(_, _, parts):
                yield from self.of_all(parts)
            case t.AlterTable(_, name, expected, actual):
                live = self.counter.schema.find(name)
                if live is not None:
                    yield from recollated(
                        self.counter, name, self.counter.backend.collations.altered(live, expected, actual)
                    )
            case t.RenameColumn(_, table, name, new_name):
                live = self.counter.schema.find(table)
                self.counter.note_renamed_column(table, name, new_name, live.columns if live is not None else ())
            case t.MakeTable(_, name):
                yield from self._pointing_at(name)
            case t.RenameTable() | t.MoveTable() | t.SetComment():
                return
            case t.RenameConstraint() | t.PromoteIndex() | t.DropConstraint():
                return
            case t.RenameSequence() | t.SetSequence() | t.NumberColumn():
                return
            case t.RunOperation() | t.CreateExtension() | t.RunSql() | t.MakeOther():
                return
            case _:
                assert_never(task)

    def _pointing_at(self, name: str) -> Iterator[Hazard]:
        """Rows whose foreign key outlived the table at which it points, which is made empty.

        Where the table is there, the plan drops it first. No key outlives that.
        """
        if self.counter.schema.find(name) is not None:
            return
        for table in self.counter.schema.tables.values():
            for each in table.constraints:
                if isinstance(each, ForeignKey) and each.target == name:
                    yield from broken(self.counter, table.name, each, target_is_gone=True)

    # -------------------------------------------------------------------------------------------------------- columns
    def _column(
        self, task: t.MakeColumn | t.ReplaceColumn | t.AlterColumn | t.UnmakeColumn | t.DropColumn
    ) -> Iterator[Hazard]:
        match task:
            case t.MakeColumn(timeline, table, column):
                yield from self._made(timeline, table, column)
            case t.ReplaceColumn(timeline, table, expected, actual):
                yield from self._dropped(table, actual.name, self.wording.replaced.format(type=expected.type))
                yield from self._made(timeline, table, expected)
            case t.AlterColumn():
                yield from self._altered(task)
            case t.UnmakeColumn(_, table, expected, actual):
                if actual.generated is None:
                    yield from self._computed_otherwise(table, expected, actual)
            case t.DropColumn(_, table, name):
                yield from self._dropped(table, name, "hold a value in a column that is dropped")
            case _:
                assert_never(task)

    def _made(self, timeline: ColumnTimeline, table: str, column: Column) -> Iterator[Hazard]:
        if column.auto or column.default is not None or column.generated is not None:
            return
        target = Target(timeline, table, column)
        if self.fills(target):
            if self.is_unique(target):
                yield from self.one_value_for_all(table, (column.name,))
        elif not column.nullable:
            remedy = self._filled(table, column) if self.wording.remedies else ""
            yield from self.counter.rows(self._rows("nulls", table, column.name, self.wording.no_value, remedy=remedy))

    def _filled(self, table: str, column: Column) -> str:
        """How a person can bring the values back. What is left to do then takes `--on-conflict alter`."""
        name, quoted = self.counter.quote(column.name), self.counter.quote(table)
        return f"bring their values back first: ALTER TABLE {quoted} ADD COLUMN {name} {column.type}, and an UPDATE"

    def one_value_for_all(self, table: str, columns: tuple[str, ...]) -> Iterator[Hazard]:
        """A default is computed once: a unique column that has one cannot be added to more than one row."""
        tail = f"FROM {self.counter.quote(table)}"
        number = self.counter.tried(f"SELECT count(*) {tail}") or 0
        if number > 1:
            what, shows = self.wording.same_default, self.wording.shows
            rows = Rows(kind="duplicates", table=table, columns=columns, what=what, shows=shows)
            yield self.counter.hazard(rows, number, "", f"SELECT * {tail}")

    def _dropped(self, table: str, name: str, what: str) -> Iterator[Hazard]:
        live = self.counter.schema.find(table)
        if live is not None and name in live.columns and live.columns[name].generated is not None:
            return  # what is computed from other columns is not lost
        condition = self.counter.has_value(name)
        rows = Rows(kind="rows_dropped", table=table, columns=(name,), what=what, condition=condition)
        yield from self.counter.rows(rows)

    def _altered(self, task: t.AlterColumn) -> Iterator[Hazard]:
        table, expected, actual = task.table, task.expected, task.actual
        if actual.nullable and not expected.nullable and not self.fills(Target(task.timeline, table, expected)):
            condition = f"{self.counter.quote(actual.name)} IS NULL"
            yield from self.counter.rows(self._rows("nulls", table, actual.name, self.wording.nulls, condition))
        yield from self._recollated(table, expected, actual)
        if self.only_failures:
            if task.changes_type:
                yield from refused(self.counter, table, expected, actual)
        elif expected.generated is not None and actual.generated is None:
            yield from self._computed_otherwise(table, expected, actual)
        elif task.changes_type:
            yield from retyped(self.counter, table, expected, actual)

    def _recollated(self, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
        live = self.counter.schema.find(table)
        if expected.collation != actual.collation and live is not None:
            collation = self.counter.backend.collations.of_column(expected, live)
            if collation is not None:
                yield from recollated(self.counter, table, {actual.name: collation})

    def _computed_otherwise(self, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
        """For a plain column that becomes a generated one: values that are not those which will be computed."""
        text = expected.generated.text if expected.generated is not None else None
        column = self.counter.quote(actual.name)
        if self.counter.backend.alters_columns:
            condition = f"{column} IS DISTINCT FROM ({text})::{expected.type}"
        elif self.counter.backend.restates_columns:
            condition = f"NOT ({column} <=> ({text}))"
        else:
            condition = f"CASE WHEN {column} = ({text}) THEN 0 ELSE coalesce({column}, ({text})) IS NOT NULL END = 1"
        what = "hold another value than the one that is computed for the column"
        if (
            text is None
            or self.counter.tried(f"SELECT count(*) FROM {self.counter.quote(table)} WHERE {condition}") is None
        ):
            condition = self.counter.has_value(actual.name)
        rows = Rows(kind="rows_dropped", table=table, columns=(actual.name,), what=what, condition=condition)
        yield from self.counter.rows(rows)

    def _rows(self, kind: str, table: str, column: str, what: str, condition: str = "", remedy: str = "") -> Rows:
        return Rows(
            kind=kind, table=table, columns=(column,), what=what, condition=condition, remedy=remedy,
            shows=self.wording.shows,
        )  # fmt: skip

    # ---------------------------------------------------------------------------------------------------- constraints
    def _constraint(self, task: t.MakeConstraint | t.ValidateConstraint, new: Names) -> Iterator[Hazard]:
        match task:
            case t.MakeConstraint(timeline, table, constraint):
                made = [column for column in constraint.columns if (table, column) in new]
                if not made:
                    is_gone = self.is_gone is not None and self.is_gone(constraint)
                    future = self.collation_of(table, constraint.columns[0]) if constraint.columns else None
                    yield from broken(self.counter, table, constraint, target_is_gone=is_gone, collation=future)
                elif isinstance(constraint, Index) and constraint.unique and len(constraint.columns) > 1:
                    columns = [timeline.table.columns[name] for name in made if name in timeline.table.columns]
                    if len(columns) == len(made):
                        yield from self._unique_beside(table, constraint, columns)
            case t.ValidateConstraint(timeline, table):
                shape = next(step.shape for step in reversed(timeline.steps) if step.shape is not None)
                yield from broken(self.counter, table, shape)
            case _:
                assert_never(task)

    def _unique_beside(self, table: str, constraint: Index, made: Collection[ColumnTimeline]) -> Iterator[Hazard]:
        """Rows that are alike in the old columns of a unique constraint: a new column has one default in all."""
        shapes = {line.shape.name: line for line in made if line.shape is not None}
        if constraint.condition is not None or any(part.column is None for part in constraint.parts):
            return
        if not all(self.fills(Target(line, table, line.shape)) for line in shapes.values() if line.shape is not None):
            return  # NULLs are all different
        quote = self.counter.quote
        old = [column for column in constraint.columns if column not in shapes]
        whole = " AND ".join(map(self.counter.has_value, old)) or "1 = 1"
        grouped = f" GROUP BY {', '.join(map(quote, old))}" if old else ""
        sql = f"SELECT count(*) - 1 AS n FROM {quote(table)} WHERE {whole}{grouped} HAVING count(*) > 1"
        number = self.counter.tried(f"SELECT sum(n) FROM ({sql}) AS groups")
        if number:
            what = f"would repeat the values of another row, with one default in {', '.join(shapes)}"
            rows = Rows(kind="duplicates", table=table, columns=constraint.columns, what=what, shows=self.wording.shows)
            yield self.counter.hazard(rows, number)
