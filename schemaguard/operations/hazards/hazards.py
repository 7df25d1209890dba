"""What a step would meet in the data, counted on the real rows before anything is done."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.diagnosis.model import Action, Hazard
from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
from schemaguard.location.locate import Location
from schemaguard.operations import tasks as t
from schemaguard.operations.hazards.casts import changed, retyped
from schemaguard.operations.hazards.constraint_violations import broken
from schemaguard.operations.hazards.pending_rows import met
from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.operations.perform.defaults import has_value_for_rows
from schemaguard.operations.tasks import Task
from schemaguard.reconcile.plan.steps import Step
from schemaguard.schema.objects import Column, Constraint


def hazards(
    connection: BaseDatabaseWrapper, step: Step, location: Location, anew: Collection[str] = (), *, held: bool = False
) -> tuple[Hazard, ...]:
    """All hazards of one step; `held`: in the transaction that carries it out (`Counter`). Raises CannotCount.

    `anew`: tables that it makes anew, with each column as the model has it, be it what the step is about or not.

    What a pending migration drops, run whole, is the project's own intention, and no hazard: only what it would fail
    over is. What is left of a half-run one is held against the rows like any other task.
    """
    found = _Hazards(connection, location, held)
    return tuple(dict.fromkeys((*found.of_step(step), *found.beside(anew))))


def rows_left_behind(connection: BaseDatabaseWrapper, location: Location, *, held: bool = False) -> Iterator[Hazard]:
    """The rows of a model that a setting has put another model in the place of: no option moves them."""
    counter = Counter(connection, location.schema, held=held)
    for swap in location.swaps:
        what = f"would be left behind: {swap.said}; {swap.way_back}, or move them first"
        yield from counter.rows(Rows(kind="orphans", table=swap.table, columns=(), what=what))


class _Hazards:
    def __init__(self, connection: BaseDatabaseWrapper, location: Location, held: bool) -> None:
        self.connection = connection
        self.location = location
        self.schema = location.schema
        self.counter = Counter(connection, location.schema, held=held)

    def of_step(self, step: Step) -> Iterator[Hazard]:
        for task in step.tasks:
            yield from self._task(task)
        code_has_run = False
        for task in [task for tasks in step.sequence.values() for task in tasks]:
            if not isinstance(task, t.RunOperation):
                yield from self._task(task)
            elif step.action is Action.RUN:
                yield from met(task.op, self.location, self.counter)
            else:
                for hazard in self._operation(task.op):
                    # What code puts right before, nobody can count beforehand; what is dropped after it is counted.
                    if not code_has_run or hazard.kind == "rows_dropped":
                        yield hazard
                code_has_run = code_has_run or self._runs_code(task.op)

    def beside(self, anew: Collection[str]) -> Iterator[Hazard]:
        """Of columns in another shape that was accepted, in tables that are made anew."""
        for timeline, table in self.location.matched.tables.items():
            for column in timeline.every_column if table.name in anew else ():
                actual = self.location.matched.places[column].actual
                expected = column.steps[self.location.finder.expected_step[column]].shape
                if actual is not None and expected is not None and actual.type != expected.type:
                    yield from changed(self.counter, table.name, expected, actual)

    def _runs_code(self, op: Op) -> bool:
        return bool(self.location.history.operations[op[0]][op[1]].opaque)

    # ------------------------------------------------------------------------------------------------ what Django runs
    def _operation(self, op: Op) -> Iterator[Hazard]:
        """Of an operation that is run as it is written: the tasks that it comes to, by its effects on the timeline."""
        effects = [e for e in self.location.effects.get(op, ()) if e.step > self.location.located_steps[e.timeline]]
        gone = {
            e.timeline
            for e in effects
            if isinstance(e.timeline, TableTimeline) and e.timeline.steps[e.step].shape is None
        }
        for effect in effects:
            timeline = effect.timeline
            if isinstance(timeline, TableTimeline):
                live = self.location.matched.tables.get(timeline)
                if timeline in gone and live is not None:
                    yield from self._task(t.DropTable(timeline, live.name))
                continue
            table = self.location.matched.tables.get(getattr(timeline, "table", None))  # type: ignore[arg-type]
            if table is None or getattr(timeline, "table", None) in gone:
                continue
            actual = self.location.matched.places[timeline].actual
            if isinstance(timeline, ColumnTimeline):
                yield from self._effect_on_column(timeline, timeline.steps[effect.step].shape, table.name, actual)
            elif isinstance(timeline, ConstraintTimeline) and actual is None:
                shape = timeline.steps[effect.step].shape
                if shape is not None:
                    yield from self._task(t.MakeConstraint(timeline, table.name, shape))

    def _effect_on_column(
        self, timeline: ColumnTimeline, shape: Column | None, table: str, actual: Any
    ) -> Iterator[Hazard]:
        if shape is None:
            if actual is not None:
                yield from self._task(t.DropColumn(timeline, table, actual.name))
        elif actual is None:
            yield from self._task(t.MakeColumn(timeline, table, shape))
        else:
            yield from self._task(t.AlterColumn(timeline, table, shape, actual))

    # ------------------------------------------------------------------------------------------------------- the tasks
    def _task(self, task: Task) -> Iterator[Hazard]:
        match task:
            case t.MakeConstraint(_, table, constraint):
                yield from broken(self.counter, table, constraint, target_is_gone=self._target_is_gone(constraint))
            case t.ValidateConstraint(timeline, table, _):
                shape = next(step.shape for step in reversed(timeline.steps) if step.shape is not None)
                yield from broken(self.counter, table, shape)
            case t.MakeColumn(timeline, table, column):
                yield from self._made(timeline, table, column)
            case t.ReplaceColumn(timeline, table, expected):
                yield from self._dropped(table, task.name)
                yield from self._made(timeline, table, expected)
            case t.AlterColumn(timeline, table, expected, actual):
                yield from self._altered(timeline, table, expected, actual)
            case t.UnmakeColumn(_, table, expected, actual) if actual.generated is None:
                yield from self._computed_otherwise(table, expected, actual)
            case t.DropColumn(_, table, name):
                yield from self._dropped(table, name)
            case t.DropTable(_, name):
                what = "are dropped with their table"
                yield from self.counter.rows(Rows(kind="rows_dropped", table=name, columns=(), what=what))

    def _target_is_gone(self, constraint: Constraint) -> bool:
        """Whether a table that was there is to be made again; not where it stands under another name."""
        bearers = list(self.location.history.timelines.bearers(getattr(constraint, "target", None)))
        return bool(bearers) and self.location.matched.tables.keys().isdisjoint(bearers)

    def _made(self, timeline: ColumnTimeline, table: str, column: Column) -> Iterator[Hazard]:
        if column.nullable or column.auto or column.default is not None or column.generated is not None:
            return
        if not has_value_for_rows(timeline, self.location):
            what = "would have no value in the new NOT NULL column"
            yield from self.counter.rows(
                Rows(kind="nulls", table=table, columns=(column.name,), what=what, remedy=self._filled(table, column))
            )

    def _filled(self, table: str, column: Column) -> str:
        """How to bring back what nobody but a person knows. What is then left to do takes `--on-conflict alter`."""
        name, quoted = self.counter.quote(column.name), self.counter.quote(table)
        return f"bring their values back first: ALTER TABLE {quoted} ADD COLUMN {name} {column.type}, and an UPDATE"

    def _dropped(self, table: str, name: str) -> Iterator[Hazard]:
        live = self.schema.find(table)
        if live is not None and name in live.columns and live.columns[name].generated is not None:
            return  # what is worked out from other columns is not lost
        what, condition = "hold a value in a column that is dropped", self.counter.has_value(name)
        rows = Rows(kind="rows_dropped", table=table, columns=(name,), what=what, condition=condition)
        yield from self.counter.rows(rows)

    def _computed_otherwise(self, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
        """Of a plain column that becomes a generated one: what it holds and will not be computed again."""
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

    def _altered(self, timeline: ColumnTimeline, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
        name = actual.name
        has_value = expected.default is not None or has_value_for_rows(timeline, self.location)
        if actual.nullable and not expected.nullable and not has_value:
            what, condition = "are NULL in a column that becomes NOT NULL", f"{self.counter.quote(name)} IS NULL"
            rows = Rows(kind="nulls", table=table, columns=(name,), what=what, condition=condition)
            yield from self.counter.rows(rows)
        if expected.generated is not None and actual.generated is None:
            yield from self._computed_otherwise(table, expected, actual)
        elif expected.type != actual.type:
            yield from retyped(self.counter, table, expected, actual)
