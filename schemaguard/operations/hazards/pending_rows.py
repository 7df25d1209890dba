"""Rows that a pending migration would fail over, or cut. Only rows that its operations meet as they are now.

What it drops is the project's own intention, and no hazard. Code may put rows right before: nobody can count these, and
nothing is said of them. Nor of what an earlier operation gives other values (`altered_before.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations import RunPython, RunSQL, SeparateDatabaseAndState

from schemaguard.diagnosis.codes import ROWS_IN_THE_WAY
from schemaguard.diagnosis.model import Finding, Hazard, State
from schemaguard.history.bits import positions_in
from schemaguard.history.source_files import file_of, line_of
from schemaguard.location.effects import by_kind
from schemaguard.operations import tasks as t
from schemaguard.operations.hazards.altered_before import Values, values_after
from schemaguard.operations.hazards.constraint_violations import broken
from schemaguard.operations.hazards.of_tasks import FOR_PENDING, Target, TaskHazards
from schemaguard.operations.hazards.row_counts import Counter
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Column, ForeignKey, Index, PrimaryKey, reads

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location

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
    told: dict[Any, int] = {}
    for m, state in enumerate(location.states.migrations):
        migration = location.graph.plan[m]
        for o in range(len(migration.operations)) if state is State.PENDING else ():
            for hazard in dict.fromkeys(met((m, o), location, counter, told)):
                checks = hazard.kind == "cast_fails" and "break the check" in hazard.message
                yield Finding(
                    code=ROWS_IN_THE_WAY.code, level=ROWS_IN_THE_WAY.level, problem=Problem.DIFFERENT,
                    kind=Kind.CHECK if checks else KINDS[hazard.kind], table=hazard.table, columns=hazard.columns,
                    app=migration.app_label, migration=migration.name, file=file_of(migration),
                    line=line_of(migration, o), hint="put these rows right, then manage.py migrate",
                    message=f"{migration.app_label}.{migration.name} would fail: {hazard.message}",
                )  # fmt: skip


def met(op: Op, location: Location, counter: Counter, told: dict[Any, int] | None = None) -> Iterator[Hazard]:
    """What one operation of a pending migration would meet. `told`: how many rows were told for the ones before."""
    if _code_runs_before(op, location) or isinstance(location.graph.plan[op[0]].operations[op[1]], RunSQL):
        return
    own = by_kind(each for each in location.effects_at(op) if location.is_ahead(each))
    gone = {each.timeline for each in own.tables}  # or made: of what hangs on it, nothing is said
    met = _Met(op, location, counter, told if told is not None else {})
    for table in own.tables:
        if table.makes:
            yield from met.table(table.timeline, table.step)
    for column in own.columns:
        owner = column.timeline.table
        if owner not in gone and (live := location.live_table(owner)) is not None:
            yield from met.column(column.timeline, column.step, live.name)
    made = {each.timeline for each in own.columns}
    for constraint in own.constraints:
        owner = constraint.timeline.table
        if owner not in gone and (live := location.live_table(owner)) is not None and met.is_next(constraint):
            yield from met.constraint(constraint.timeline, constraint.after, live.name, made)


def _code_runs_before(op: Op, location: Location) -> bool:
    """Whether code or SQL that is pending, too, may change rows before it: of its migration, or of an ancestor."""
    plan, states = location.graph.plan, location.states.migrations
    above = positions_in(location.graph.ancestors[op[0]])
    before = [(m, o) for m in above if states[m] is State.PENDING for o in _range(plan[m])]
    before += [(op[0], o) for o in range(op[1])]
    return any(location.history.runs_code((m, o)) or _changes_rows(plan[m].operations[o]) for m, o in before)


def _range(migration: Any) -> range:
    return range(len(migration.operations))


def _changes_rows(operation: Any) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return any(map(_changes_rows, operation.database_operations))
    return isinstance(operation, RunPython | RunSQL)


class _Met:
    def __init__(self, op: Op, location: Location, counter: Counter, told: dict[Any, int]) -> None:
        self.told = told
        self.op = op
        self.location = location
        self.counter = counter
        self.tasks = TaskHazards(counter, FOR_PENDING, fills=self._fills, only_failures=True)

    def is_next(self, effect: AnyEffect) -> bool:
        """Whether no pending operation comes before it on the same object."""
        return effect.step == self.location.located_step(effect.timeline) + 1

    def table(self, timeline: TableTimeline, step: int) -> Iterator[Hazard]:
        shape = timeline.steps[step].shape
        if shape is not None:
            yield from self.tasks.of(t.MakeTable(timeline, shape.name))

    def column(self, timeline: ColumnTimeline, step: int, table: str) -> Iterator[Hazard]:
        actual: Column | None = self.location.live(timeline)
        shape = timeline.steps[step].shape
        located = self.location.located_step(timeline)
        if shape is None or (actual is None and step > located + 1):
            return
        if actual is None:
            yield from self.tasks.of(t.MakeColumn(timeline, table, shape))
            return
        before = [each.shape for each in timeline.steps[located:step]] if located >= 0 else [None]
        values = values_after(before)
        if values is Values.CHANGED and step > located + 1:
            return
        for hazard in self.tasks.of(t.AlterColumn(timeline, table, shape, actual)):
            if not (values is Values.NULLS_FILLED and hazard.kind == "nulls") and not self._is_told(timeline, hazard):
                yield hazard

    def _is_told(self, timeline: ColumnTimeline, hazard: Hazard) -> bool:
        """Whether an operation before this one meets the very same rows, on the same column."""
        key = timeline, hazard.kind
        told = self.told.get(key) == hazard.rows
        self.told[key] = hazard.rows
        return told

    def constraint(
        self, timeline: ConstraintTimeline, shape: Any, table: str, made: Collection[ColumnTimeline]
    ) -> Iterator[Hazard]:
        """`made`: the columns that the operation makes or alters."""
        if shape is None or self.location.live(timeline) is not None:
            return
        names = reads(shape)
        columns = [each for each in timeline.table.every_column if self._name(each) in names]
        unique = isinstance(shape, PrimaryKey) or (isinstance(shape, Index) and shape.unique)
        if unique and len(names) == 1 and any(self.location.live(each) is None for each in made):
            field = self._field()
            if field is not None and self._default_of(field) is not None:
                yield from self.tasks.one_value_for_all(table, shape.columns)
            return
        rest = [each for each in columns if each not in made]
        if not any(self._is_changed(each, may_fill=unique or isinstance(shape, ForeignKey)) for each in rest):
            yield from broken(self.counter, table, shape)

    def _name(self, timeline: ColumnTimeline) -> str | None:
        return next((step.shape.name for step in reversed(timeline.steps) if step.shape and step.at <= self.op), None)

    def _is_changed(self, timeline: ColumnTimeline, *, may_fill: bool) -> bool:
        """Whether a pending operation before this one makes the column, or gives it values that nobody knows now.

        `may_fill`: rows without a value may get one, since they break nothing now, and the others break it for sure.
        """
        located = self.location.located_step(timeline)
        steps = [step for step in timeline.steps[located + 1 :] if step.at < self.op]
        if not steps:
            return False
        if located < 0 or self.location.live(timeline) is None:
            return True
        values = values_after([timeline.steps[located].shape, *(step.shape for step in steps)])
        return values is Values.CHANGED or (values is Values.NULLS_FILLED and not may_fill)

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
