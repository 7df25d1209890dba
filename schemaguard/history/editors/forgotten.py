"""What a schema editor forgets that makes a table anew, as SQLite's does for most alterations.

It makes what the model has, and no more: an index that SQL made on the table is gone afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
from django.db.migrations.operations import (
    AddField,
    AddIndex,
    AlterField,
    AlterIndexTogether,
    RemoveIndex,
    RenameField,
    RenameIndex,
)
from django.db.models import NOT_PROVIDED

from schemaguard.history import changes as ch
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Index, reads

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.db.migrations.operations.base import Operation

    from schemaguard.history.changes import Change
    from schemaguard.history.object_timeline import Op
    from schemaguard.history.shapes.shape import Shape, Shapes
    from schemaguard.history.timelines import Timelines

FORGETS_INDEX_TOGETHER = django.VERSION >= (5, 1)
"""The option is no longer one of a model, and what it made in old migrations is still in the database."""
OF_INDEXES = (AddIndex, AlterIndexTogether, RemoveIndex, RenameIndex)
"""Each is a statement of its own, whoever made the index."""


def forget(timelines: Timelines, shapes: Shapes, op: Op) -> None:
    """Notes in the timelines what may be lost from that operation on; `shapes` are those of the model before it."""
    shape = shapes.get("")
    table = timelines.tables.get(shape.name) if shape is not None else None
    if shape is None or table is None:
        return
    table.maybe_remade_ops.add(op)
    for other in timelines.others.values():
        if other.kind is Kind.TRIGGER and other.shape and bare(shape.name).lower() in other.words:
            other.maybe_lost_steps |= {len(other.steps) - 1}
    names = {each.name for each in shape.constraints.values() if each.name is not None}
    for key, timeline in table.constraints.items():
        of_models = key in shape.constraints or (timeline.shape is not None and timeline.shape.name in names)
        if not of_models or (key[0] == "index_together" and FORGETS_INDEX_TOGETHER):
            timeline.maybe_lost_steps |= {len(timeline.steps) - 1}


def only_renames(operation: Operation, steps: Collection[Change], shapes: Shapes) -> bool:
    """Whether an AlterField alters the name of a column and nothing else of its definition; `shapes` are those before.

    The editor renames the column then, and looks at no index. Source: `_alter_field`.
    """
    shape = shapes.get("")
    if not isinstance(operation, AlterField) or shape is None or ("foreign_key", operation.name) in shape.constraints:
        return False
    changed = {name for each in steps if isinstance(each, ch.AlterColumn) for name in each.changes}
    constraints = [each for each in steps if isinstance(each, ch.AddConstraint | ch.DropConstraint)]
    return changed - {"also"} == {"name"} and all(each.key[0] == "index" for each in constraints)


def stays(step: Change) -> bool:
    """Whether it would drop the index of a field."""
    return isinstance(step, ch.DropConstraint) and step.key[0] == "index"


def not_made(timelines: Timelines, steps: Iterable[Change]) -> None:
    """Notes that the index of a field need not be there: it comes when the table is made anew."""
    for step in steps:
        if isinstance(step, ch.AddConstraint) and step.key[0] == "index":
            made = timelines.tables[step.table].constraints[step.key]
            made.maybe_lost_steps |= {len(made.steps) - 1}


def may_remake(operation: Operation, steps: Collection[Change], shapes: Shapes) -> bool:
    """Whether SQLite's editor may make the model's table anew for an operation, of which these are the changes."""
    shape = shapes.get("")
    if shape is None:
        return False
    if isinstance(operation, OF_INDEXES):
        return False
    if isinstance(operation, RenameField):
        return ("foreign_key", operation.old_name) in shape.constraints
    if isinstance(operation, AddField) and _is_added_alone(operation.field):
        return False
    return any(_remakes(step, shape) for step in steps)


def _remakes(step: Change, shape: Shape) -> bool:
    """All changes do but those of indexes, of the table's name, and of a column that nothing hangs on and that goes."""
    if getattr(step, "table", None) != shape.name:
        return False
    if isinstance(step, ch.DropColumn):
        return any(step.name in reads(each) for each in shape.constraints.values())
    constraint = getattr(step, "constraint", None) or shape.constraints.get(getattr(step, "key", ()))
    return not (isinstance(step, ch.CommentTable) or (isinstance(constraint, Index) and not constraint.unique))


def _is_added_alone(field: Any) -> bool:
    """As in the editor's `add_field`."""
    given = field.has_default() or getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
    return bool(field.null and not field.unique and not field.primary_key and not given)
