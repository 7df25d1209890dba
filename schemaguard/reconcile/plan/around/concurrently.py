"""Indexes that a migration makes CONCURRENTLY are made again CONCURRENTLY, so that nobody has to wait to write."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.history.contrib_postgres import is_of_contrib
from schemaguard.history.raw_sql import raw_sql
from schemaguard.operations import tasks as t
from schemaguard.schema.objects import Index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.operations.base import Operation

    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task

SAYS_SO = re.compile(r"\bINDEX\s+CONCURRENTLY\b", re.IGNORECASE)


def mark(steps: list[Step], location: Location) -> None:
    """Marks the tasks for such indexes, in the steps of migrations with `atomic = False`."""
    if not location.backend.builds_concurrently:
        return
    for step in steps:
        if step.position is not None and not location.graph.plan[step.position].atomic:
            for slot in (step.tasks, *step.sequence.values()):
                slot[:] = [_marked(task, location) for task in slot]


def _marked(task: Task, location: Location) -> Task:
    if isinstance(task, t.MakeConstraint) and _is_made_so(task, location):
        return replace(task, concurrently=True)
    if isinstance(task, t.DropConstraint) and isinstance(task.actual, Index) and not task.actual.constraint:
        if _is_made_so(task, location):
            return replace(task, concurrently=True)
    return task


def _is_made_so(task: t.MakeConstraint | t.DropConstraint, location: Location) -> bool:
    return any(_says_so(each) for each in _makers(task, location))


def _makers(task: t.MakeConstraint | t.DropConstraint, location: Location) -> Iterator[Operation]:
    for step in task.timeline.steps:
        if step.op is not None and step.shape is not None:
            operation = location.graph.plan[step.op[0]].operations[step.op[1]]
            yield from getattr(operation, "database_operations", [operation])


def _says_so(operation: Operation) -> bool:
    if is_of_contrib(operation, "AddIndexConcurrently"):
        return True
    return any(SAYS_SO.search(text) for text in raw_sql(operation) or ())
