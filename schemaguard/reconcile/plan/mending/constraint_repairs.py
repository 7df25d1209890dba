"""The tasks that bring a constraint or an index to what it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.operations import tasks as t
from schemaguard.operations.needs import columns_of
from schemaguard.operations.spelling import stands_alone
from schemaguard.reconcile.plan.choosing import choices as c
from schemaguard.reconcile.plan.mending.repair_tasks import (
    changed,
    comes_with_column,
    enforcing,
    finishing,
    name_or_words,
)
from schemaguard.schema.objects import ForeignKey, PrimaryKey, reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, ConstraintTimeline
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task
    from schemaguard.reconcile.plan.choosing.conflict_policy import Decider
    from schemaguard.reconcile.plan.mending.left_alone import LeftAlone
    from schemaguard.reconcile.plan.mending.own_names import OwnNames
    from schemaguard.schema.objects import Constraint, Table


class ConstraintRepairs:
    """For one plan. What a person has to choose goes through the decider."""

    def __init__(
        self, location: Location, decider: Decider, left_alone: LeftAlone, held: frozenset[int], names: OwnNames
    ) -> None:
        """`held`: the migrations that the database holds, all or in part."""
        self.location = location
        self.decider = decider
        self.left_alone = left_alone
        self.held = held
        self.names = names

    def of_constraint(self, timeline: ConstraintTimeline) -> Iterator[Task]:
        if self.left_alone.is_accepted(timeline, self._under(timeline)):
            return
        if self.location.dropped_as_constraint(timeline) is not None:
            yield self._promoted(timeline)
            return
        if self.location.placement(timeline).in_doubt:
            return
        if self.left_alone.is_as_expected(timeline) and not self._goes_with_column(timeline):
            return
        live = self.left_alone.mended_table(timeline.table)
        if live is not None:
            yield from self._on_table(timeline, live)
        elif self.location.live_table(timeline.table) is None:
            yield from self._beside_table(timeline)

    def _promoted(self, timeline: ConstraintTimeline) -> Task:
        shape, name = self.location.expected_shape(timeline), self.location.live(timeline).name
        new_name = shape.name if shape is not None and shape.named and shape.name else name
        return t.PromoteIndex(timeline, self.location.live_tables[timeline.table].name, name, new_name)

    def _beside_table(self, timeline: ConstraintTimeline) -> Iterator[Task]:
        """Makes what a table that is made does not bring along."""
        shape, table = self.location.expected_shape(timeline), self.location.expected_shape(timeline.table)
        if table is not None and shape is not None and self._is_in_no_model(timeline):
            yield t.MakeConstraint(timeline, table.name, shape)

    def _on_table(self, timeline: ConstraintTimeline, table: Table) -> Iterator[Task]:
        if self.location.follows(timeline):
            return
        shape, actual = self.location.expected_shape(timeline), self.location.live(timeline)
        if shape is not None and self._goes_with_column(timeline) and stands_alone(actual):
            yield t.DropConstraint(timeline, table.name, actual)  # no server drops all of it with the column
        if shape is not None and self._comes_along(timeline, shape):
            yield from self._other_key(timeline, shape, table)
        else:
            yield from self._mended(timeline, table)

    def _other_key(self, timeline: ConstraintTimeline, shape: Constraint, table: Table) -> Iterator[Task]:
        """The task that drops another primary key first: a new one comes with its column, and must not meet any."""
        place, stranger = self.location.placement(timeline), self.location.in_another_shape.get(timeline)
        if isinstance(place.actual, PrimaryKey) and not place.nearest:
            # The history itself gives the key to another column.
            yield t.DropConstraint(timeline, table.name, place.actual)
        elif isinstance(stranger, PrimaryKey):
            if self.decider.may_alter(timeline, shape, f"{name_or_words(stranger)} on {table.name}", stranger):
                yield t.DropConstraint(timeline, table.name, stranger)

    def _mended(self, timeline: ConstraintTimeline, table: Table) -> Iterator[Task]:
        place, shape = self.location.placement(timeline), self.location.expected_shape(timeline)
        if shape is None:
            if place.actual is not None and not isinstance(place.actual, PrimaryKey):
                yield t.DropConstraint(timeline, table.name, place.actual)
        elif self._goes_with_column(timeline):
            yield self.names.making(timeline, table.name, shape)
        elif place.renamed and shape.name is not None:
            yield t.RenameConstraint(timeline, table.name, place.actual, shape.name)
        elif place.unfinished:
            yield from finishing(timeline, table.name, shape, place.actual)
        elif place.lapsed:
            yield enforcing(timeline, table.name, shape, place.actual)
        elif place.actual is None:
            if self.location.expected_op(timeline) is None or self._is_taken_away(timeline):
                return
            stranger = self.location.in_another_shape.get(timeline)
            if stranger is not None:
                if not self.decider.may_alter(timeline, shape, f"{name_or_words(stranger)} on {table.name}", stranger):
                    return
                yield t.DropConstraint(timeline, table.name, stranger, comes_again=isinstance(stranger, PrimaryKey))
            yield self.names.making(timeline, table.name, shape)
        elif self.decider.may_alter(timeline, shape, f"{name_or_words(place.actual)} on {table.name}"):
            yield from changed(timeline, table.name, self.location.expected_step(timeline), place)

    # ------------------------------------------------------------------------------------------------- what it is over
    def _under(self, timeline: ConstraintTimeline) -> Iterator[AnyTimeline]:
        """What it is over: columns, and the table that it points at."""
        yield from self._columns_under(timeline)
        shape = self.location.expected_shape(timeline)
        if isinstance(shape, ForeignKey) and shape.target in self.location.history.timelines.tables:
            yield self.location.history.timelines.tables[shape.target]

    def _columns_under(self, timeline: ConstraintTimeline) -> Iterator[ColumnTimeline]:
        shape = self.location.expected_shape(timeline)
        if shape is not None:
            yield from columns_of(timeline.table, self.location, reads(shape))

    def _goes_with_column(self, timeline: ConstraintTimeline) -> bool:
        """Whether it is over a column that seems to be renamed, and is to be made anew."""
        return c.REPLACE in self._answers(timeline)

    def _answers(self, timeline: ConstraintTimeline) -> set[str]:
        """What was answered about the columns under it that seem to be renamed."""
        columns = self._columns_under(timeline) if self.location.has_renamed_columns else ()
        return {self.decider.answer(each) for each in columns if self.location.placement(each).renamed}

    def _is_taken_away(self, timeline: ConstraintTimeline) -> bool:
        """Whether a migration that is completed as well takes it away: the models have it no more by then."""
        later = timeline.steps[self.location.expected_step(timeline) + 1 :]
        return any(step.shape is None and step.op is not None and step.op[0] in self.held for step in later)

    def _is_in_no_model(self, timeline: ConstraintTimeline) -> bool:
        """Whether it stands without a model that has it, so that neither its table nor its column brings it."""
        return not timeline.is_modelled(lambda op: op[0] in self.held)

    def _comes_along(self, timeline: ConstraintTimeline, shape: Constraint) -> bool:
        """Whether it comes with a column that is made, or is left with one that is not named again."""
        if not self._answers(timeline) <= {c.ALTER, c.REPLACE}:
            return True
        is_made = self._goes_with_column(timeline) or self.location.lacks_columns(timeline, shape)
        return is_made and comes_with_column(timeline) and not self._is_in_no_model(timeline)
