"""The tasks that bring a table, or one of its columns, to what it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.history.object_timeline import shape_of
from schemaguard.operations import tasks as t
from schemaguard.reconcile.plan.choosing import choices as c
from schemaguard.reconcile.plan.mending.repair_tasks import alterations
from schemaguard.schema.compare import table_differences
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare, beside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.object_timeline import ColumnTimeline, TableTimeline
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task
    from schemaguard.reconcile.plan.choosing.conflict_policy import Decider
    from schemaguard.reconcile.plan.mending.left_alone import LeftAlone
    from schemaguard.schema.objects import Elsewhere, Table


class TableRepairs:
    """For one plan. What a person has to choose goes through the decider."""

    def __init__(self, location: Location, decider: Decider, left_alone: LeftAlone) -> None:
        self.location = location
        self.decider = decider
        self.left_alone = left_alone

    # ---------------------------------------------------------------------------------------------------------- tables
    def of_table(self, timeline: TableTimeline) -> Iterator[Task]:
        """Also for one that stands as it should: its comment is no part of what is compared."""
        if self.left_alone.is_accepted(timeline) or self.location.placement(timeline).in_doubt:
            return
        if not (timeline.maybe_noop_ops and self.left_alone.is_as_expected(timeline)):
            yield from self._mended(timeline)

    def _mended(self, timeline: TableTimeline) -> Iterator[Task]:
        shape, live = self.location.expected_shape(timeline), self.location.live_table(timeline)
        view = self.location.view_in_place_of(timeline, self.location.expected_step(timeline))
        if view is not None and (live is None or not self.location.schema.is_name_of(live.name, view)):
            self.decider.view_in_the_way(view)
        elif shape is None:
            if live is not None:
                yield t.DropTable(timeline, live.name)
        elif live is None:
            yield from self._missing(timeline, shape.name)
        elif self.location.placement(timeline).renamed:
            answer = self.decider.renamed_table(timeline, shape.name, live.name)
            if answer == c.ALTER:
                yield self._named_again(timeline, live, shape.name)
            elif answer == c.ADD:
                yield t.MakeTable(timeline, shape.name)
        elif not self.location.schema.is_name_of(live.name, shape.name):
            yield t.RenameTable(timeline, live.name, shape.name)  # recorded, and not done
        else:
            if shape.comment not in (None, live.comment):
                yield t.SetComment(timeline, live.name, shape.comment)
            if table_differences(shape, live) and self.decider.may_alter(timeline, shape, f"table {live.name}"):
                yield t.AlterTable(timeline, live.name, shape, shape_of(live))

    def _named_again(self, timeline: TableTimeline, live: Table, name: str) -> Task:
        """Gives a table its name back; where only the schema is another, it is moved."""
        home = self.location.schema.home(name)
        if name == bare(live.name) and live.schema is not None and live.schema != home:
            return t.MoveTable(timeline, live.name, home, name)
        return t.RenameTable(timeline, live.name, name)

    def _missing(self, timeline: TableTimeline, name: str) -> Iterator[Task]:
        """Makes a table that is not there, or moves it back from another schema."""
        others = self.location.elsewhere(timeline)
        if others and self.decider.answer(timeline) != c.ADD:  # nobody has said that it is another one
            yield from self._moved(timeline, name, others)
        elif self.location.expected_op(timeline) is not None:
            yield t.MakeTable(timeline, name)
            yield from self._sequences_of(timeline, name)

    def _moved(self, timeline: TableTimeline, name: str, others: tuple[Elsewhere, ...]) -> Iterator[Task]:
        home = self.location.schema.home(name)
        if len(others) > 1 or not others[0].usable:
            where = " and ".join(each.words for each in others)
            self.decider.unmendable.append(
                f"table {name} is missing, and {where} may be it: {wording.move_back(others, home)}"
            )
        elif self.decider.moved_table(timeline, name, others[0].words) == c.ALTER:
            yield t.MoveTable(timeline, others[0].key, home, name)

    def _sequences_of(self, timeline: TableTimeline, table: str) -> Iterator[Task]:
        """Names the sequence as it was: it keeps the name that it got when the table, or the key, had another.

        Where another sequence has one of the two names, the server gives it a third one. That is left.
        """
        backend = self.location.backend
        taken = {name for kind, name in self.location.schema.others if kind is Kind.SEQUENCE}
        for column in timeline.every_column:
            shape = self.location.expected_shape(column)
            if shape is None or not shape.auto:
                continue
            first = next(step for step in column.steps if step.shape is not None and step.shape.auto)
            names = [step.shape.name for step in timeline.steps if step.shape is not None and step.at <= first.at]
            assert first.shape is not None
            name = backend.usual_name(table, shape.name, "seq")
            original = backend.usual_name(names[-1], first.shape.name, "seq")
            if name is not None and original is not None and name != original and taken.isdisjoint((name, original)):
                yield t.RenameSequence(beside(table, name), original)

    # --------------------------------------------------------------------------------------------------------- columns
    def of_column(self, timeline: ColumnTimeline) -> Iterator[Task]:
        place, shape = self.location.placement(timeline), self.location.expected_shape(timeline)
        if self.left_alone.is_accepted(timeline) or place.in_doubt or self.left_alone.is_as_expected(timeline):
            return
        live = self.left_alone.mended_table(timeline.table)
        if live is None:
            return
        table = live.name
        if shape is None:
            if place.actual is not None:
                yield t.DropColumn(timeline, table, place.actual.name)
        elif place.renamed:
            answer = self.decider.renamed_column(timeline, table, shape.name, place.actual.name)
            if answer == c.ALTER:
                yield t.RenameColumn(timeline, table, place.actual.name, shape.name)
            elif answer == c.REPLACE:
                yield t.ReplaceColumn(timeline, table, shape, place.actual)
        elif place.actual is None:
            if self.location.expected_op(timeline) is not None:
                yield t.MakeColumn(timeline, table, shape)
        elif self.decider.may_alter(timeline, shape, f"{table}.{place.actual.name}"):
            yield from alterations(timeline, table, shape, self.location)
            if shape.auto and not place.actual.auto:
                yield from self._sequences_of(timeline.table, table)
