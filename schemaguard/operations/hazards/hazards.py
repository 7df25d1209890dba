"""What a step would meet in the data, counted on the real rows before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.model import Action, Hazard
from schemaguard.location.effects import by_kind
from schemaguard.operations import tasks as t
from schemaguard.operations.hazards.casts import changed
from schemaguard.operations.hazards.of_tasks import FOR_MIGRATIONS, Target, TaskHazards
from schemaguard.operations.hazards.pending_rows import met
from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.operations.perform.defaults import has_value_for_rows
from schemaguard.schema.objects import Column, Constraint, Index, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.history.graph import Key
    from schemaguard.history.object_timeline import ColumnTimeline, Op, TableTimeline
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step


def hazards(
    connection: BaseDatabaseWrapper, step: Step, location: Location, anew: Collection[str] = (), *, held: bool = False,
    doubted: Collection[Key] = (),
) -> tuple[Hazard, ...]:  # fmt: skip
    """All hazards of one step; `held`: in the transaction that carries it out (`Counter`). Raises CannotCount.

    `anew`: tables that the step makes anew. Each of their columns then becomes as the model has it.

    A pending migration that is run whole may drop what it drops: that is the project's own intention, and no hazard.
    Only what it would fail over is one. What is left of a half-run migration is counted like any other task. So is one
    of which a person alone says that it has not run, and one that was recorded as run (`doubted`).
    """
    found = _Hazards(connection, location, held, frozenset((*location.graph.answers, *doubted)))
    return tuple(dict.fromkeys((*found.of_step(step), *found.beside(anew))))


def rows_left_behind(connection: BaseDatabaseWrapper, location: Location, *, held: bool = False) -> Iterator[Hazard]:
    """The rows of a model that a setting has replaced by another model. No option moves them."""
    counter = Counter(connection, location.schema, held=held)
    for swap in location.swaps:
        what = f"would be left behind: {swap.said}; {swap.way_back}, or move them first"
        yield from counter.rows(Rows(kind="orphans", table=swap.table, columns=(), what=what))


class _Hazards:
    def __init__(
        self, connection: BaseDatabaseWrapper, location: Location, held: bool, doubted: Collection[Key]
    ) -> None:
        self.doubted = doubted
        self.connection = connection
        self.location = location
        self.schema = location.schema
        self.counter = Counter(connection, location.schema, held=held)
        self._completed: int | None = None
        """The migration of which the step at hand runs what is left."""
        self.tasks = TaskHazards(
            self.counter, FOR_MIGRATIONS, fills=self._fills, is_unique=self._is_unique,
            is_gone=self._target_is_gone, collation_of=self._collation_of,
        )  # fmt: skip

    def of_step(self, step: Step) -> Iterator[Hazard]:
        self._completed = step.position if step.sequence else None
        for task in step.tasks:
            yield from self.tasks.of(task)
        code_has_run = False
        dropped: set[TableTimeline] = set()  # what an operation makes anew under their names has no rows
        for task in [task for tasks in step.sequence.values() for task in tasks]:
            if not isinstance(task, t.RunOperation):
                yield from self.tasks.of(task)
            elif step.action is Action.RUN and step.key not in self.doubted:
                yield from met(task.op, self.location, self.counter)
            else:
                for hazard in self._operation(task.op, dropped):
                    # Nobody can count what code puts right. What is dropped after it is counted all the same.
                    if not code_has_run or hazard.kind == "rows_dropped":
                        yield hazard
                code_has_run = code_has_run or self.location.history.runs_code(task.op)

    def beside(self, anew: Collection[str]) -> Iterator[Hazard]:
        """The hazards of columns whose other shape was accepted, in tables that are made anew."""
        for timeline, table in self.location.live_tables.items():
            for column in timeline.every_column if table.name in anew else ():
                actual = self.location.live(column)
                expected = self.location.expected_shape(column)
                if actual is not None and expected is not None and actual.type != expected.type:
                    yield from changed(self.counter, table.name, expected, actual)

    # ------------------------------------------------------------------------------------------------ what Django runs
    def _operation(self, op: Op, dropped: set[TableTimeline]) -> Iterator[Hazard]:
        """The hazards of an operation that is run as it is written: those of the tasks that its effects come to.

        Adds the tables that it drops to `dropped`. Nothing more is said of these.
        """
        own = by_kind(each for each in self.location.effects_at(op) if self.location.is_ahead(each))
        for effect in own.tables:
            timeline, made = effect.timeline, effect.after
            if made is None:
                live = self.location.live_table(timeline)
                if live is not None and timeline not in dropped:
                    yield from self.tasks.of(t.DropTable(timeline, live.name))
                dropped.add(timeline)
            elif effect.makes:
                yield from self.tasks.of(t.MakeTable(timeline, made.name))
        for column in own.columns:
            if (table := self._standing(column.timeline.table, dropped)) is not None:
                actual = self.location.live(column.timeline)
                yield from self._effect_on_column(column.timeline, column.after, table.name, actual)
        for constraint in own.constraints:
            if (table := self._standing(constraint.timeline.table, dropped)) is not None:
                if constraint.after is not None and self.location.live(constraint.timeline) is None:
                    yield from self.tasks.of(t.MakeConstraint(constraint.timeline, table.name, constraint.after))

    def _standing(self, timeline: TableTimeline, dropped: Collection[TableTimeline]) -> Table | None:
        """The live table; None where it is dropped before."""
        return self.location.live_table(timeline) if timeline not in dropped else None

    def _effect_on_column(
        self, timeline: ColumnTimeline, shape: Column | None, table: str, actual: Any
    ) -> Iterator[Hazard]:
        if shape is None:
            if actual is not None:
                yield from self.tasks.of(t.DropColumn(timeline, table, actual.name))
        elif actual is None:
            yield from self.tasks.of(t.MakeColumn(timeline, table, shape))
        else:
            yield from self.tasks.of(t.AlterColumn(timeline, table, shape, actual))

    def _fills(self, target: Target) -> bool:
        """Whether a field has a default as it is now, or a migration gave one once."""
        return target.column.default is not None or has_value_for_rows(target.timeline, target.column, self.location)

    def _is_unique(self, target: Target) -> bool:
        """Whether a unique constraint or index over the column alone should be there."""
        for each in target.timeline.table.every_constraint:
            made_here = [i for i, step in enumerate(each.steps) if step.at[0] == self._completed]
            shape = each.steps[max([self.location.expected_step(each), *made_here])].shape
            if isinstance(shape, Index) and shape.unique and not shape.condition:
                if shape.columns == (target.column.name,):
                    return True
        return False

    def _collation_of(self, table: str, column: str) -> str | None:
        """By which the values of a column are compared, once it is as it should be."""
        timeline = self.location.timeline_of(table)
        shape = self.location.expected_shape(timeline) if timeline is not None else None
        for each in timeline.every_column if timeline is not None and shape is not None else ():
            expected = self.location.expected_shape(each)
            if expected is not None and expected.name == column:
                return self.counter.backend.collations.of_column(expected, shape)
        return None

    def _target_is_gone(self, constraint: Constraint) -> bool:
        """Whether the target of a foreign key is gone and to be made again, and not there by another name."""
        bearers = list(self.location.history.timelines.bearers(getattr(constraint, "target", None)))
        return bool(bearers) and self.location.live_tables.keys().isdisjoint(bearers)
