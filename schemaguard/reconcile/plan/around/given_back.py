"""Columns that somebody renamed: they have their names back before anything else is done to their table.

The migration that made such a column may be a later one than another that is mended in the same table. What is mended
goes by the models after everything that the database holds. Example: SQLite makes a table anew with all its columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.operations import tasks as t
from schemaguard.operations.order import Edges, ordered
from schemaguard.operations.subjects import timeline_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemaguard.history.object_timeline import TableTimeline
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task


def given_back(steps: list[Step], location: Location, edges: Edges) -> list[Step]:
    """The steps, with each such task in the first one that mends something of its table."""
    for number, step in enumerate(steps):
        for task in [each for each in step.tasks if isinstance(each, t.RenameColumn)]:
            table = task.timeline.table
            live = location.live_table(table)
            if live is None or task.new_name in live.columns:
                continue  # the name has to become free first
            first = next((each for each in steps[:number] if _mends(each.tasks, table)), None)
            if first is not None and not any(_renames(each.tasks, table) for each in steps[steps.index(first) + 1 :]):
                step.tasks.remove(task)
                first.tasks = ordered([*first.tasks, task], edges)
    return [step for step in steps if step.every_task or step.records or step.removes]


def _mends(tasks: Collection[Task], table: TableTimeline) -> bool:
    about = (timeline_of(task) for task in tasks)
    return any(timeline is not None and timeline.owner is table for timeline in about)


def _renames(tasks: Collection[Task], table: TableTimeline) -> bool:
    return any(isinstance(task, t.RenameTable | t.MoveTable) and task.timeline is table for task in tasks)
