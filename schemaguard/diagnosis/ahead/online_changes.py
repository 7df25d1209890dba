"""Operations on a table that an online schema change may be copying: what they do would be lost with the old table."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
from schemaguard.diagnosis.findings.online_changes import in_words, under_way
from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
from schemaguard.location.effects import Effect
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind


def copied_meanwhile(builder: ObstructionBuilder, op: Op, effects: Collection[Effect]) -> Iterator[Obstruction]:
    """One for each table."""
    copied = under_way(builder.location)
    for timeline in dict.fromkeys(map(_table, effects)) if copied else ():
        live = builder.location.matched.tables.get(timeline) if timeline is not None else None
        if live is not None and live.name in copied:
            message = f"{builder.name(op)} alters {live.name}: {in_words(live.name, copied[live.name])}"
            yield builder.about(op, None, Kind.TABLE, Problem.DIFFERENT, message, table=live.name, name=live.name)


def _table(effect: Effect) -> TableTimeline | None:
    match effect.timeline:
        case TableTimeline() as table:
            return table
        case ColumnTimeline(table=table) | ConstraintTimeline(table=table):
            return table
    return None
