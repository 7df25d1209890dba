"""Names that somebody gave by hand, or gave to something else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemaguard.diagnosis.ahead.words import Obstruction, Teller
from schemaguard.diagnosis.model import Problem
from schemaguard.history.object_timeline import AnyLine, ColumnLine, ConstraintLine, Op, TableLine
from schemaguard.location.resolve import Effect
from schemaguard.schema.objects import Column, Kind


def renamed(teller: Teller, op: Op, effects: list[Effect]) -> Iterator[Obstruction]:
    """What somebody renamed by hand is not found under the name that the operation knows."""
    for line in dict.fromkeys(e.line for e in effects):
        for each in (line, *_rests_on(teller, op, line)):
            names = teller.state.other_name(each) if isinstance(each, TableLine | ColumnLine) else None
            if names is not None:
                kind = Kind.TABLE if isinstance(each, TableLine) else Kind.COLUMN
                message = f"{teller.name(op)} goes on from {kind.words} {names[0]}, which is called {names[1]}"
                yield teller.about(op, each, kind, Problem.DIFFERENT, message, name=names[1], expected=names[0],
                               actual=names[1])  # fmt: skip


def _rests_on(teller: Teller, op: Op, line: AnyLine) -> Iterator[TableLine]:
    """The table of a thing, and the one that a foreign key points at."""
    if isinstance(line, ColumnLine | ConstraintLine):
        yield line.table
    for step in line.steps:
        target = getattr(step.shape, "target", None) if step.op == op else None
        for bearer in teller.located.history.timeline.bearers(target):
            if bearer.name_at(op) == target:
                yield bearer


def new_name(teller: Teller, op: Op, line: TableLine, shape: Any) -> Iterator[Obstruction]:
    if shape is None or teller.state.name_of(line) in (None, shape.name):
        return
    stranger = teller.state.stranger(shape.name)
    if stranger is not None:
        message = f"{teller.name(op)} renames {teller.state.name_of(line)} to {shape.name}, which is there already"
        hint = f"rename or drop {shape.name}"
        yield teller.about(op, None, Kind.TABLE, Problem.EXTRA, message, name=stranger, table=stranger, hint=hint)


def new_column_name(teller: Teller, op: Op, line: ColumnLine, shape: Column | None) -> Iterator[Obstruction]:
    before = teller.state.column_name(line)
    if shape is None or before in (None, shape.name) or shape.name not in teller.state.strange_columns(line.table):
        return
    table = teller.state.name_of(line.table)
    message = f"{teller.name(op)} renames {table}.{before} to {shape.name}, which is there already"
    yield teller.about(
        op, None, Kind.COLUMN, Problem.EXTRA, message, name=shape.name, columns=(shape.name,), table=table,
        hint=f"rename or drop {table}.{shape.name}",
    )  # fmt: skip
