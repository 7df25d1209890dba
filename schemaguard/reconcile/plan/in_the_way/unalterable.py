"""Tables that are not to be altered now: a plan that would is for later. What a migration does is told as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.unalterable import unalterable
from schemaguard.operations import tasks as t
from schemaguard.operations.subjects import table_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task

ALTERS_COLUMNS = t.MakeColumn | t.ReplaceColumn | t.AlterColumn | t.UnmakeColumn | t.DropColumn


def not_to_be_altered(steps: Collection[Step], location: Location) -> Iterator[str]:
    """A sentence for each table that a task would alter, and for each reason why it is not to be."""
    tasks = [task for step in steps for task in step.every_task]
    altered = {_table_before(task) for task in tasks}
    tables = [location.schema.find(task.table) for task in tasks if isinstance(task, ALTERS_COLUMNS)]
    columns = {table.name for table in tables if table is not None}
    for each in unalterable(location) if tasks else ():
        if each.table in (columns if each.columns_only else altered):
            yield each.why


def _table_before(task: Task) -> str | None:
    """The table that a task is about, by the name that it has before."""
    return task.name if isinstance(task, t.RenameTable | t.MoveTable) else table_of(task)
