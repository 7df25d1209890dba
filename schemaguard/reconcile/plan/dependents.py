"""What hangs on a column goes before the column gets another type, and is made again afterwards.

PostgreSQL keeps the expression of a CHECK, of a partial index or of an indexed expression as it was parsed: after ALTER
TYPE it reads it again with casts around the column (`(price)::numeric >= 0::numeric`), which is not what the migration
makes, or refuses the alteration because no such operator exists. It refuses as well where a generated column reads the
column, where an index for LIKE is over it, and where it is one side of a foreign key. Nothing of this is left to
Django's schema editor: here each thing goes once, and comes once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from schemaguard.history.object_timeline import ColumnLine, ConstraintLine, TableLine, reads
from schemaguard.location.locate import Located
from schemaguard.operations import tasks as t
from schemaguard.operations.order import columns_of, retypes
from schemaguard.operations.tasks import Task
from schemaguard.reconcile.plan.repairs import comes_with_column
from schemaguard.reconcile.plan.steps import Step
from schemaguard.schema.objects import Check, Column, Constraint, ForeignKey
from schemaguard.schema.text import of_one_family, words_of


def around(steps: list[Step], located: Located) -> None:
    """Adds the tasks to the steps: the drops to the first that alters such a column, the makings to the last."""
    if located.backend.rewrites_expressions:
        _Around(steps, located).wrap()


@dataclass(slots=True)
class _Touched:
    """By line, the numbers of the slots in which something happens to what it reads."""

    columns: dict[ColumnLine, list[int]] = field(default_factory=dict)
    constraints: dict[ConstraintLine, list[int]] = field(default_factory=dict)


class _Around:
    def __init__(self, steps: list[Step], located: Located) -> None:
        self.located = located
        self.due = located.finder.due
        self.places = located.matched.places
        self.slots = [slot for step in steps for slot in (step.tasks, *step.sequence.values())]

    def wrap(self) -> None:
        touched = _Touched()
        anew = {task.line for slot in self.slots for task in slot if isinstance(task, t.UnmakeColumn)}
        for number, slot in enumerate(self.slots):
            for task in slot:
                if isinstance(task, t.AlterColumn) and retypes(task):
                    for line in self._computed_from(task):
                        touched.columns.setdefault(line, []).append(number)
                    for constraint in self._over_altered(task):
                        touched.constraints.setdefault(constraint, []).append(number)
                elif isinstance(task, t.UnmakeColumn) or (isinstance(task, t.MakeColumn) and task.line in anew):
                    touched.columns.setdefault(task.line, []).append(number)
        for line, numbers in touched.columns.items():
            for constraint in self._over(line):
                touched.constraints.setdefault(constraint, []).extend(numbers)
            self._wrap_column(line, numbers)
        for constraint, numbers in touched.constraints.items():
            self._wrap(constraint, numbers)
        for slot in self.slots:
            slot[:] = [task for task in slot if not self._is_brought(task, {*touched.columns})]
            slot.sort(key=t.rank)

    # ------------------------------------------------------------------------------------------------------ what hangs
    def _computed_from(self, task: t.AlterColumn) -> Iterator[ColumnLine]:
        """The generated columns that are there, are to stay, and read the column."""
        names = {task.actual.name, task.expected.name}
        for line in task.line.table.every_column:
            actual, shape = self.places[line].actual, self.due_shape(line)
            expected = shape.generated if shape is not None else None
            computed = actual.generated if actual is not None else None
            if line is not task.line and expected is not None and computed is not None:
                if not names.isdisjoint(words_of(f"{expected.text} {computed.text}")):
                    yield line

    def _over_altered(self, task: t.AlterColumn) -> Iterator[ConstraintLine]:
        """The constraints that the new type of the column would change, or that would not let it come."""
        names = {task.expected.name, task.actual.name}
        related = of_one_family(task.expected.type, task.actual.type)
        for line, shape in self._standing(task.line.table):
            is_key = isinstance(shape, ForeignKey) and not related
            is_like = line.key[0] == "like" and _base(task.expected) != _base(task.actual)
            if (is_key or is_like or _is_expression(shape)) and names & reads(shape):
                yield line
        if not related:
            yield from self._pointing_at(task.line.table, names)

    def _pointing_at(self, table: TableLine, names: set[str]) -> Iterator[ConstraintLine]:
        live = self.located.matched.tables.get(table)
        for other in self.located.history.timeline.every_table if live is not None else ():
            for line, _ in self._standing(other):
                actual = self.places[line].actual
                if isinstance(actual, ForeignKey) and live is not None and actual.target == live.name:
                    if names.intersection(actual.target_columns):
                        yield line

    def _over(self, column: ColumnLine) -> Iterator[ConstraintLine]:
        """All that is over a column which is made anew."""
        shapes = (self.due_shape(column), self.places[column].actual)
        names = {shape.name for shape in shapes if shape is not None}
        for line, shape in self._standing(column.table):
            if names & reads(shape):
                yield line

    def _standing(self, table: TableLine) -> Iterator[tuple[ConstraintLine, Constraint]]:
        """(line, shape that it should have) of the constraints that are there and are to stay."""
        for line in table.every_constraint:
            place, shape = self.places[line], line.steps[self.due[line]].shape
            if place.actual is not None and shape is not None and not place.renamed:
                yield line, shape

    def due_shape(self, line: ColumnLine) -> Column | None:
        return line.steps[self.due[line]].shape

    # -------------------------------------------------------------------------------------------------------- the tasks
    def _wrap_column(self, line: ColumnLine, numbers: list[int]) -> None:
        shape, actual = self.due_shape(line), self.places[line].actual
        assert shape is not None
        table = self.located.matched.tables[line.table].name
        for slot in self.slots:
            slot[:] = [task for task in slot if not _is_of(task, line, t.UnmakeColumn, t.MakeColumn, t.AlterColumn)]
        self.slots[min(numbers)].append(t.UnmakeColumn(line, table, shape, actual))
        self.slots[max(numbers)].append(t.MakeColumn(line, table, shape))

    def _wrap(self, line: ConstraintLine, numbers: list[int]) -> None:
        place = self.places[line]
        shape = line.steps[self.due[line]].shape
        assert shape is not None
        made = [
            number for number, slot in enumerate(self.slots) for task in slot if _is_of(task, line, t.MakeConstraint)
        ]
        if place.nearest and not made:
            return  # accepted as it is
        if not shape.named and place.actual.name is not None:
            shape = replace(shape, name=place.actual.name)
        table = self.located.matched.tables[line.table].name
        for slot in self.slots:
            slot[:] = [task for task in slot if not _is_of(task, line, t.MakeConstraint, t.DropConstraint)]
        self.slots[min(numbers)].append(t.DropConstraint(line, table, place.actual))
        self.slots[max([*numbers, *made])].append(t.MakeConstraint(line, table, shape))

    def _is_brought(self, task: Task, anew: set[ColumnLine]) -> bool:
        """Whether a column that is made anew brings this along, be it there or lost."""
        if not isinstance(task, t.MakeConstraint) or not comes_with_column(task.line):
            return False
        return not anew.isdisjoint(columns_of(task.line.table, self.due, reads(task.constraint)))


def _base(column: Column) -> str:
    return column.type.partition("(")[0]


def _is_expression(shape: Constraint) -> bool:
    parts: Any = getattr(shape, "parts", ())
    return (
        isinstance(shape, Check)
        or getattr(shape, "condition", None) is not None
        or any(part.expression is not None for part in parts)
    )


def _is_of(task: Task, line: object, *kinds: type) -> bool:
    return isinstance(task, kinds) and getattr(task, "line", None) is line
