"""Tables that SQLite's editor makes anew, under a name that must be free."""

from __future__ import annotations

from collections.abc import Iterator

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder, shapes
from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
from schemaguard.location.effects import Effect
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Index


def remade(builder: ObstructionBuilder, op: Op, effects: list[Effect]) -> Iterator[Obstruction]:
    """SQLite's editor makes a table anew as new__…, which must not be there."""
    if not builder.backend.remakes_tables:
        return
    tables = [timeline for e in effects if (timeline := _makes_anew(builder, op, e)) is not None]
    for each in dict.fromkeys(tables):
        table = builder.state.name_of(each)
        stranger = builder.state.stranger(f"new__{bare(table or '')}")
        if table is not None and stranger is not None:
            left = wording.left_by_a_rebuild(stranger)
            message = f"{left}; {builder.name(op)} makes {table} anew once more, and fails on it"
            yield builder.about(
                op, None, Kind.TABLE, Problem.EXTRA, message, name=stranger, table=stranger,
                hint=wording.drop_rebuild(stranger),
            )  # fmt: skip


def _makes_anew(builder: ObstructionBuilder, op: Op, effect: Effect) -> TableTimeline | None:
    """The table that an effect has made anew: django/db/backends/sqlite3/schema.py says where it need not be."""
    timeline = effect.timeline
    before, after = shapes(effect)
    if isinstance(timeline, ConstraintTimeline):
        shape = after or before
        plain = isinstance(shape, Index) and (not shape.unique or not shape.constraint)
        return None if plain or timeline.key[0] == "unique_together" else timeline.table
    if not isinstance(timeline, ColumnTimeline):
        return None
    field = getattr(builder.operation(op), "field", None)
    if before is None and after is not None:
        bare_column = after.nullable and (field is None or not (field.has_default() or field.unique))
        return None if bare_column else timeline.table
    if after is None:
        name = builder.state.column_name(timeline)
        return timeline.table if any(name in each.columns for each in builder.state.of(timeline.table)) else None
    return timeline.table if getattr(before, "type", None) != after.type or before.nullable != after.nullable else None
