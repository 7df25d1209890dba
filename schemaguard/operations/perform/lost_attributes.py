"""What a field says of its column, and the column has lost since: on MySQL and MariaDB a MODIFY takes a whole
definition, and that of Django's editor leaves some of it out. What is made again is to be as the history has left it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from schemaguard.schema.objects import Check, Column

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from schemaguard.history.object_timeline import ColumnTimeline, Op, TableTimeline


@contextmanager
def without_what_was_lost(fields: Iterable[Any], table: TableTimeline, holds: Callable[[Op], bool]) -> Iterator[None]:
    """Bound fields that say no more, for the block, than what their columns have after the operations that hold."""
    changed = []
    for field in fields:
        found = standing(table, field.column, holds)
        lost = _lost(field, *found, holds) if found is not None else {}
        if lost:
            changed.append((field, vars(field).copy()))
            vars(field).update(lost)
    try:
        yield
    finally:
        for field, before in changed:
            vars(field).clear()
            vars(field).update(before)


def standing(table: TableTimeline, name: str, holds: Callable[[Op], bool]) -> tuple[ColumnTimeline, Column] | None:
    """The column that has that name after the operations that hold, and its shape by then."""
    for column in table.every_column:
        shape = column.shape_after(holds)
        if shape is not None and shape.name == name:
            return column, shape
    return None


def _lost(field: Any, column: ColumnTimeline, shape: Column, holds: Callable[[Op], bool]) -> Mapping[str, Any]:
    """The attributes that make the field say less."""
    found: dict[str, Any] = {}
    if shape.comment is None and getattr(field, "db_comment", None):
        found["db_comment"] = None
    names = {step.shape.name for step in column.steps if step.shape is not None}
    keeps_collation = shape.collation is not None
    keeps_check = not _is_check_lost(column.table, names, holds)
    if not (keeps_collation and keeps_check):
        parameters = field.db_parameters

        def said(connection: Any) -> Mapping[str, Any]:
            every = dict(parameters(connection))
            if not keeps_collation:
                every.pop("collation", None)
            return every if keeps_check else {**every, "check": None}

        found["db_parameters"] = said
    return found


def _is_check_lost(table: TableTimeline, names: Collection[str], holds: Callable[[Op], bool]) -> bool:
    """Whether a column of these names had a check that nobody named, and has none any more."""
    checks = []
    for constraint in table.every_constraint:
        step = constraint.last_step(holds)
        shape = constraint.shape_at(step)
        if isinstance(shape, Check) and not shape.named and len(shape.columns) == 1 and shape.columns[0] in names:
            checks.append(constraint.steps[step].shape)
    return bool(checks) and not any(checks)
