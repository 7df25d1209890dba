"""What reads a column by an expression goes before the column gets another type, and is made again afterwards.

PostgreSQL keeps the expression of a CHECK, of a partial index or of an indexed expression as it was parsed: after ALTER
TYPE it reads it again with casts around the column (`(price)::numeric >= 0::numeric`), which is not what the migration
makes, or refuses the alteration because no such operator exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemaguard.diagnosis.diagnose import Located
from schemaguard.history.lines import ConstraintLine, reads
from schemaguard.plan import tasks as t
from schemaguard.plan.tasks import Step, Task
from schemaguard.schema.objects import Check, Constraint


def around(steps: list[Step], located: Located) -> None:
    """Adds the tasks to the steps: the drops to the first that alters such a column, the makings to the last."""
    if not located.backend.rewrites_expressions:
        return
    slots = [slot for step in steps for slot in (step.tasks, *step.sequence.values())]
    touched: dict[ConstraintLine, list[int]] = {}
    for number, slot in enumerate(slots):
        for task in slot:
            for line in _readers(task, located):
                touched.setdefault(line, []).append(number)
    for line, numbers in touched.items():
        _wrap(line, numbers, slots, located)


def _wrap(line: ConstraintLine, numbers: list[int], slots: list[list[Task]], located: Located) -> None:
    place = located.matched.places[line]
    shape = line.steps[located.finder.due[line]].shape
    assert shape is not None
    made = [number for number, slot in enumerate(slots) for task in slot if _makes(task, line)]
    if place.nearest and not made:
        return  # accepted as it is
    first, last = min(numbers), max([*numbers, *made])
    table = located.matched.tables[line.table].name
    for slot in slots:
        slot[:] = [task for task in slot if not (_makes(task, line) or _drops(task, line))]
    slots[first].insert(0, t.DropConstraint(line, table, place.actual))
    slots[last].append(t.MakeConstraint(line, table, shape))


def _readers(task: Task, located: Located) -> Iterator[ConstraintLine]:
    """The constraints that are there, are to stay, and read by an expression the column that a task alters."""
    if not isinstance(task, t.AlterColumn):
        return
    if (task.expected.type, task.expected.collation) == (task.actual.type, task.actual.collation):
        return
    for line in task.line.table.every_constraint:
        place, shape = located.matched.places[line], line.steps[located.finder.due[line]].shape
        if place.actual is not None and shape is not None and not place.renamed and _is_expression(shape):
            if task.expected.name in reads(shape) or task.actual.name in reads(shape):
                yield line


def _is_expression(shape: Constraint) -> bool:
    parts: Any = getattr(shape, "parts", ())
    return (
        isinstance(shape, Check)
        or getattr(shape, "condition", None) is not None
        or any(part.expression is not None for part in parts)
    )


def _makes(task: Task, line: ConstraintLine) -> bool:
    return isinstance(task, t.MakeConstraint) and task.line is line


def _drops(task: Task, line: ConstraintLine) -> bool:
    return isinstance(task, t.DropConstraint) and task.line is line
