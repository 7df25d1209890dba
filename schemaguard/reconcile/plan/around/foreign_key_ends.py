"""Foreign keys whose ends get another type or collation: they go before the first does, and come after the last.

A server that restates columns (MySQL, MariaDB) alters no end of a foreign key while that stands, and makes none between
ends that differ. The ends may be altered in different steps. Example: 0001 of one app makes the key, and 0001 of
another app the column that points at it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

from schemaguard.operations import tasks as t
from schemaguard.operations.order import edges_of_a_plan, ordered
from schemaguard.schema.objects import Constraint, ForeignKey, Index, PrimaryKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemaguard.history.object_timeline import ConstraintTimeline
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task

Ends = frozenset[tuple[str, str]]
"""(table, column), as they are called in the database."""


def parted(steps: list[Step], location: Location) -> None:
    """Adds the drops to the first step that alters an end, and moves or adds the makings to the last."""
    if location.backend.restates_columns:
        _Parting(steps, location).part()


def strangers_joined(steps: list[Step], location: Location) -> Iterator[str]:
    """A sentence for each foreign key that no migration makes, and that joins a column which is to be altered."""
    if not location.backend.restates_columns:
        return
    altered = _Parting(steps, location).altered()
    live = (*(place.actual for _, place in location.placements()), *location.in_another_shape.values())
    ours = {id(each) for each in live if isinstance(each, ForeignKey)}
    for name, table in location.schema.tables.items() if altered else ():
        for key in table.constraints:
            if isinstance(key, ForeignKey) and id(key) not in ours:
                ends = {*((name, each) for each in key.columns), *((key.target, each) for each in key.target_columns)}
                for end in sorted(ends & altered.keys()):
                    drop = f"ALTER TABLE {location.backend.connection.ops.quote_name(name)} DROP FOREIGN KEY {key.name}"
                    yield (
                        f"{'.'.join(end)} is to be altered, and the foreign key {key.name} of {name}, which no "
                        f"migration makes, keeps it as it is: {drop}, and make it again afterwards"
                    )


class _Parting:
    def __init__(self, steps: list[Step], location: Location) -> None:
        self.location = location
        self.edges = edges_of_a_plan(location.backend)
        self.slots = [slot for step in steps for slot in (step.tasks, *step.sequence.values())]

    def part(self) -> None:
        altered, dropped = self.altered(), self._dropped_keys()
        for timeline in self._foreign_keys() if altered or dropped else ():
            numbers = {number for end in self._ends(timeline) for number in altered.get(end, ())}
            numbers.update(number for number, task in dropped if self._rests_on(timeline, task))
            if numbers:
                self._part(timeline, min(numbers), max(numbers))
        for slot in self.slots if altered or dropped else ():
            slot[:] = ordered(slot, self.edges)

    def altered(self) -> Mapping[tuple[str, str], list[int]]:
        """By end, the numbers of the slots in which it gets another type or collation."""
        found: dict[tuple[str, str], list[int]] = {}
        for number, slot in enumerate(self.slots):
            for end in (end for task in slot for end in self._reshaped(task)):
                found.setdefault(end, []).append(number)
        return found

    def _dropped_keys(self) -> list[tuple[int, t.DropConstraint]]:
        """(number of the slot, task) for the keys that go, which foreign keys may point at."""
        return [
            (number, task)
            for number, slot in enumerate(self.slots)
            for task in slot
            if isinstance(task, t.DropConstraint) and isinstance(task.actual, PrimaryKey | Index)
        ]

    def _rests_on(self, timeline: ConstraintTimeline, task: t.DropConstraint) -> bool:
        """Whether a live foreign key points at what no other key is over but the one that goes."""
        actual, live = self._actual(timeline), self.location.schema.find(task.table)
        if actual is None or live is None or actual.target != live.name:
            return False
        keys = [each for each in live.constraints if _is_key_over(each, actual.target_columns)]
        return keys == [task.actual]

    def _reshaped(self, task: Task) -> Iterator[tuple[str, str]]:
        match task:
            case t.AlterColumn(_, table, _, actual) if task.is_retyped:
                yield table, actual.name
            case t.AlterTable(_, table, expected, actual):
                live = self.location.schema.find(table)
                if live is not None:
                    yield from ((table, name) for name in self.location.backend.reshaped(live, expected, actual))

    def _foreign_keys(self) -> Iterator[ConstraintTimeline]:
        """Those that should stand, and those that do."""
        for table in self.location.history.timelines.every_table:
            for timeline in table.every_constraint if self.location.live_table(table) is not None else ():
                shapes = (self.location.expected_shape(timeline), self._actual(timeline))
                if any(isinstance(each, ForeignKey) for each in shapes):
                    yield timeline

    def _actual(self, timeline: ConstraintTimeline) -> Any:
        """The live key, also where it stands in another shape."""
        return self.location.live(timeline) or self.location.in_another_shape.get(timeline)

    def _ends(self, timeline: ConstraintTimeline) -> Ends:
        table = self.location.live_tables[timeline.table].name
        key: Any = self._actual(timeline) or self.location.expected_shape(timeline)
        live = self.location.schema.find(key.target)
        target = live.name if live is not None else key.target
        return frozenset([*((table, each) for each in key.columns), *((target, each) for each in key.target_columns)])

    def _part(self, timeline: ConstraintTimeline, first: int, last: int) -> None:
        place, actual = self.location.placement(timeline), self._actual(timeline)
        shape = self.location.expected_shape(timeline)
        made = [number for number, slot in enumerate(self.slots) if any(_makes(task, timeline) for task in slot)]
        remade = [task.constraint for slot in self.slots for task in slot if _makes(task, timeline)]
        if actual is None and not made:
            return
        for slot in self.slots:
            slot[:] = [task for task in slot if not _is_of(task, timeline)]
        table = self.location.live_tables[timeline.table].name
        if actual is not None:
            self.slots[first].append(t.DropConstraint(timeline, table, actual, comes_again=shape is not None))
        if not made and (place.nearest or place.actual is None):
            shape = actual  # accepted as it is
        if timeline.remade and remade:  # by an operation that gives it another name
            shape = remade[-1]
        elif shape is not None:
            if not shape.named and place.actual is not None and place.actual.name is not None:
                shape = replace(shape, name=place.actual.name)
        if shape is not None:
            self.slots[max([last, *made])].append(t.MakeConstraint(timeline, table, shape))


def _is_key_over(constraint: Constraint, columns: tuple[str, ...]) -> bool:
    """Whether a foreign key to these columns may rest on it."""
    return isinstance(constraint, PrimaryKey | Index) and constraint.columns[: len(columns)] == columns


def _makes(task: Task, timeline: ConstraintTimeline) -> TypeGuard[t.MakeConstraint]:
    return isinstance(task, t.MakeConstraint) and task.timeline is timeline


def _is_of(task: Task, timeline: ConstraintTimeline) -> bool:
    return isinstance(task, t.MakeConstraint | t.DropConstraint) and task.timeline is timeline
