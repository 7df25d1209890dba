"""Walks a small history in this process, and tells the timeline that comes of it in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation

from schemaguard.database import backend_of
from schemaguard.diagnosis import wording
from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, ConstraintTimeline, TableTimeline
from schemaguard.history.walk import History, Walker
from schemaguard.schema.objects import Column, Constraint, PrimaryKey

if TYPE_CHECKING:
    from collections.abc import Sequence


def walk(connection: Any, *migrations: Operation | Sequence[Operation], app: str = "shop") -> History:
    """The history of one app: migrations, named by their numbers from 0, each of one operation or of several."""
    plan = []
    for number, operations in enumerate(migrations):
        migration: Any = Migration(f"{number:04}", app)
        migration.operations = [operations] if isinstance(operations, Operation) else list(operations)
        plan.append(migration)
    return Walker(connection, backend_of(connection), plan).walk()


def told(history: History, *, since: int = 0) -> dict[str, list[str]]:
    """By object, its steps in words: `2: integer NULL`, `5: gone`; what it begins with, where that is there, as `-`.

    Objects without a step `since` that migration are left out, and so are the steps before it.
    """
    found: dict[str, list[str]] = {}
    for line in history.timelines.object_timelines():
        for step in line.steps:
            if step.op is None and step.shape is not None:
                found.setdefault(_name(line), []).append(f"-: {_said(line, step.shape)}")
            elif step.op is not None and step.op[0] >= since:
                found.setdefault(_name(line), []).append(f"{step.op[0]}: {_said(line, step.shape)}")
    return found


def _name(line: AnyTimeline) -> str:
    first: Any = next(step.shape for step in line.steps if step.shape is not None)
    if isinstance(line, TableTimeline):
        return str(first.name)
    if isinstance(line, ColumnTimeline):
        return f"{line.table.name}.{first.name}"
    if isinstance(line, ConstraintTimeline):
        return f"{line.table.name} {first.kind.value} over {', '.join(first.columns) or 'expressions'}"
    return f"{line.kind} {line.name}"


def _said(line: AnyTimeline, shape: Any) -> str:
    if shape is None:
        return "gone"
    if isinstance(shape, Column):
        return f"{shape.name} {wording.column(shape)}"
    if isinstance(line, ConstraintTimeline):
        return _constraint(shape)
    if isinstance(line, TableTimeline):
        return str(shape.name) + (f" ({shape.comment})" if shape.comment else "")
    return "there"


def _constraint(shape: Constraint) -> str:
    given = f"{shape.name} " if not isinstance(shape, PrimaryKey) and shape.named else ""
    return given + wording.constraint(shape)
