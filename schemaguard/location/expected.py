"""At which step of its timeline each object should stand, and what stands there instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    TableTimeline,
)
from schemaguard.location.bare_indexes import dropped_as_constraint
from schemaguard.location.matching.placements import ExtraConstraint
from schemaguard.location.state import State
from schemaguard.schema.objects import Constraint, ForeignKey, PrimaryKey, Schema, Table, reads
from schemaguard.schema.renaming import renamed, renamed_over

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from schemaguard.database.base import Backend
    from schemaguard.history.graph import Graph
    from schemaguard.history.timelines import Timelines
    from schemaguard.location.matching import MatchResult
    from schemaguard.location.model_tables import ModelTables
    from schemaguard.location.states import States
    from schemaguard.schema.compare import Difference


class Expected:
    """The timelines of a history as they should stand in one database: recorded, or there without a record."""

    def __init__(
        self,
        graph: Graph,
        timelines: Timelines,
        schema: Schema,
        matched: MatchResult,
        located_steps: Mapping[AnyTimeline, int],
        states: States,
        models: ModelTables,
        backend: Backend,
    ) -> None:
        self.graph = graph
        self.timelines = timelines
        self.schema = schema
        self.matched = matched
        self.located_steps = located_steps
        self.states = states
        self.models = models
        self.backend = backend
        self._timelines = {live.name: timeline for timeline, live in matched.tables.items()}
        self._steps: dict[AnyTimeline, int] = {
            timeline: self._expected_step(timeline) for timeline in timelines.object_timelines()
        }
        self.in_another_shape: dict[ConstraintTimeline, Constraint] = {}
        """Constraints that are missing, each with the live one that stands there in another shape."""
        self.extra_constraints: list[ExtraConstraint] = []
        """Live constraints that belong to no timeline, not even in another shape."""
        self._share_out()

    def step_of(self, timeline: AnyTimeline) -> int:
        """The step at which an object should stand."""
        return self._steps[timeline]

    def timeline_of(self, table: str | None) -> TableTimeline | None:
        """The timeline of the live table of that name."""
        return self._timelines.get(table) if table is not None else None

    def _share_out(self) -> None:
        free: dict[TableTimeline, list[Constraint]] = {}
        for timeline, _, actual in self.matched.extra_constraints:
            free.setdefault(timeline, []).append(actual)
        for timeline, strangers in free.items():
            table = self.matched.tables[timeline]
            if timeline.steps[self._steps[timeline]].shape is not None:
                for constraint in timeline.every_constraint:
                    step = self._begun(constraint)
                    missing = self._is_missing(constraint, table, step)
                    other = self._stands_for(constraint, strangers, step) if missing else None
                    if other is not None:
                        self.in_another_shape[constraint] = other
                        self._steps[constraint] = step
                        strangers.remove(other)
            self.extra_constraints += [ExtraConstraint(timeline, table, actual) for actual in strangers]

    def _expected_step(self, timeline: AnyTimeline) -> int:
        """The step at which an object should stand: the last that is recorded, or that is there without a record."""
        return max(self.located_steps[timeline], timeline.last_step(lambda op: self.graph.recorded[op[0]]))

    def _begun(self, timeline: ConstraintTimeline) -> int:
        """The expected step; or the next, where its migration is there in part and makes it at that step."""
        expected_step = self._steps[timeline]
        if timeline.steps[expected_step].shape is None and expected_step + 1 < len(timeline.steps):
            op = timeline.steps[expected_step + 1].op
            if op is not None and self.states.migrations[op[0]] is State.PARTIAL:
                return expected_step + 1
        return expected_step

    def dropped_as_constraint(self, timeline: AnyTimeline) -> Op | None:
        """The pending operation that will drop as a constraint what is a unique index alone, and does the same."""
        if not self.backend.drops_constraints:
            return None
        return dropped_as_constraint(
            timeline, self._steps[timeline], self.matched.places[timeline], self.graph.recorded
        )

    def told_step(self, timeline: AnyTimeline) -> int:
        """The step that a finding is about: the expected one, or the next, where a view keeps that from being made."""
        expected_step = self._steps[timeline]
        shape: object = timeline.steps[expected_step].shape
        if (
            shape
            or expected_step + 1 == len(timeline.steps)
            or not self.matched.view_in_place_of(timeline, expected_step + 1)
        ):
            return expected_step
        return expected_step + 1

    def is_kept(self, timeline: AnyTimeline) -> bool:
        """Whether it should be gone and stays: a model of the project has it, and no pending migration makes it."""
        expected_step = self._steps[timeline]
        if expected_step == 0 or timeline.steps[expected_step].shape is not None or timeline.comes_back(expected_step):
            return False
        if isinstance(timeline, ConstraintTimeline):
            actual = self.matched.places[timeline].actual
            columns = [each for each in timeline.table.every_column if self.is_kept(each)] if actual is not None else []
            return any(self.matched.places[each].actual.name in actual.columns for each in columns)
        return self.models.have_live(timeline, self.matched) or self._is_in_the_way(timeline)

    def _is_in_the_way(self, timeline: AnyTimeline) -> bool:
        """Whether another table should have the name of this one: that is told of that one, which waits for it."""
        live = self.matched.tables.get(timeline) if isinstance(timeline, TableTimeline) else None
        other = self.timelines.tables.get(live.name) if live is not None else None
        shape = other.steps[self._steps[other]].shape if other is not None and other in self.matched.tables else None
        return live is not None and shape is not None and shape.name == live.name

    def may_be_so(self, timeline: AnyTimeline) -> bool:
        """Whether it may stand as it does because of code, or of an operation that did nothing."""
        return self._may_be_at(timeline, self._steps[timeline])

    def _may_be_at(self, timeline: AnyTimeline, step: int) -> bool:
        place = self.matched.places[timeline]
        return place.in_doubt or (timeline.has_slack and not place.nearest and step in place.allowed)

    def follows(self, timeline: ConstraintTimeline) -> bool:
        """Whether it is there as before columns and tables were renamed, which is still to be done: it follows them."""
        place, located, expected_step = (
            self.matched.places[timeline],
            self.located_steps[timeline],
            self._steps[timeline],
        )
        shape, expected = timeline.steps[located].shape, timeline.steps[expected_step].shape
        if place.actual is None or place.nearest or place.unfinished or place.renamed or located >= expected_step:
            return False
        if shape is None or expected is None:
            return False
        for name, new_name in self._renames(timeline.table.every_column):
            shape = renamed_over(shape, name, new_name)
        if isinstance(shape, ForeignKey):
            shape = self._with_target(shape)
        # A name that nobody gave stays as it is.
        return expected == (shape if expected.named else replace(shape, name=expected.name, named=False))

    def _renames(self, timelines: Iterable[ColumnTimeline | TableTimeline]) -> Iterator[tuple[str, str]]:
        """(name, new name) of those that are to be renamed."""
        for timeline in timelines:
            shape, expected = (timeline.steps[at[timeline]].shape for at in (self.located_steps, self._steps))
            if shape is not None and expected is not None and shape.name != expected.name:
                yield shape.name, expected.name

    def _with_target(self, shape: ForeignKey) -> ForeignKey:
        """A foreign key once the table that it points at, and the columns of that, are renamed."""
        table = self.timeline_of(shape.target)
        if table is None:
            return shape
        columns = shape.target_columns
        for name, new_name in self._renames(table.every_column):
            columns = renamed(columns, name, new_name)
        target = dict(self._renames([table])).get(shape.target, shape.target)
        return replace(shape, target=target, target_columns=columns)

    def differences(self, timeline: AnyTimeline) -> tuple[Difference, ...]:
        """The differences between what stands and the step at which it should stand."""
        return self.matched.places[timeline].differences.get(self._steps[timeline], ())

    def _is_missing(self, timeline: ConstraintTimeline, table: Table, at: int) -> bool:
        absent = self.matched.places[timeline].actual is None and timeline.steps[at].shape is not None
        return absent and not self._may_be_at(timeline, at) and self._has_its_columns(timeline, table, at)

    def has_a_cause_of_its_own(self, timeline: ConstraintTimeline, table: Table, at: int) -> bool:
        """Whether nothing else explains that it is missing: one cause is one finding.

        What has another cause: the index on a missing column; a foreign key that points at a missing table; the index
        on a generated column that was made anew, as stored in place of virtual. A foreign key that is there and points
        at another table is told, too.
        """
        target = getattr(timeline.steps[at].shape, "target", None)
        there = target is None or timeline in self.in_another_shape or self.schema.find(target) is not None
        return there and self._has_its_columns(timeline, table, at)

    def _has_its_columns(self, timeline: ConstraintTimeline, table: Table, at: int) -> bool:
        step = timeline.steps[at]
        if step.op is None or step.shape is None:
            return False
        if isinstance(step.shape, PrimaryKey) and self.matched.places[timeline].actual is None and _has_key(table):
            return True  # another key stands there
        if self.lacks_columns(timeline, step.shape):
            return False
        return not self._is_over_one_made_anew(timeline, step.shape, table)

    def lacks_columns(self, timeline: ConstraintTimeline, shape: Constraint) -> bool:
        """Whether it is no wonder that a constraint is missing, since a column is."""
        return not reads(shape) <= self.matched.names_of_columns(timeline.table)

    def _is_over_one_made_anew(self, timeline: ConstraintTimeline, shape: Constraint, table: Table) -> bool:
        """Whether it is over a generated column that stands as virtual, and should be stored, or the other way round.

        No statement of PostgreSQL turns one into the other, and a virtual column has no index there.
        """
        for column in timeline.table.every_column:
            expected = column.steps[self._steps[column]].shape
            actual = table.columns.get(expected.name) if expected is not None else None
            if expected is None or actual is None or None in (expected.generated, actual.generated):
                continue
            if expected.stored != actual.stored and actual.name in reads(shape):
                return True
        return False

    def _stands_for(
        self, timeline: ConstraintTimeline, strangers: Collection[Constraint], at: int
    ) -> Constraint | None:
        """An unclaimed live constraint of the same kind, over the same columns or under its name: in another shape."""
        shape = timeline.steps[at].shape
        assert shape is not None
        names = self._names_of(timeline)
        for actual in strangers:
            if type(actual) is not type(shape):
                continue
            if actual.name is not None and actual.name in names:
                return actual
            same = actual.kind is shape.kind and actual.columns == shape.columns and actual.columns and not shape.named
            if same or isinstance(actual, PrimaryKey):  # of which a table has one
                return actual
        return None

    def _names_of(self, timeline: ConstraintTimeline) -> set[str | None]:
        """All names that it ever had, with those that the server gives: a rename of its table keeps them."""
        names = {step.shape.name for step in timeline.steps if step.shape is not None}
        suffix = timeline.servers_suffix
        if suffix is None:
            return names
        tables = {step.shape.name for step in timeline.table.steps if step.shape is not None}
        columns = {
            step.shape.columns for step in timeline.steps if step.shape is not None and len(step.shape.columns) == 1
        }
        return names | {self.backend.usual_name(table, column, suffix) for table in tables for (column,) in columns}


def _has_key(table: Table) -> bool:
    return any(isinstance(each, PrimaryKey) for each in table.constraints)
