"""How an index or constraint is made again that SQL of a migration made, and no model describes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemaguard.exceptions import CannotMend
from schemaguard.history.changes import DropConstraint
from schemaguard.history.raw_sql import raw_sql
from schemaguard.history.sql import parse, statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.migrations.migration import Migration

    from schemaguard.database.base import Backend
    from schemaguard.history.object_timeline import Op
    from schemaguard.operations import tasks as t

CONCURRENTLY = re.compile(r"^(\s*CREATE\s+(?:UNIQUE\s+)?INDEX)\s+CONCURRENTLY\b", re.IGNORECASE)


def made_again(task: t.MakeConstraint, migrations: Sequence[Migration], backend: Backend) -> list[str]:
    """The statements: those of the migration, which may say more than a shape does; else the shape as SQL.

    The migration's own statement cannot be used after a rename of its table, of a column under it, or of itself: it
    would make another object. Nor can a statement that makes several objects at once. Raises CannotMend.
    """
    name = task.constraint.name
    makers = [step.op for step in task.timeline.steps if step.op is not None and step.shape is not None]
    if name is not None and len(makers) == 1 and task.timeline.table.name_at(makers[0]) == task.table:
        sql = raw_sql(migrations[makers[0][0]].operations[makers[0][1]]) or []
        naming = [part for text in sql for part in statements(text, dialect=backend.dialect) if name in part]
        others = _beside(task, makers[0])
        drops = {part: _drops(part, backend) for part in naming}
        each = [part for part in naming if not drops[part] or not all(drops[part])]
        if each and not any(any(drops[part]) or any(other in part for other in others) for part in each):
            return each
    spelt = backend.spell(task.table, task.constraint)
    if spelt is None:
        told = name or f"{task.constraint.kind.value} on {task.table}"
        by = f"; {migrations[makers[-1][0]]} made it" if makers else ""
        raise CannotMend(f"no model of the migrations describes {told}{by}")
    return [spelt]


def in_transaction(statement: str) -> str:
    """A CREATE INDEX without CONCURRENTLY, which cannot run in a transaction."""
    return CONCURRENTLY.sub(r"\1", statement, count=1)


def _drops(statement: str, backend: Backend) -> list[bool]:
    """For each change that a statement makes, whether it drops an index or a constraint."""
    changes = parse(statement, dialect=backend.dialect, normal_type=backend.normal_type)
    return [isinstance(each, DropConstraint) for each in changes]


def _beside(task: t.MakeConstraint, op: Op) -> list[str]:
    """The names of the other constraints that the operation made on the table."""
    return [
        step.shape.name
        for timeline in task.timeline.table.every_constraint
        for step in timeline.steps
        if timeline is not task.timeline and step.op == op and step.shape is not None and step.shape.name is not None
    ]
