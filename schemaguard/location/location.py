"""A located database: a value, and the questions that it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

from schemaguard.location.effects import by_kind
from schemaguard.location.state import State
from schemaguard.location.states import is_visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from schemaguard.database.base import Backend
    from schemaguard.history.graph import Graph
    from schemaguard.history.noted import Noted
    from schemaguard.history.object_timeline import (
        AnyTimeline,
        ConstraintTimeline,
        ObjectTimeline,
        Op,
        S,
        TableTimeline,
    )
    from schemaguard.history.source_files import Code
    from schemaguard.history.walk import History
    from schemaguard.location.assumed_tables import AssumedTable
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.expected import Expected
    from schemaguard.location.matching import MatchResult, Placement
    from schemaguard.location.matching.placements import ExtraColumn, ExtraConstraint
    from schemaguard.location.model_tables import ModelTables
    from schemaguard.location.noted_states import SqlProgress
    from schemaguard.location.renamed_apps import RenamedApp
    from schemaguard.location.sql_objects import SqlObject
    from schemaguard.location.states import States
    from schemaguard.location.story import Story
    from schemaguard.location.swapped_models import Swap
    from schemaguard.location.unseen_code import UnseenCode
    from schemaguard.schema.compare import Difference
    from schemaguard.schema.objects import Constraint, Elsewhere, Schema, Table


@dataclass(frozen=True, slots=True)
class Location:
    """A database located in one reading of its history: everything that a plan and its execution go on from.

    Every object stands at one step of its timeline (`located_step`), and should stand at one (`expected_step`). What is
    live is asked of it too, so that nobody outside puts steps, places and shapes together by hand.
    """

    graph: Graph
    history: History
    schema: Schema
    _matched: MatchResult
    story: Story
    _located_steps: Mapping[AnyTimeline, int]
    effects: Mapping[Op, list[AnyEffect]]
    states: States
    _expected: Expected
    backend: Backend
    unseen_code: UnseenCode
    """Code without a trace, in migrations without a record that cannot be rolled back."""
    models: ModelTables
    code_of: Callable[[str | None], Code]
    """The code of the migrations of an app, or of all, that cannot be read for sure."""
    swaps: tuple[Swap, ...] = ()
    granted: tuple[AssumedTable, ...] = ()
    relabelled: tuple[RenamedApp, ...] = ()
    notes: Mapping[int, Noted] = field(default_factory=dict)
    """How far `migrate` got, by its own notes, in migrations that are not recorded; by their positions."""
    sql_progress: Mapping[Op, SqlProgress] = field(default_factory=dict)
    """SQL of these in which it stopped."""

    # -------------------------------------------------------------------------------------------- where an object is
    def placement(self, timeline: AnyTimeline) -> Placement:
        """The steps that an object fits, and what of it is live."""
        return self._matched.places[timeline]

    def placements(self) -> Iterator[tuple[AnyTimeline, Placement]]:
        """Every timeline with its placement: tables before what hangs on them."""
        yield from self._matched.places.items()

    def live(self, timeline: AnyTimeline) -> Any:
        """What of it is in the database: a value of `schema.objects`, or None."""
        return self._matched.places[timeline].actual

    def located_step(self, timeline: AnyTimeline) -> int:
        """The step at which it stands."""
        return self._located_steps[timeline]

    @overload
    def located_shape(self, timeline: ObjectTimeline[S]) -> S | None: ...
    @overload
    def located_shape(self, timeline: AnyTimeline) -> Any: ...
    def located_shape(self, timeline: Any) -> Any:
        """The shape that the history gives it at the step at which it stands."""
        return timeline.steps[self._located_steps[timeline]].shape

    def expected_step(self, timeline: AnyTimeline) -> int:
        """The step at which it should stand: the last that is recorded, or that is there without a record."""
        return self._expected.step_of(timeline)

    @overload
    def expected_shape(self, timeline: ObjectTimeline[S]) -> S | None: ...
    @overload
    def expected_shape(self, timeline: AnyTimeline) -> Any: ...
    def expected_shape(self, timeline: Any) -> Any:
        """The shape that it should have by now; None where it should not be there."""
        return timeline.steps[self._expected.step_of(timeline)].shape

    def expected_op(self, timeline: AnyTimeline) -> Op | None:
        """The operation that gave it that shape, or took it away; None where it should be as in the beginning."""
        return timeline.steps[self._expected.step_of(timeline)].op

    def is_where_expected(self, timeline: AnyTimeline) -> bool:
        """Whether it stands at the step at which it should."""
        return self._expected.step_of(timeline) == self._located_steps[timeline]

    def told_step(self, timeline: AnyTimeline) -> int:
        """The step that a finding is about: the expected one, or the next, where a view keeps that from being made."""
        return self._expected.told_step(timeline)

    def differences(self, timeline: AnyTimeline) -> tuple[Difference, ...]:
        """The differences between what stands and the step at which it should stand."""
        return self._expected.differences(timeline)

    def may_be_so(self, timeline: AnyTimeline) -> bool:
        """Whether it may stand as it does because of code, or of an operation that did nothing."""
        return self._expected.may_be_so(timeline)

    def is_kept(self, timeline: AnyTimeline) -> bool:
        """Whether it should be gone and stays: a model of the project has it, and no pending migration makes it."""
        return self._expected.is_kept(timeline)

    # ----------------------------------------------------------------------------------------------------- constraints
    @property
    def in_another_shape(self) -> Mapping[ConstraintTimeline, Constraint]:
        """Constraints that are missing, each with the live one that stands there in another shape."""
        return self._expected.in_another_shape

    @property
    def extra_constraints(self) -> Sequence[ExtraConstraint]:
        """Live constraints that belong to no timeline, not even in another shape."""
        return self._expected.extra_constraints

    def dropped_as_constraint(self, timeline: AnyTimeline) -> Op | None:
        """The pending operation that will drop as a constraint what is a unique index alone, and does the same."""
        return self._expected.dropped_as_constraint(timeline)

    def follows(self, timeline: ConstraintTimeline) -> bool:
        """Whether it is there as before columns and tables were renamed, which is still to be done: it follows them."""
        return self._expected.follows(timeline)

    def lacks_columns(self, timeline: ConstraintTimeline, shape: Constraint) -> bool:
        """Whether it is no wonder that a constraint is missing, since a column is."""
        return self._expected.lacks_columns(timeline, shape)

    def has_a_cause_of_its_own(self, timeline: ConstraintTimeline, table: Table, at: int) -> bool:
        """Whether nothing else explains that it is missing: one cause is one finding."""
        return self._expected.has_a_cause_of_its_own(timeline, table, at)

    # ---------------------------------------------------------------------------------------------------------- tables
    @property
    def live_tables(self) -> Mapping[TableTimeline, Table]:
        """The live table of every table that is there."""
        return self._matched.tables

    def live_table(self, timeline: TableTimeline | None) -> Table | None:
        """The live table of a timeline; None where it is not there, and for what hangs on no table."""
        return self._matched.tables.get(timeline) if timeline is not None else None

    def live_constraints(self) -> Iterator[tuple[ConstraintTimeline, Constraint]]:
        """The constraints and indexes that are there, with what they are in the database."""
        for table in self.history.timelines.every_table:
            for constraint in table.every_constraint:
                actual = self._matched.places[constraint].actual
                if actual is not None:
                    yield constraint, actual

    def timeline_of(self, table: str | None) -> TableTimeline | None:
        """The timeline of the live table of that name."""
        return self._expected.timeline_of(table)

    def table_name(self, timeline: AnyTimeline, step: int) -> str | None:
        """What its table is called: in the database, or, where it is not there, at a step of what hangs on it.

        None for what hangs on no table.
        """
        table = timeline.owner
        if table is None:
            return None
        live = self._matched.tables.get(table)
        return live.name if live is not None else table.name_at(timeline.steps[step].at)

    def view_in_place_of(self, timeline: AnyTimeline, step: int | None = None) -> str | None:
        """The name of a view that keeps a table from being made, or renamed, at a step: by default `told_step`."""
        return self._matched.view_in_place_of(timeline, self.told_step(timeline) if step is None else step)

    @property
    def has_renamed_columns(self) -> bool:
        """Whether a column seems to have been renamed by hand, in whatever table."""
        return bool(self._matched.renamed_columns)

    def elsewhere(self, timeline: AnyTimeline) -> tuple[Elsewhere, ...]:
        """The tables of other schemas that a table may be which is not there."""
        return next((found for table, found in self._matched.elsewhere.items() if table is timeline), ())

    @property
    def names_of_live_tables(self) -> frozenset[str]:
        """What the live tables are called that are on a timeline."""
        return frozenset(table.name for table in self._matched.tables.values())

    # ------------------------------------------------------------------------------------------------------- strangers
    @property
    def extra_tables(self) -> Sequence[Table]:
        """The live tables that are on no timeline."""
        return self._matched.extra_tables

    @property
    def extra_columns(self) -> Sequence[ExtraColumn]:
        """The live columns that are on no timeline, of tables that are on one."""
        return self._matched.extra_columns

    # ------------------------------------------------------------------------------------------------------ operations
    @property
    def things(self) -> Sequence[SqlObject]:
        """The views, functions, triggers and rules that are not what SQL of the migrations makes them."""
        return self._matched.things

    def effects_of(self, migration: int) -> Iterator[AnyEffect]:
        """What a migration does, by its position in the plan, operation by operation."""
        for operation in range(len(self.graph.plan[migration].operations)):
            yield from self.effects.get((migration, operation), ())

    def effects_at(self, op: Op) -> Sequence[AnyEffect]:
        """What one operation does."""
        return self.effects.get(op, ())

    def goes_beyond_tables(self, op: Op) -> bool:
        """Whether an operation runs code, or makes or drops anything but tables and what hangs on them."""
        return self.history.runs_code(op) or bool(by_kind(self.effects_at(op)).others)

    def visible_effects_of(self, migration: int) -> Iterator[AnyEffect]:
        """What a migration does that can be seen in the catalog, and relied upon."""
        recorded = self.graph.recorded[migration]
        for effect in self.effects_of(migration):
            if is_visible(effect, self.placement(effect.timeline), self.located_step(effect.timeline), recorded):
                yield effect

    def is_ahead(self, effect: AnyEffect) -> bool:
        """Whether the object has not come that far."""
        return effect.step > self._located_steps[effect.timeline]

    @property
    def in_question(self) -> frozenset[int]:
        """The migrations of which nobody can tell whether they ran, since two stories are close.

        One that is pending is none of them where no records were lost: what has no record there has not run.
        """
        states = self.states.migrations
        lost = any(state in (State.PRESENT, State.PARTIAL) for state in states)
        open_states = (State.PRESENT, State.PENDING) if lost else ()
        return frozenset(m for m in self.story.close if states[m] in open_states)

    def left_of_sql(self, op: Op) -> int | None:
        """How many statements of SQL are done, where `migrate` noted that, and that it stopped before the others."""
        progress = self.sql_progress.get(op)
        return progress.done if progress is not None and progress.done < progress.size else None

    def undone(self, m: int) -> Iterator[AnyTimeline]:
        """The objects that keep a migration from being applied: not that far yet, or in a shape of no migration."""
        for effect in self.effects_of(m):
            located, place = self.located_step(effect.timeline), self.placement(effect.timeline)
            if effect.step > located or (effect.step == located and (place.nearest or place.lapsed)):
                yield effect.timeline
