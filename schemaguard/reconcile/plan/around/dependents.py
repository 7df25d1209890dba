"""What hangs on a column goes before the column gets another type, and is made again afterwards.

PostgreSQL keeps the expression of a CHECK, of a partial index or of an indexed expression as it was parsed. After ALTER
TYPE it reads the expression again with casts around the column: `(price)::numeric >= 0::numeric`. That is not what the
migration makes. Or it refuses the alteration, because no such operator exists. It also refuses where a generated column
reads the column, where an index for LIKE is over it, and where it is one side of a foreign key. Nothing of this is left
to Django's schema editor: each of them goes once and comes once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from schemaguard.operations import tasks as t
from schemaguard.operations.needs import columns_of
from schemaguard.operations.order import edges_of_a_plan, ordered
from schemaguard.operations.subjects import timeline_of
from schemaguard.reconcile.plan.mending.repair_tasks import comes_with_column
from schemaguard.schema.objects import Check, Constraint, ForeignKey, reads
from schemaguard.schema.text import of_one_family, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, TableTimeline
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task
    from schemaguard.schema.objects import Column


def around(steps: list[Step], location: Location) -> None:
    """Adds the tasks to the steps: the drops to the first that alters such a column, the makings to the last."""
    if location.backend.rewrites_expressions:
        _Around(steps, location).wrap()


@dataclass(slots=True)
class _Touched:
    """By timeline, the numbers of the slots in which something happens to what it reads."""

    columns: dict[ColumnTimeline, list[int]] = field(default_factory=dict)
    constraints: dict[ConstraintTimeline, list[int]] = field(default_factory=dict)


class _Around:
    def __init__(self, steps: list[Step], location: Location) -> None:
        self.location = location
        self.edges = edges_of_a_plan(location.backend)
        self.slots = [slot for step in steps for slot in (step.tasks, *step.sequence.values())]

    def wrap(self) -> None:
        touched = _Touched()
        anew = {task.timeline for slot in self.slots for task in slot if isinstance(task, t.UnmakeColumn)}
        for number, slot in enumerate(self.slots):
            for task in slot:
                if isinstance(task, t.AlterColumn) and task.is_retyped:
                    for timeline in self._computed_from(task):
                        touched.columns.setdefault(timeline, []).append(number)
                    for constraint in self._over_altered(task):
                        touched.constraints.setdefault(constraint, []).append(number)
                elif isinstance(task, t.UnmakeColumn) or (isinstance(task, t.MakeColumn) and task.timeline in anew):
                    touched.columns.setdefault(task.timeline, []).append(number)
        for timeline, numbers in touched.columns.items():
            for constraint in self._over(timeline):
                touched.constraints.setdefault(constraint, []).extend(numbers)
            self._wrap_column(timeline, numbers)
        for constraint, numbers in touched.constraints.items():
            self._wrap(constraint, numbers)
        for slot in self.slots:
            slot[:] = ordered((task for task in slot if not self._is_brought(task, {*touched.columns})), self.edges)

    # ------------------------------------------------------------------------------------------------------ what hangs
    def _computed_from(self, task: t.AlterColumn) -> Iterator[ColumnTimeline]:
        """The generated columns that are there, are to stay, and read the column."""
        names = {task.actual.name, task.expected.name}
        for timeline in task.timeline.table.every_column:
            actual, shape = self.location.live(timeline), self.location.expected_shape(timeline)
            expected = shape.generated if shape is not None else None
            computed = actual.generated if actual is not None else None
            if timeline is not task.timeline and expected is not None and computed is not None:
                if not names.isdisjoint(words_of(f"{expected.text} {computed.text}")):
                    yield timeline

    def _over_altered(self, task: t.AlterColumn) -> Iterator[ConstraintTimeline]:
        """The constraints that the new type of the column would change, or that would keep it from being altered."""
        names = {task.expected.name, task.actual.name}
        related = of_one_family(task.expected.type, task.actual.type)
        for timeline, shape in self._standing(task.timeline.table):
            is_key = isinstance(shape, ForeignKey) and not related
            is_like = timeline.key[0] == "like" and _base(task.expected) != _base(task.actual)
            if (is_key or is_like or _is_expression(shape)) and names & reads(shape):
                yield timeline
        if not related:
            yield from self._pointing_at(task.timeline.table, names)

    def _pointing_at(self, table: TableTimeline, names: set[str]) -> Iterator[ConstraintTimeline]:
        live = self.location.live_table(table)
        for other in self.location.history.timelines.every_table if live is not None else ():
            for timeline, _ in self._standing(other):
                actual = self.location.live(timeline)
                if isinstance(actual, ForeignKey) and live is not None and actual.target == live.name:
                    if names.intersection(actual.target_columns):
                        yield timeline

    def _over(self, column: ColumnTimeline) -> Iterator[ConstraintTimeline]:
        """All that is over a column which is made anew."""
        shapes = (self.location.expected_shape(column), self.location.live(column))
        names = {shape.name for shape in shapes if shape is not None}
        for timeline, shape in self._standing(column.table):
            if names & reads(shape):
                yield timeline

    def _standing(self, table: TableTimeline) -> Iterator[tuple[ConstraintTimeline, Constraint]]:
        """(timeline, expected shape) of the constraints that are there and are to stay."""
        for timeline in table.every_constraint:
            place, shape = self.location.placement(timeline), self.location.expected_shape(timeline)
            if place.actual is not None and shape is not None and not place.renamed:
                yield timeline, shape

    # -------------------------------------------------------------------------------------------------------- the tasks
    def _wrap_column(self, timeline: ColumnTimeline, numbers: list[int]) -> None:
        shape, actual = self.location.expected_shape(timeline), self.location.live(timeline)
        assert shape is not None
        table = self.location.live_tables[timeline.table].name
        for slot in self.slots:
            slot[:] = [task for task in slot if not _is_of(task, timeline, t.UnmakeColumn, t.MakeColumn, t.AlterColumn)]
        self.slots[min(numbers)].append(t.UnmakeColumn(timeline, table, shape, actual))
        self.slots[max(numbers)].append(t.MakeColumn(timeline, table, shape))

    def _wrap(self, timeline: ConstraintTimeline, numbers: list[int]) -> None:
        place, shape = self.location.placement(timeline), self.location.expected_shape(timeline)
        made, goes = [], False
        for number, slot in enumerate(self.slots):
            for task in slot:
                if isinstance(task, t.MakeConstraint) and task.timeline is timeline:
                    made.append(number)
                    shape = task.constraint
                goes |= _is_of(task, timeline, t.DropConstraint)
        if place.nearest and not made and not goes:
            return  # accepted as it is
        assert shape is not None
        if not shape.named and place.actual.name is not None:
            shape = replace(shape, name=place.actual.name)
        table = self.location.live_tables[timeline.table].name
        for slot in self.slots:
            slot[:] = [task for task in slot if not _is_of(task, timeline, t.MakeConstraint, t.DropConstraint)]
        self.slots[min(numbers)].append(t.DropConstraint(timeline, table, place.actual))
        if made or not goes:  # else a migration that is completed drops it for good
            self.slots[max([*numbers, *made])].append(t.MakeConstraint(timeline, table, shape))

    def _is_brought(self, task: Task, anew: set[ColumnTimeline]) -> bool:
        """Whether a column that is made anew brings this along, whether it is there now or not."""
        if not isinstance(task, t.MakeConstraint) or not comes_with_column(task.timeline):
            return False
        under = columns_of(task.timeline.table, self.location, reads(task.constraint))
        return not anew.isdisjoint(under)


def _base(column: Column) -> str:
    return column.type.partition("(")[0]


def _is_expression(shape: Constraint) -> bool:
    parts: Any = getattr(shape, "parts", ())
    return (
        isinstance(shape, Check)
        or getattr(shape, "condition", None) is not None
        or any(part.expression is not None for part in parts)
    )


def _is_of(task: Task, timeline: ColumnTimeline | ConstraintTimeline, *kinds: type[Task]) -> bool:
    return isinstance(task, kinds) and timeline_of(task) is timeline
