"""What reads a column that is to be altered, and is not ours to make anew. It is named before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.operations import tasks as t

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task


def read_by_others(steps: Collection[Step], location: Location) -> Iterator[str]:
    """A sentence for each view, policy, trigger or unknown generated column over which the server would refuse."""
    tasks = [task for step in steps for task in step.every_task]
    if any(_may_drop_a_reader(task, location) for task in tasks):
        return
    gone = {(task.table, task.name) for task in tasks if isinstance(task, t.UnmakeColumn | t.DropColumn)}
    altered = {(task.table, task.actual.name) for task in tasks if isinstance(task, t.AlterColumn) and task.is_retyped}
    for table, column, what, generated in location.backend.readers(sorted(altered)) if altered else ():
        if (table, generated) not in gone:
            yield f"{table}.{column} cannot get another type while {what} reads it: drop that first, and make it again"


def _may_drop_a_reader(task: Task, location: Location) -> bool:
    """Whether it runs the project's own code or SQL, which may drop the reader first."""
    if isinstance(task, t.RunOperation):
        return location.goes_beyond_tables(task.op)
    return isinstance(task, t.RunSql)
