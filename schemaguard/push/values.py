"""The values that the models give to rows without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.operations import tasks as t
from schemaguard.operations.subjects import flat
from schemaguard.schema.objects import Index

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.operations.hazards.of_tasks import Target
    from schemaguard.operations.perform.model_editor import ModelEditor
    from schemaguard.operations.tasks import Task


def has_default(editor: ModelEditor, target: Target) -> bool:
    """Whether the field, as it is now, has a value for rows without one."""
    return target.column.auto or editor.default(editor.field(target.table, target.column.name)) is not None


def new_unique_columns(editor: ModelEditor, tasks: Iterable[Task]) -> set[tuple[str, str]]:
    """(table, column) of the columns that are to be unique from now on."""
    found: set[tuple[str, str]] = set()
    for task in flat(tasks):
        match task:
            case t.MakeColumn(_, table, column) | t.ReplaceColumn(_, table, column):
                if editor.field(table, column.name).unique:
                    found.add((table, column.name))
            case t.MakeConstraint(_, table, Index(unique=True) as made) if len(made.columns) == 1:
                found.add((table, made.columns[0]))
    return found
