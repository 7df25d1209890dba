"""What is missing of an operation that ran in part, object by object."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import OperationState
from schemaguard.history.changes import AGAIN
from schemaguard.history.object_timeline import shape_of
from schemaguard.location.effects import by_kind
from schemaguard.operations import tasks as t
from schemaguard.reconcile.plan.choosing import choices as c
from schemaguard.reconcile.plan.mending.raw_sql import RawSql
from schemaguard.reconcile.plan.mending.repair_tasks import alterations, comes_with_column, enforcing, finishing
from schemaguard.schema.compare import table_differences
from schemaguard.schema.objects import Index
from schemaguard.schema.renaming import renamed_over

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from schemaguard.history.object_timeline import (
        AnyTimeline,
        ColumnTimeline,
        ConstraintTimeline,
        Op,
        TableTimeline,
    )
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task
    from schemaguard.reconcile.plan.choosing.conflict_policy import Decider
    from schemaguard.reconcile.plan.mending.own_names import OwnNames
    from schemaguard.schema.objects import Constraint, Table


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
        self.states = location.states

    def of(self, op: Op, *, at_the_end: bool = False) -> list[Task]:
        """The missing parts of one operation: as it leaves them, or `at_the_end` as the last held migration does.

        As it leaves them, what waits for the end of the migration is no part of it (`deferred`).
        """
        found, covered = self.raw_sql.rest(op)
        effects = by_kind(self.location.effects_at(op))
        for of_table in effects.tables:
            if of_table.timeline not in covered and self._is_open(of_table):
                found += self._part_of_table(of_table.timeline, self._step(of_table, at_the_end=at_the_end))
        dropped = {task.timeline for task in found if isinstance(task, t.DropTable)}
        for of_column in effects.columns:
            live = self._standing(of_column.timeline.table, dropped)
            if live is not None and of_column.timeline not in covered and self._is_open(of_column):
                step = self._step(of_column, at_the_end=at_the_end)
                found += self._part_of_column(of_column.timeline, step, live.name)
        for of_constraint in effects.constraints:
            constraint = of_constraint.timeline
            found += self._left_by_key(constraint, op)
            live = self._standing(constraint.table, dropped)
            if live is None or constraint in covered or not self._is_open(of_constraint):
                continue
            is_late = not at_the_end and (
                self._waiting_shape(constraint, op[0]) is not None or self._is_altered_later(of_constraint, op)
            )
            if not is_late and not self._is_made_before(constraint, of_constraint.step):
                step = self._step(of_constraint, at_the_end=at_the_end)
                found += self._part_of_constraint(constraint, op, step, live)
        return found

    def _step(self, effect: AnyEffect, *, at_the_end: bool) -> int:
        """The step in whose shape an object is made."""
        step = max(effect.step, self.location.expected_step(effect.timeline))
        return self._end(effect.timeline, step) if at_the_end else step

    def _standing(self, table: TableTimeline, dropped: Collection[TableTimeline]) -> Table | None:
        """The live table; None where what hangs on it is made, or dropped, with it."""
        return self.location.live_table(table) if table not in dropped else None

    def _left_by_key(self, timeline: ConstraintTimeline, op: Op) -> Iterator[Task]:
        """Drops the index of a foreign key that the operation has dropped: its editor does so next, and stopped."""
        live = self.location.live_table(timeline.table)
        if live is None or op not in timeline.takes_index or self.location.live(timeline) is not None:
            return
        names = {step.shape.name for step in timeline.steps if step.shape is not None}
        claimed = {id(self.location.live(each)) for each in timeline.table.every_constraint}
        for each in live.constraints:
            if isinstance(each, Index) and each.name in names and id(each) not in claimed:
                yield t.DropConstraint(timeline, live.name, each)

    def deferred(self, m: int) -> list[Task]:
        """What a migration that is there in part makes after all its operations: in the shape that it has by then.

        Where the migration gives its table another name, the name of what has none of its own is left open: Django
        makes it of the last name of the table.
        """
        found: list[Task] = []
        effects = by_kind(self.location.effects_of(m)).constraints
        for timeline in dict.fromkeys(effect.timeline for effect in effects):
            shape = self._waiting_shape(timeline, m)
            if shape is not None and not self._is_left(timeline):
                live = self.location.live_tables[timeline.table]
                first, last = min(op for op in timeline.deferred_ops if op[0] == m), (m, len(self.states.operations[m]))
                is_renamed = timeline.table.name_at(first) != timeline.table.name_at(last)
                is_named = shape.named or not is_renamed or timeline.key[0] in ("name", "sql", AGAIN)
                found.append(t.MakeConstraint(timeline, live.name, shape if is_named else replace(shape, name=None)))
        return found

    def is_altered_by_now(self, op: Op) -> bool:
        """Whether what an operation makes is missing, and a later one of its migration has run that alters it.

        Example: that one renamed the column of an index, which cannot be made over the column of then.
        """
        effects = by_kind(self.location.effects_at(op)).constraints
        return any(effect.makes and self._is_altered_later(effect, op) for effect in effects)

    def _is_altered_later(self, effect: AnyEffect, op: Op) -> bool:
        """Whether a later operation of the migration has run, all or in part, that alters it."""
        states, run = self.states.operations[op[0]], (OperationState.DONE, OperationState.PARTIAL)
        later = [each.op for each in effect.timeline.steps[effect.step + 1 :] if each.op is not None]
        return any(m == op[0] and states[o] in run for m, o in later)

    def _waiting_shape(self, timeline: ConstraintTimeline, m: int) -> Constraint | None:
        """The shape that it gets at the end of a migration, where an operation that is done in part left it to that."""
        if self.location.live(timeline) is not None:
            return None
        begun = (OperationState.PARTIAL, OperationState.CONFLICTING)
        if not any(op[0] == m and self.states.operations[m][op[1]] in begun for op in timeline.deferred_ops):
            return None
        shape = next((step.shape for step in reversed(timeline.steps) if step.op is not None and step.op[0] == m), None)
        if shape is None or self.location.live_table(timeline.table) is None:
            return None
        return None if self.location.lacks_columns(timeline, shape) else shape

    def _is_made_before(self, timeline: ConstraintTimeline, step: int) -> bool:
        """Whether an earlier operation of the migration is to be run, and makes what is only renamed here."""
        (before, old), (op, new) = ((each.op, each.shape) for each in timeline.steps[step - 1 : step + 1])
        if before is None or op is None or before[0] != op[0] or old is None or new is None:
            return False
        is_run = self.states.operations[before[0]][before[1]] is OperationState.ABSENT
        for name, other in zip(old.columns, new.columns, strict=False):
            old = renamed_over(old, name, other)
        return is_run and self.location.live(timeline) is None and old == new

    def _is_left(self, timeline: ConstraintTimeline) -> bool:
        """Whether another one stands there, and nobody has said that it is to go."""
        return timeline in self.location.in_another_shape and self.decider.answer(timeline) != c.ALTER

    def _is_open(self, effect: AnyEffect) -> bool:
        located, place = self.location.located_step(effect.timeline), self.location.placement(effect.timeline)
        is_short = effect.is_half_done(place, located) or (effect.step == located and place.lapsed)
        return effect.step > located or is_short

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

    def _part_of_column(self, timeline: ColumnTimeline, step: int, table: str) -> list[Task]:
        shape, actual = timeline.steps[step].shape, self.location.live(timeline)
        if shape is None:
            return [t.DropColumn(timeline, table, actual.name)] if actual is not None else []
        if actual is None:
            return [t.MakeColumn(timeline, table, shape)]
        return list(alterations(timeline, table, shape, self.location))

    def _part_of_constraint(self, timeline: ConstraintTimeline, op: Op, step: int, live: Table) -> list[Task]:
        shape, place = timeline.steps[step].shape, self.location.placement(timeline)
        actual = place.actual
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
        comes_along = comes_with_column(timeline) and self.location.lacks_columns(timeline, shape)
        if actual is not None or comes_along:
            return []
        return [self.names.making(timeline, live.name, shape)]

    def _part_of_table(self, timeline: TableTimeline, step: int) -> list[Task]:
        shape, live = timeline.steps[step].shape, self.location.live_table(timeline)
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
                not self.location.placement(timeline).nearest or self.decider.answer(timeline) == c.ALTER
            ):
                found.append(t.AlterTable(timeline, live.name, shape, shape_of(live)))
        return found
