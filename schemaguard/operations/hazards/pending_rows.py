"""Rows that a pending migration would fail over, or cut. Only rows that its operations meet as they are now.

What it drops is the project's own intention, and no hazard. Code, or an earlier operation, may put rows right before:
nobody can count these, and nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunPython, RunSQL, SeparateDatabaseAndState

from schemaguard.diagnosis.codes import ROWS_IN_THE_WAY
from schemaguard.diagnosis.model import Finding, Hazard, State
from schemaguard.history.bits import positions_in
from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline, reads
from schemaguard.history.source_files import file_of, line_of
from schemaguard.location.effects import Effect
from schemaguard.location.locate import Location
from schemaguard.operations import tasks as t
from schemaguard.operations.hazards.constraint_violations import broken
from schemaguard.operations.hazards.of_tasks import FOR_PENDING, Target, TaskHazards
from schemaguard.operations.hazards.row_counts import Counter
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Column, Index, PrimaryKey

KINDS = {
    "duplicates": Kind.UNIQUE,
    "nulls": Kind.COLUMN,
    "orphans": Kind.FOREIGN_KEY,
    "cast_fails": Kind.COLUMN,
    "too_long": Kind.COLUMN,
}


def found_in_rows(connection: BaseDatabaseWrapper, location: Location) -> Iterator[Finding]:
    """A finding for each hazard that pending migrations would meet. Scans the tables that they are about."""
    counter = Counter(connection, location.schema)
    for m, state in enumerate(location.states.migrations):
        migration = location.graph.plan[m]
        for o in range(len(migration.operations)) if state is State.PENDING else ():
            for hazard in dict.fromkeys(met((m, o), location, counter)):
                checks = hazard.kind == "cast_fails" and "break the check" in hazard.message
                yield Finding(
                    code=ROWS_IN_THE_WAY.code, level=ROWS_IN_THE_WAY.level, problem=Problem.DIFFERENT,
                    kind=Kind.CHECK if checks else KINDS[hazard.kind], table=hazard.table, columns=hazard.columns,
                    app=migration.app_label, migration=migration.name, file=file_of(migration),
                    line=line_of(migration, o), hint="put these rows right, then manage.py migrate",
                    message=f"{migration.app_label}.{migration.name} would fail: {hazard.message}",
                )  # fmt: skip


def met(op: Op, location: Location, counter: Counter) -> Iterator[Hazard]:
    """What one operation of a pending migration would meet."""
    if _code_runs_before(op, location) or isinstance(location.graph.plan[op[0]].operations[op[1]], RunSQL):
        return
    effects = [e for e in location.effects.get(op, ()) if e.step > location.located_steps[e.timeline]]
    gone = {e.timeline for e in effects if isinstance(e.timeline, TableTimeline)}
    met = _Met(op, location, counter)
    for effect in effects:
        timeline = effect.timeline
        table = (
            location.matched.tables.get(timeline.table)
            if isinstance(timeline, ColumnTimeline | ConstraintTimeline)
            else None
        )
        if table is None or getattr(timeline, "table", None) in gone or not met.is_next(effect):
            continue
        if isinstance(timeline, ColumnTimeline):
            yield from met.column(timeline, timeline.steps[effect.step].shape, table.name)
        elif isinstance(timeline, ConstraintTimeline):
            yield from met.constraint(timeline, timeline.steps[effect.step].shape, table.name, effects)


def _code_runs_before(op: Op, location: Location) -> bool:
    """Whether code or SQL that is pending, too, may change rows before it: of its migration, or of an ancestor."""
    plan, states = location.graph.plan, location.states.migrations
    above = positions_in(location.graph.ancestors[op[0]])
    before = [(m, o) for m in above if states[m] is State.PENDING for o in _range(plan[m])]
    before += [(op[0], o) for o in range(op[1])]
    return any(location.history.operations[m][o].opaque or _changes_rows(plan[m].operations[o]) for m, o in before)


def _range(migration: Any) -> range:
    return range(len(migration.operations))


def _changes_rows(operation: Any) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return any(map(_changes_rows, operation.database_operations))
    return isinstance(operation, RunPython | RunSQL)


class _Met:
    def __init__(self, op: Op, location: Location, counter: Counter) -> None:
        self.op = op
        self.location = location
        self.counter = counter
        self.tasks = TaskHazards(counter, FOR_PENDING, fills=self._fills, only_failures=True)

    def is_next(self, effect: Effect) -> bool:
        """Whether no pending operation comes before it on the same object."""
        return effect.step == self.location.located_steps[effect.timeline] + 1

    def column(self, timeline: ColumnTimeline, shape: Column | None, table: str) -> Iterator[Hazard]:
        actual: Column | None = self.location.matched.places[timeline].actual
        if shape is None:
            return
        if actual is None:
            yield from self.tasks.of(t.MakeColumn(timeline, table, shape))
        else:
            yield from self.tasks.of(t.AlterColumn(timeline, table, shape, actual))

    def constraint(
        self, timeline: ConstraintTimeline, shape: Any, table: str, effects: Collection[Effect]
    ) -> Iterator[Hazard]:
        if shape is None or self.location.matched.places[timeline].actual is not None:
            return
        made = {e.timeline for e in effects if isinstance(e.timeline, ColumnTimeline)}
        names = reads(shape)
        columns = [each for each in timeline.table.every_column if self._name(each) in names]
        if any(self._is_ahead(each) for each in columns if each not in made):
            return
        unique = isinstance(shape, PrimaryKey) or (isinstance(shape, Index) and shape.unique)
        if unique and len(names) == 1 and any(self.location.matched.places[each].actual is None for each in made):
            field = self._field()
            if field is not None and self._default_of(field) is not None:
                yield from self.tasks.one_value_for_all(table, shape.columns)
            return
        yield from broken(self.counter, table, shape)

    def _name(self, timeline: ColumnTimeline) -> str | None:
        return next((step.shape.name for step in reversed(timeline.steps) if step.shape and step.at <= self.op), None)

    def _is_ahead(self, timeline: ColumnTimeline) -> bool:
        """Whether a pending operation before this one gives the column another shape, or makes it."""
        steps = timeline.steps[self.location.located_steps[timeline] + 1 :]
        return any(step.at < self.op for step in steps)

    def _fills(self, target: Target) -> bool:
        """Whether the operation has a value for rows without one, as the schema editor works it out."""
        field = self._field()
        return target.column.default is not None or field is None or self._default_of(field) is not None

    def _field(self) -> Any:
        return getattr(self.location.graph.plan[self.op[0]].operations[self.op[1]], "field", None)

    def _default_of(self, field: Any) -> Any:
        if field.remote_field is not None:  # a migration's own field knows the name of its target, not the model
            return field._get_default() if field.has_default() else None
        editor: Any = self.counter.connection.SchemaEditorClass
        return editor._effective_default(field)
