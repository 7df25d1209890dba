"""What a step of a plan does, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Action
from schemaguard.exhaustive import assert_never
from schemaguard.operations import tasks as t

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task

AGAIN = "make again what is missing"
BY_ACTION = {
    Action.FAKE: "record as applied, without running it",
    Action.RUN: "run",
    Action.COMPLETE: "run what is left of it",
    Action.ALTER: "alter to the expected shape",
    Action.UNRECORD: "delete its record",
    Action.PRUNE: "delete the record: there is no such file",
}


def summary(step: Step) -> str:
    """`record as applied, without running it`; for a step that mends, what it does to each object."""
    return _mended(step.every_task) if step.action is Action.REDO else BY_ACTION[step.action]


def _mended(tasks: Collection[Task]) -> str:
    made = {task.timeline for task in tasks if isinstance(task, t.MakeConstraint)}
    said: dict[str, None] = {}
    for task in tasks:
        if isinstance(task, t.DropConstraint) and task.timeline in made:
            continue  # it stands in another shape: it is made again
        match task:
            case t.DropConstraint() | t.DropColumn() | t.DropTable():
                said["remove what is still there"] = None
            case t.RenameTable() | t.RenameColumn() | t.RenameConstraint() | t.RenameSequence():
                said["give back its name"] = None
            case t.AlterColumn() | t.SetComment():
                said["alter to the expected shape"] = None
            case t.ValidateConstraint() if task.enforces:
                said["enforce what was not enforced"] = None
            case t.ValidateConstraint():
                said["validate what was not validated"] = None
            case t.SetSequence():
                said["set the sequence after the rows"] = None
            case t.MakeTable() | t.MoveTable() | t.AlterTable() | t.RebuildTable() | t.MakeColumn() | t.ReplaceColumn():
                said[AGAIN] = None
            case t.UnmakeColumn() | t.MakeConstraint() | t.PromoteIndex() | t.NumberColumn():
                said[AGAIN] = None
            case t.RunOperation() | t.CreateExtension() | t.RunSql() | t.MakeOther():
                said[AGAIN] = None
            case _:
                assert_never(task)
    return ", ".join(said) or AGAIN
