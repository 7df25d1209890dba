"""The notes of migrations that a reconcile runs where they cannot be rolled back: as those of `migrate` itself."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from schemaguard.history.noted import TABLE
from schemaguard.journal.notes import Note, forget_recorded
from schemaguard.journal.noting import Noting
from schemaguard.operations.tasks import RunOperation, RunSql, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.reconcile.requests import Request


@contextmanager
def noted(
    request: Request, connection: BaseDatabaseWrapper, location: Location, step: Step
) -> Iterator[Callable[[Task], None]]:
    """Around one step. What comes out is to be called before each of its tasks."""
    position = step.position
    operations = [
        task for task in step.every_task if isinstance(task, RunOperation | RunSql) and task.op[0] == position
    ]
    with Noting(connection) as noting:
        if position is None or not operations or not request.settings.record_progress:
            yield lambda _task: None
            return
        migration = location.graph.plan[position]
        if not noting.is_needed(migration):
            yield lambda _task: None
            return
        first = min(operations, key=lambda task: task.op)
        statement = first.after if isinstance(first, RunSql) else 0
        key = (migration.app_label, migration.name)
        begun = Note(key=key, operation=first.op[1], statement=statement, done=bool(statement), atomic=True)

        def tell(task: Task) -> None:
            if isinstance(task, RunSql) and task.after and task.op[0] == position:
                noting.goes_on_with(task.op[1], task.after)
            else:
                noting.pauses()

        with noting.around(migration, begun):
            yield tell


def forget(connection: BaseDatabaseWrapper, location: Location) -> None:
    """Drops the notes of what is recorded by now."""
    if TABLE in location.schema.tables:
        forget_recorded(connection)
