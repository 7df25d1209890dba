"""Defaults of columns that nobody gave: no field, no SQL of a migration, and no Django that left its own behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db.migrations import AddField, AlterField, CreateModel

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.codes import STRANGE_DEFAULT
from schemaguard.diagnosis.model import Finding
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.graph import Graph
    from schemaguard.history.object_timeline import ColumnTimeline
    from schemaguard.schema.objects import Column, Expression, Table

CAST = re.compile(r"::[\w\s.\"]+(?:\([\d,\s]*\))?(?:\[\])*$")
TRUE, FALSE = ("true", "1"), ("false", "0")


def strange_default(
    timeline: ColumnTimeline, expected: Column, actual: Column, table: Table, graph: Graph
) -> Finding | None:
    """A note where a column has a default that no migration gives. Django itself gives each row a value."""
    default = actual.default
    if default is None or expected.default is not None or actual.auto or expected.auto or actual.generated is not None:
        return None
    if default.text is None or default.text.upper() == "NULL" or _is_left_behind(timeline, default, graph):
        return None
    name = f"{table.name}.{actual.name}"
    return Finding(
        code=STRANGE_DEFAULT.code, level=STRANGE_DEFAULT.level, kind=Kind.COLUMN, problem=Problem.DIFFERENT,
        table=table.name, name=actual.name, columns=(actual.name,), expected=wording.column(expected),
        actual=wording.column(actual),
        message=f"{name} has the default {wording.text(default)}, which no field and no migration gives it: rows that "
        "other programs insert get it",
        hint="drop the default, or give the field this db_default",
    )  # fmt: skip


def _is_left_behind(timeline: ColumnTimeline, default: Expression, graph: Graph) -> bool:
    """Whether it is the value of a field's own default, which older versions of Django left in the database."""
    text = _plain(default.text or "")
    return any(callable(value) or text in _spellings(value) for value in _given(timeline, graph))


def _plain(text: str) -> str:
    """`'a'::character varying` → `a`, `(0)::numeric` → `0`."""
    text = CAST.sub("", text.strip()).strip()
    while text[:1] == "(" and text[-1:] == ")":
        text = CAST.sub("", text[1:-1].strip()).strip()
    return text[1:-1].replace("''", "'") if text[:1] == "'" and text[-1:] == "'" else text.lower()


def _spellings(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, float) and value == int(value):
        return str(value), str(int(value))
    return str(value), str(value).lower()


def _given(timeline: ColumnTimeline, graph: Graph) -> Iterator[Any]:
    """The defaults that fields of the column ever had, those that were given once among them."""
    names = {step.shape.name for step in timeline.steps if step.shape is not None}
    made = {step.op for step in timeline.table.steps if step.op is not None}
    begun = min((op[0] for op in made), default=0)
    for migration in graph.plan[begun:]:
        for operation in migration.operations:
            if isinstance(operation, CreateModel):
                fields = dict(operation.fields)
            elif isinstance(operation, AddField | AlterField):
                fields = {operation.name: operation.field}
            else:
                continue
            for name, field in fields.items():
                if names & {name, f"{name}_id", field.db_column} and field.has_default():
                    yield field.default
