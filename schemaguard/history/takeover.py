"""One table, several models: a table that is handed over from one to another stays what it is.

Example: a `through` model over the automatic table of its field, or a model that moves to another app with its
`db_table`. The second CREATE TABLE cannot run, so such a migration is faked. So is the removal of the first model. The
table was there before and is there afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.history import changes as ch
from schemaguard.history.constraint_names import find_constraint
from schemaguard.history.shapes.table_names import table_key, table_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.db.migrations.operations.base import Operation

    from schemaguard.history.branch import Branch
    from schemaguard.history.changes import Change, Key
    from schemaguard.history.object_timeline import ConstraintTimeline, Op, TableTimeline
    from schemaguard.history.shapes.shape import Shape
    from schemaguard.schema.objects import Column, Constraint


def among_others(change: Change, branch: Branch, operation: Operation) -> Change:
    """What a change to a model's table comes to where other models of the same moment have that table too."""
    if isinstance(change, ch.CreateTable) and not type(operation).__module__.startswith("django."):
        return replace(change, takes_over=False)  # a third party's may well look first whether the table is there
    if not isinstance(change, ch.DropTable):
        return change
    if branch.has_table(change.name):
        return ch.LeaveTable(change.name)
    return replace(change, may_stay=True) if _is_unmanaged(change.name, branch) else change


def _is_unmanaged(table: str, branch: Branch) -> bool:
    """Whether a model that nobody manages has that table."""
    maker = branch.maker
    unmanaged = [state for state in branch.state.models.values() if not state.options.get("managed", True)]
    return any(table_key(table_name(maker.connection, state), maker.backend.name_bytes) == table for state in unmanaged)


def as_it_stands(expected: Column, there: Column) -> Column:
    """The column of a model that takes over a table: any of the types that it may have is as good as another."""
    if there.type == expected.type or there.type in expected.also or expected.type in there.also:
        return replace(expected, type=there.type, also=there.also)
    return expected


def held_by(
    table: TableTimeline, key: Key, constraint: Constraint, others: Collection[Key]
) -> ConstraintTimeline | None:
    """What of a table is a constraint of the model that takes it over, under whatever key; `others` are its keys."""
    if key in table.constraints:
        return table.constraints[key]
    return next(
        (
            timeline
            for other, timeline in table.constraints.items()
            if other not in others and timeline.shape is not None and _is_alike(timeline.shape, constraint)
        ),
        None,
    )


def set_aside(table: TableTimeline, key: Key, constraint: Constraint) -> None:
    """An automatic table that became a model, whose unique_together says once more what it brought along."""
    there = table.constraints.get(key)
    if there is not None and there.shape is not None and key[0] == "unique_together":
        if there.shape.name != constraint.name:
            there.key = (ch.AGAIN, *key)
            table.constraints[there.key] = table.constraints.pop(key)


def constrained_by(change: Change, tables: Mapping[str, TableTimeline]) -> str | None:
    """The table to which a change, once applied, has given a constraint or another name of one."""
    match change:
        case ch.CreateTable():
            return change.table.name
        case ch.AddConstraint():
            return change.table
        case ch.AlterConstraint():
            among = tables.values() if change.table is None else filter(None, [tables.get(change.table)])
            table, _ = find_constraint(list(among), change.new_key)
            return table.shape.name if table is not None and table.shape is not None else None
    return None


def note_modelled(table: TableTimeline, shape: Shape, op: Op) -> None:
    """Notes which constraints of a table its model has from now on. One that it gives up by state alone stays there."""
    modelled = {held_by(table, key, each, shape.constraints) for key, each in shape.constraints.items()}
    for timeline in table.constraints.values():
        timeline.note_model(op, timeline in modelled)


def _is_alike(shape: Constraint, other: Constraint) -> bool:
    """Whether two are of one kind and over the same columns, with nothing that narrows or widens either."""
    if type(shape) is not type(other) or shape.kind is not other.kind or shape.columns != other.columns:
        return False
    return replace(shape, name=None, named=False) == replace(other, name=None, named=False)
