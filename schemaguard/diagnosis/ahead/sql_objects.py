"""Beside the parts of tables: views, functions and rules that an operation makes, and what reads a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import Op
from schemaguard.location.effects import by_kind
from schemaguard.schema.codes import Problem
from schemaguard.schema.compare import Match
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.ahead.readers import Readers
    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.history.object_timeline import ColumnTimeline, Op
    from schemaguard.location.effects import Effect


def made_already(builder: ObstructionBuilder, op: Op) -> Iterator[Obstruction]:
    """A view, function or rule of that name is there, and is not the one that CREATE would make."""
    for timeline in (effect.timeline for effect in by_kind(builder.location.effects_at(op)).others):
        alike = builder.location.placement(timeline).alike
        if alike is None or alike is Match.SAME:
            continue
        if op != timeline.first_unrecorded(builder.location.graph.recorded).op:
            continue  # by then an operation before it has dropped what is there
        state = "is another one" if alike is Match.DIFFERENT else "may be another one"
        message = f"{builder.name(op)} makes {timeline.kind.words} {timeline.name}, which is there already and {state}"
        hint = f"drop or rename the {timeline.kind.words} {timeline.name}"
        yield builder.about(op, None, timeline.kind, Problem.EXTRA, message, name=timeline.name, hint=hint)


def read(
    builder: ObstructionBuilder, readers: Readers, op: Op, effect: Effect[ColumnTimeline]
) -> Iterator[Obstruction]:
    """A column of which something else is made gets no other type."""
    for table, column, what in readers.of(effect):
        message = f"{builder.name(op)} gives {table}.{column} another type, which cannot be while {what} reads it"
        hint = f"drop {what}, to be made again afterwards"
        yield builder.about(
            op, None, Kind.COLUMN, Problem.EXTRA, message, name=column, columns=(column,), table=table, hint=hint
        )
