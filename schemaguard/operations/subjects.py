"""Which object, operation and table a task is about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.exhaustive import assert_never
from schemaguard.operations import tasks as t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from schemaguard.history.object_timeline import AnyTimeline, Op
    from schemaguard.operations.tasks import Task


def flat(tasks: Iterable[Task]) -> Iterator[Task]:
    """The tasks, the parts of a rebuild one by one."""
    for task in tasks:
        if isinstance(task, t.RebuildTable):
            yield from task.parts
        else:
            yield task


def timeline_of(task: Task) -> AnyTimeline | None:
    """The timeline of the object that a task is about; None where it is about an operation or a sequence."""
    match task:
        case t.RunOperation() | t.CreateExtension() | t.RunSql():
            return None
        case t.RenameSequence() | t.SetSequence() | t.NumberColumn():
            return None
        case _:
            return task.timeline


def op_of(task: Task) -> Op | None:
    """The operation of a migration that a task runs."""
    match task:
        case t.RunOperation(op) | t.CreateExtension(op) | t.RunSql(op):
            return op
    if isinstance(task, t.TableTask | t.ColumnTask | t.ConstraintTask | t.SequenceTask | t.MakeOther):
        return None
    assert_never(task)


def is_concurrent(task: Task) -> bool:
    """Whether a task makes or drops an index while others write (CONCURRENTLY), which no transaction may hold."""
    match task:
        case t.MakeConstraint() | t.DropConstraint():
            return task.concurrently
        case t.ValidateConstraint() | t.RenameConstraint() | t.PromoteIndex():
            return False
    if isinstance(task, t.TableTask | t.ColumnTask | t.SequenceTask | t.StatementTask):
        return False
    assert_never(task)


def table_of(task: Task) -> str | None:
    """The table that a task is about, by the name that it has afterwards."""
    match task:
        case t.MakeTable(_, name) | t.DropTable(_, name):
            return name
        case t.RenameTable() | t.MoveTable():
            return task.new_name
        case t.RunOperation() | t.CreateExtension() | t.RunSql() | t.MakeOther() | t.RenameSequence():
            return None
        case _:
            return task.table


def with_table_renamed(task: Task, new_names: Mapping[str, str]) -> Task:
    """The task with the name that its table has by now; as it is where that has its name still."""
    match task:
        case t.RunOperation() | t.CreateExtension() | t.RunSql() | t.MakeOther() | t.RenameSequence():
            return task
        case t.MakeTable() | t.RenameTable() | t.MoveTable() | t.DropTable() | t.RebuildTable():
            return task
        case _:
            renamed: Task = replace(task, table=new_names.get(task.table, task.table))
            return renamed


def only_alter(tasks: Sequence[Task]) -> bool:
    """Whether all of them only give another shape to what is there."""
    unmade = {task.timeline for task in tasks if isinstance(task, t.UnmakeColumn)}
    return all(
        isinstance(task, t.AlterColumn | t.AlterTable | t.UnmakeColumn)
        or (isinstance(task, t.MakeColumn) and task.timeline in unmade)
        for task in tasks
    )
