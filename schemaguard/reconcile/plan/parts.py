"""What is missing of an operation that ran in part, object by object."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import OperationState
from schemaguard.history.changes import AGAIN
from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    OtherTimeline,
    TableShape,
    TableTimeline,
    reads,
    shape_of,
)
from schemaguard.operations import tasks as t
from schemaguard.reconcile.plan.choosing import choices as c
from schemaguard.reconcile.plan.mending.raw_sql import RawSql
from schemaguard.reconcile.plan.mending.repair_tasks import alterations, comes_with_column, enforcing, finishing
from schemaguard.schema.compare import table_differences
from schemaguard.schema.objects import Column, Constraint, Index, Table
from schemaguard.schema.renaming import renamed_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task
    from schemaguard.reconcile.plan.choosing.conflict_policy import Decider
    from schemaguard.reconcile.plan.mending.own_names import OwnNames


class Parts:
    """`held`: the migrations that the database holds, all or in part; `wanted`: those that held ones depend on."""

    def __init__(
        self, location: Location, decider: Decider, held: frozenset[int], wanted: Callable[[int], bool], names: OwnNames
    ) -> None:
        self.location = location
        self.decider = decider
        self.held = held
        self.wanted = wanted
        self.names = names
        self.raw_sql = RawSql(location)
        self.expected_step = location.expected.steps
        self.located_steps = location.located_steps
        self.places = location.matched.places
        self.states = location.states

    def of(self, op: Op, *, at_the_end: bool = False) -> list[Task]:
        """The missing parts of one operation: as it leaves them, or `at_the_end` as the last held migration does.

        As it leaves them, what waits for the end of the migration is no part of it (`deferred`).
        """
        found, covered = self.raw_sql.rest(op)
        for effect in self.location.effects.get(op, ()):
            timeline = effect.timeline
            if isinstance(timeline, ConstraintTimeline):
                found += self._left_by_key(timeline, op)
            if isinstance(timeline, OtherTimeline) or timeline in covered or not self._is_open(effect):
                continue
            if isinstance(timeline, ConstraintTimeline) and self._is_made_before(timeline, effect.step):
                continue
            if not at_the_end and self._waits(timeline, op[0]) is not None:
                continue
            expected_step = max(effect.step, self.expected_step[timeline])
            if at_the_end:
                expected_step = self._end(timeline, expected_step)
            table = timeline if isinstance(timeline, TableTimeline) else timeline.table
            live = self.location.matched.tables.get(table)
            if isinstance(timeline, TableTimeline):
                found += self._part_of_table(timeline, timeline.steps[expected_step].shape, live)
            elif live is None or t.DropTable(table, live.name) in found:
                continue  # made, or dropped, with its table
            elif isinstance(timeline, ColumnTimeline):
                found += self._part_of_column(timeline, timeline.steps[expected_step].shape, live.name)
            else:
                found += self._part_of_constraint(timeline, op, timeline.steps[expected_step].shape, live)
        return found

    def _left_by_key(self, timeline: ConstraintTimeline, op: Op) -> Iterator[Task]:
        """Drops the index of a foreign key that the operation has dropped: its editor does so next, and stopped."""
        live = self.location.matched.tables.get(timeline.table)
        if live is None or op not in timeline.takes_index or self.places[timeline].actual is not None:
            return
        names = {step.shape.name for step in timeline.steps if step.shape is not None}
        claimed = {id(self.places[each].actual) for each in timeline.table.every_constraint}
        for each in live.constraints:
            if isinstance(each, Index) and each.name in names and id(each) not in claimed:
                yield t.DropConstraint(timeline, live.name, each)

    def deferred(self, m: int) -> list[Task]:
        """What a migration that is there in part makes after all its operations: in the shape that it has by then.

        Where the migration gives its table another name, the name of what has none of its own is left open: Django
        makes it of the last name of the table.
        """
        found: list[Task] = []
        for timeline in dict.fromkeys(effect.timeline for effect in self.location.effects_of(m)):
            shape = self._waits(timeline, m)
            if shape is not None and isinstance(timeline, ConstraintTimeline) and not self._is_left(timeline):
                live = self.location.matched.tables[timeline.table]
                first, last = min(op for op in timeline.deferred_ops if op[0] == m), (m, len(self.states.operations[m]))
                is_renamed = timeline.table.name_at(first) != timeline.table.name_at(last)
                is_named = shape.named or not is_renamed or timeline.key[0] in ("name", "sql", AGAIN)
                found.append(t.MakeConstraint(timeline, live.name, shape if is_named else replace(shape, name=None)))
        return found

    def is_altered_by_now(self, op: Op) -> bool:
        """Whether what an operation makes is missing, and a later one of its migration has run that alters it.

        Example: that one renamed the column of an index, which cannot be made over the column of then.
        """
        states, run = self.states.operations[op[0]], (OperationState.DONE, OperationState.PARTIAL)
        for effect in self.location.effects.get(op, ()):
            if isinstance(effect.timeline, ConstraintTimeline) and effect.makes:
                later = [each.op for each in effect.timeline.steps[effect.step + 1 :] if each.op is not None]
                if any(m == op[0] and states[o] in run for m, o in later):
                    return True
        return False

    def _waits(self, timeline: AnyTimeline, m: int) -> Constraint | None:
        """The shape that a thing gets at the end of a migration, where an operation that is done in part left it so."""
        if not isinstance(timeline, ConstraintTimeline) or self.places[timeline].actual is not None:
            return None
        begun = (OperationState.PARTIAL, OperationState.CONFLICTING)
        if not any(op[0] == m and self.states.operations[m][op[1]] in begun for op in timeline.deferred_ops):
            return None
        live = self.location.matched.tables.get(timeline.table)
        shape = next((step.shape for step in reversed(timeline.steps) if step.op is not None and step.op[0] == m), None)
        if live is None or shape is None:
            return None
        return shape if reads(shape) <= self.location.matched.names_of_columns(timeline.table) else None

    def _is_made_before(self, timeline: ConstraintTimeline, step: int) -> bool:
        """Whether an earlier operation of the migration is to be run, and makes what is only renamed here."""
        (before, old), (op, new) = ((each.op, each.shape) for each in timeline.steps[step - 1 : step + 1])
        if before is None or op is None or before[0] != op[0] or old is None or new is None:
            return False
        is_run = self.states.operations[before[0]][before[1]] is OperationState.ABSENT
        for name, other in zip(old.columns, new.columns, strict=False):
            old = renamed_over(old, name, other)
        return is_run and self.places[timeline].actual is None and old == new

    def _is_left(self, timeline: ConstraintTimeline) -> bool:
        """Whether another one stands there, and nobody has said that it is to go."""
        return timeline in self.location.expected.in_another_shape and self.decider.answer(timeline) != c.ALTER

    def _is_open(self, effect: AnyEffect) -> bool:
        position, place = self.located_steps[effect.timeline], self.places[effect.timeline]
        is_short = effect.is_half_done(place, position) or (effect.step == position and place.lapsed)
        return effect.step > position or is_short

    def _end(self, timeline: AnyTimeline, step: int) -> int:
        """The last step, from that one on, to which a held migration has led, or one that it depends on."""
        ops = [each.op for each in timeline.steps[step + 1 :]]
        return step + sum(1 for _ in takewhile(self._is_behind, ops))

    def _is_behind(self, op: Op | None) -> bool:
        """Not where the operation is still to be run, as a whole, when its migration is completed."""
        if op is None or self.wanted(op[0]):
            return op is not None
        if op[0] not in self.held:
            return False
        is_completed = not self.location.graph.recorded[op[0]]
        return not (is_completed and self.states.operations[op[0]][op[1]] is OperationState.ABSENT)

    def _part_of_column(self, timeline: ColumnTimeline, shape: Column | None, table: str) -> list[Task]:
        actual = self.places[timeline].actual
        if shape is None:
            return [t.DropColumn(timeline, table, actual.name)] if actual is not None else []
        if actual is None:
            return [t.MakeColumn(timeline, table, shape)]
        return list(alterations(timeline, table, shape, self.location))

    def _part_of_constraint(
        self, timeline: ConstraintTimeline, op: Op, shape: Constraint | None, live: Table
    ) -> list[Task]:
        place, actual = self.places[timeline], self.places[timeline].actual
        if shape is None:
            return [t.DropConstraint(timeline, live.name, actual)] if actual is not None else []
        if op in timeline.remade:  # the key goes first, and comes again when its columns are what they are to be
            gone = [t.DropConstraint(timeline, live.name, actual)] if actual is not None else []
            return [*gone, t.MakeConstraint(timeline, live.name, shape)]
        if place.unfinished:
            return list(finishing(timeline, live.name, shape, actual))
        if place.lapsed:
            return [enforcing(timeline, live.name, shape, actual)]
        if self._is_left(timeline):
            return []
        comes_along = comes_with_column(timeline) and self.location.expected.lacks_columns(timeline, shape)
        if actual is not None or comes_along:
            return []
        return [self.names.making(timeline, live.name, shape)]

    def _part_of_table(self, timeline: TableTimeline, shape: TableShape | None, live: Table | None) -> list[Task]:
        if shape is None and live is not None:
            return [t.DropTable(timeline, live.name)]
        if shape is not None and live is None:
            return [t.MakeTable(timeline, shape.name)]
        found: list[Task] = []
        if shape is not None and live is not None:
            if not self.location.schema.is_name_of(live.name, shape.name):
                found.append(t.RenameTable(timeline, live.name, shape.name))
            if shape.comment not in (None, live.comment):
                found.append(t.SetComment(timeline, live.name, shape.comment))
            if table_differences(shape, live) and (
                not self.places[timeline].nearest or self.decider.answer(timeline) == c.ALTER
            ):
                found.append(t.AlterTable(timeline, live.name, shape, shape_of(live)))
        return found
