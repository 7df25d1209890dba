"""The values that migrations gave to rows which had none: those of the fields, and those given once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.migrations import AddField, AlterField, AlterOrderWithRespectTo
from django.db.models import NOT_PROVIDED

from schemaguard.operations.perform.lost_attributes import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.migrations.migration import Migration

    from schemaguard.history.object_timeline import ColumnTimeline, Op, TableTimeline
    from schemaguard.history.walk import History
    from schemaguard.location.location import Location
    from schemaguard.schema.objects import Column


def has_value_for_rows(timeline: ColumnTimeline, column: Column, location: Location) -> bool:
    """Whether Django has a value of the column's type for rows without one: a field's default, or one given once."""
    last = timeline.shape
    field = _field_now(timeline, location.history) if last is not None and last.type == column.type else None
    if field is not None and (field.has_default() or (field.empty_strings_allowed and field.blank)):
        return True
    return one_off_default(timeline, column.type, location.graph.plan) is not NOT_PROVIDED


def one_off_default(timeline: ColumnTimeline, kind: str, migrations: Sequence[Migration]) -> Any:
    """The default that the last AddField or AlterField with one gave to the rows of its time, or NOT_PROVIDED.

    What came after the column's last step of that type gave values of another one. The default of a CreateModel was
    given to no row: rows that came later have the values they were made with.
    """
    of_kind = [
        number for number, step in enumerate(timeline.steps) if step.shape is not None and step.shape.type == kind
    ]
    for step in reversed(timeline.steps[: max(of_kind, default=len(timeline.steps)) + 1]):
        operation = migrations[step.op[0]].operations[step.op[1]] if step.op is not None else None
        if isinstance(operation, AddField | AlterField) and operation.field.has_default():
            return operation.field.default
        if isinstance(operation, AlterOrderWithRespectTo) and operation.order_with_respect_to:
            return 0  # its `database_forwards` gives it to the rows
    return NOT_PROVIDED


def is_added_with_default(
    name: str, table: TableTimeline, migrations: Sequence[Migration], holds: Callable[[Op], bool]
) -> bool:
    """Whether AddField made the column that stands under that name, with a default, and nothing altered it since."""
    found = standing(table, name, holds)
    if found is None:
        return False
    column, last = found
    made = next(step for step in column.steps if step.shape is not None)
    if made.op is None or made.shape is None:
        return False
    operation = migrations[made.op[0]].operations[made.op[1]]
    is_same = replace(made.shape, name=name) == last
    return isinstance(operation, AddField) and operation.field.has_default() and is_same


def _field_now(timeline: ColumnTimeline, history: History) -> Any:
    """The field at the end of the history, where most databases are; None where it is gone by then."""
    shape = timeline.shape
    for key, shapes in history.shapes.items():
        main = shapes.get("")
        if shape is not None and main is not None and main.name == timeline.table.name:
            for name, column in main.columns.items():
                if column.name == shape.name:
                    return history.state.models[key].fields.get(name)
    return None
