"""Names that somebody gave by hand, or gave to something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis import wording
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, Op, TableTimeline
    from schemaguard.location.effects import AnyEffect
    from schemaguard.schema.objects import Column


def renamed(builder: ObstructionBuilder, op: Op, effects: list[AnyEffect]) -> Iterator[Obstruction]:
    """What somebody renamed by hand is not found under the name that the operation knows."""
    for timeline in dict.fromkeys(e.timeline for e in effects):
        for each in (timeline, *_rests_on(builder, op, timeline)):
            names = builder.state.other_name(each)
            if names is not None:
                kind = Kind.TABLE if each is each.owner else Kind.COLUMN
                message = f"{builder.name(op)} goes on from {kind.words} {names[0]}, which is called {names[1]}"
                yield builder.about(op, each, kind, Problem.DIFFERENT, message, name=names[1], expected=names[0],
                               actual=names[1])  # fmt: skip


def _rests_on(builder: ObstructionBuilder, op: Op, timeline: AnyTimeline) -> Iterator[TableTimeline]:
    """The table of a thing, and the one that a foreign key points at."""
    if timeline.owner not in (None, timeline):
        yield timeline.owner
    for step in timeline.steps:
        target = getattr(step.shape, "target", None) if step.op == op else None
        for bearer in builder.location.history.timelines.bearers(target):
            if bearer.name_at(op) == target:
                yield bearer


def new_name(
    builder: ObstructionBuilder, op: Op, timeline: TableTimeline, shape: Any, *, may_be_gone: bool
) -> Iterator[Obstruction]:
    """`may_be_gone`: whether SQL ran before, which may have set any name free."""
    before = builder.state.name_of(timeline)
    if shape is None or before == shape.name:
        return
    behind = next(
        (each for each in builder.state.tables_left_behind() if builder.state.name_of(each) == shape.name), None
    )
    if behind is not None and not may_be_gone:
        message = _left_behind(builder, op, behind, f"table {shape.name}")
        yield builder.about(op, behind, Kind.TABLE, Problem.DIFFERENT, message, name=shape.name, hint=wording.RECONCILE)
        return
    holder = builder.state.holder_of_table(shape.name) if not may_be_gone else None
    if holder is not None:
        what = f"makes table {shape.name}" if before is None else f"renames {before} to {shape.name}"
        message = f"{builder.name(op)} {what}, and {holder} has that name: rename that first"
        yield builder.about(op, None, Kind.TABLE, Problem.EXTRA, message, name=shape.name)
    if before is None:
        return
    stranger = builder.state.stranger(shape.name)
    if stranger is not None:
        message = (
            f"{builder.name(op)} renames {builder.state.name_of(timeline)} to {shape.name}, which is there already"
        )
        hint = f"rename or drop {shape.name}"
        yield builder.about(op, None, Kind.TABLE, Problem.EXTRA, message, name=stranger, table=stranger, hint=hint)


def new_column_name(
    builder: ObstructionBuilder, op: Op, timeline: ColumnTimeline, shape: Column | None
) -> Iterator[Obstruction]:
    before = builder.state.column_name(timeline)
    if shape is None or before == shape.name:
        return
    table = builder.state.name_of(timeline.table)
    behind = builder.state.columns_left_behind(timeline.table)
    holder = next((each for each in behind if builder.state.column_name(each) == shape.name), None)
    if holder is not None:
        message = _left_behind(builder, op, holder, f"column {table}.{shape.name}")
        yield builder.about(
            op, holder, Kind.COLUMN, Problem.DIFFERENT, message, name=shape.name, columns=(shape.name,),
            hint=wording.RECONCILE,
        )  # fmt: skip
        return
    if before is None or shape.name not in builder.state.strange_columns(timeline.table):
        return
    message = f"{builder.name(op)} renames {table}.{before} to {shape.name}, which is there already"
    yield builder.about(
        op, None, Kind.COLUMN, Problem.EXTRA, message, name=shape.name, columns=(shape.name,), table=table,
        hint=f"rename or drop {table}.{shape.name}",
    )  # fmt: skip


def _left_behind(builder: ObstructionBuilder, op: Op, holder: AnyTimeline, what: str) -> str:
    """Of an object that a recorded migration was to give another name, or to take away."""
    expected = builder.location.expected_op(holder)
    should = f": {builder.name(expected)}, which is recorded, was to set that name free" if expected is not None else ""
    return f"{builder.name(op)} needs the name of {what}, which is there already{should}"
