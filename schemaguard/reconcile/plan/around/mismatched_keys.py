"""Foreign keys between columns that are of two types now: they come last, once both ends were altered.

To alter the type of a key, Django drops the foreign keys that point at it, alters each column, and makes the foreign
keys again. Where each of these commits, a run may stop in between. Then a foreign key is missing that an older
migration made, while altering its columns is up to the migration that stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Action
from schemaguard.operations import tasks as t
from schemaguard.operations.steps import Step
from schemaguard.schema.objects import ForeignKey

if TYPE_CHECKING:
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task


def postponed(steps: list[Step], location: Location) -> list[Step]:
    """The steps, with a last one for each migration that made such a foreign key."""
    if not location.backend.goes_forward:
        return steps
    last: list[Step] = []
    for step in steps:
        waiting = [task for task in step.tasks if _is_mismatched(task, location)]
        if waiting:
            step.tasks = [task for task in step.tasks if task not in waiting]
            last.append(Step(Action.REDO, step.key, step.position, waiting))
    return [step for step in steps if step.every_task or step.records or step.removes] + last


def _is_mismatched(task: Task, location: Location) -> bool:
    if not isinstance(task, t.MakeConstraint) or not isinstance(task.constraint, ForeignKey):
        return False
    table, target = location.schema.find(task.table), location.schema.find(task.constraint.target)
    if table is None or target is None:
        return False
    ends = zip(task.constraint.columns, task.constraint.target_columns, strict=False)
    return any(
        column in table.columns
        and target_column in target.columns
        and table.columns[column].type != target.columns[target_column].type
        for column, target_column in ends
    )
