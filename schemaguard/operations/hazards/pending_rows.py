"""Rows that a migration to come would fail over, or cut: counted where its operations find them as they are now.

What it drops is the project's own intention, and no hazard. Nor is anything said of rows that code, or an earlier
operation, may put right before: nobody can count those beforehand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import RunPython, RunSQL, SeparateDatabaseAndState

from schemaguard.diagnosis.codes import ROWS_IN_THE_WAY
from schemaguard.diagnosis.model import Finding, Hazard, State
from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline, reads
from schemaguard.history.source_files import file_of, line_of
from schemaguard.location.effects import Effect
from schemaguard.location.locate import Location
from schemaguard.operations.hazards.casts import castable, narrowed, uncastable
from schemaguard.operations.hazards.constraint_violations import broken
from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.schema.kinds import Kind, Problem
from schemaguard.schema.objects import Column, Index, PrimaryKey

KINDS = {
    "duplicates": Kind.UNIQUE,
    "nulls": Kind.COLUMN,
    "orphans": Kind.FOREIGN_KEY,
    "cast_fails": Kind.COLUMN,
    "too_long": Kind.COLUMN,
}


def found_in_rows(connection: BaseDatabaseWrapper, location: Location) -> Iterator[Finding]:
    """What all pending migrations would meet, a finding each. Scans the tables that they are about."""
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
    """Whether code, or SQL, of what is pending too may change rows before it: its own migration's, or an ancestor's."""
    plan, states = location.graph.plan, location.states.migrations
    before = [(m, o) for m in location.graph.ancestors[op[0]] if states[m] is State.PENDING for o in _range(plan[m])]
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
        self.connection: Any = counter.connection

    def is_next(self, effect: Effect) -> bool:
        """Whether nothing pending comes before it on the same object."""
        return effect.step == self.location.located_steps[effect.timeline] + 1

    def column(self, timeline: ColumnTimeline, shape: Column | None, table: str) -> Iterator[Hazard]:
        actual: Column | None = self.location.matched.places[timeline].actual
        if shape is None:
            return
        if actual is None:
            bare = not (shape.nullable or shape.auto or shape.default is not None or shape.generated is not None)
            if bare and not self._gives_value(shape):
                what = "would have no value in the new NOT NULL column"
                yield from self.counter.rows(Rows(kind="nulls", table=table, columns=(shape.name,), what=what))
            return
        if actual.nullable and not shape.nullable and not self._gives_value(shape):
            what, condition = "are NULL in a column that becomes NOT NULL", f"{self.counter.quote(actual.name)} IS NULL"
            rows = Rows(kind="nulls", table=table, columns=(actual.name,), what=what, condition=condition)
            yield from self.counter.rows(rows)
        if shape.type != actual.type and self.counter.backend.casts_in_queries:
            yield from self._retyped(shape, actual, table)

    def _retyped(self, shape: Column, actual: Column, table: str) -> Iterator[Hazard]:
        length = narrowed(shape, actual)
        if length is not None:
            what = f"are longer than {shape.type} allows"
            condition = f"length(CAST({self.counter.quote(actual.name)} AS text)) > {length}"
            rows = Rows(kind="too_long", table=table, columns=(actual.name,), what=what, condition=condition)
            yield from self.counter.rows(rows)
        elif not castable(self.counter, table, shape, actual):
            yield from uncastable(self.counter, table, shape, actual)

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
            yield from self._one_value_for_all(shape, table)
            return
        yield from broken(self.counter, table, shape)

    def _name(self, timeline: ColumnTimeline) -> str | None:
        return next((step.shape.name for step in reversed(timeline.steps) if step.shape and step.at <= self.op), None)

    def _is_ahead(self, timeline: ColumnTimeline) -> bool:
        """Whether a pending operation before this one gives the column another shape, or makes it."""
        steps = timeline.steps[self.location.located_steps[timeline] + 1 :]
        return any(step.at < self.op for step in steps)

    def _one_value_for_all(self, shape: Any, table: str) -> Iterator[Hazard]:
        """A default is worked out once: a unique column that has one cannot be added to more than one row."""
        field = self._field()
        if field is None or self._default_of(field) is None:
            return
        number = self.counter.tried(f"SELECT count(*) FROM {self.counter.quote(table)}") or 0
        if number > 1:
            rows = Rows(kind="duplicates", table=table, columns=shape.columns, what="would all get the same default")
            yield self.counter.hazard(rows, number, "", f"SELECT * FROM {self.counter.quote(table)}")

    def _gives_value(self, shape: Column) -> bool:
        """Whether the operation has a value for rows without one, as the schema editor works it out."""
        field = self._field()
        return shape.default is not None or field is None or self._default_of(field) is not None

    def _field(self) -> Any:
        return getattr(self.location.graph.plan[self.op[0]].operations[self.op[1]], "field", None)

    def _default_of(self, field: Any) -> Any:
        if field.remote_field is not None:  # a migration's own field knows the name of its target, not the model
            return field._get_default() if field.has_default() else None
        return self.connection.SchemaEditorClass._effective_default(field)
