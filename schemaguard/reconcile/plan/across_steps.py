"""What a task of one step means for those of later steps: what is made already, and what has its name back by then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.exhaustive import assert_never
from schemaguard.operations import tasks as t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task


def once(steps: list[Step]) -> list[Step]:
    """The steps without tasks that an earlier one has: two migrations may need the same object made."""
    done: set[object] = set()

    def first(task: Task) -> Task | None:
        made = made_by(task)
        if made in done:
            return None
        done.add(made)
        return task

    return _each(steps, first)


def made_by(task: Task) -> object:
    """What a task comes to. What is made is the same thing in whatever shape."""
    if isinstance(task, t.MakeTable | t.MakeColumn | t.ReplaceColumn | t.MakeConstraint):
        return type(task), task.timeline
    return task


def one_after_another(steps: list[Step]) -> list[Step]:
    """The steps, where a column that an earlier one gives its name back has that name in the later ones."""
    names: dict[object, str] = {}
    numbered: dict[tuple[str, str], str] = {}

    def by_then(task: Task) -> Task | None:
        match task:
            case t.RenameColumn(timeline, table, name, new_name):
                name = names.get(timeline, name)
                names[timeline] = numbered[table, task.name] = new_name
                return replace(task, name=name) if name != new_name else None
            case t.SetSequence(_, table, column) | t.NumberColumn(table, column):
                return replace(task, column=numbered.get((table, column), column))
            case t.DropColumn(timeline, _, name):
                return replace(task, name=names.get(timeline, name))
            case t.AlterColumn() | t.ReplaceColumn() | t.UnmakeColumn():
                name = names.get(task.timeline, task.actual.name)
                return replace(task, actual=replace(task.actual, name=name))
            case t.MakeTable() | t.RenameTable() | t.MoveTable() | t.DropTable() | t.SetComment() | t.AlterTable():
                return task
            case t.RebuildTable() | t.MakeColumn():
                return task
            case t.MakeConstraint() | t.ValidateConstraint() | t.RenameConstraint() | t.PromoteIndex():
                return task
            case t.DropConstraint() | t.RenameSequence():
                return task
            case t.RunOperation() | t.CreateExtension() | t.RunSql() | t.MakeOther():
                return task
            case _:
                assert_never(task)

    return _each(steps, by_then)


def _each(steps: list[Step], change: Callable[[Task], Task | None]) -> list[Step]:
    """The steps with all tasks changed, in their order; without the tasks of which nothing is left."""

    def changed(tasks: Iterable[Task]) -> list[Task]:
        return [found for task in tasks if (found := change(task)) is not None]

    for step in steps:
        step.tasks = changed(step.tasks)
        step.sequence = {o: changed(tasks) for o, tasks in step.sequence.items()}
    return steps
