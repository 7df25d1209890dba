"""Columns of MariaDB's system-versioned tables, which the server refuses to alter while it keeps their old values."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
from schemaguard.diagnosis.wording import kept_history
from schemaguard.history.object_timeline import ColumnTimeline, Op
from schemaguard.location.effects import Effect
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind


def kept_by_history(builder: ObstructionBuilder, op: Op, effects: Collection[Effect]) -> Iterator[Obstruction]:
    """One for each table. A column may be renamed, and goes with its table."""
    dropped = {each.timeline for each in effects if each.timeline.steps[each.step].shape is None}
    tables = {
        each.timeline.table: None
        for each in effects
        if isinstance(each.timeline, ColumnTimeline)
        and each.timeline.table not in dropped
        and not _is_renamed(each.timeline, each.step)
    }
    for timeline in tables:
        live = builder.location.matched.tables.get(timeline)
        if live is not None and live.keeps_history:
            message = f"{builder.name(op)} alters a column of {live.name}: {kept_history(live.name)}"
            yield builder.about(op, None, Kind.TABLE, Problem.DIFFERENT, message, table=live.name, name=live.name)


def _is_renamed(timeline: ColumnTimeline, step: int) -> bool:
    """Whether a step does no more than that."""
    before, after = timeline.steps[step - 1].shape, timeline.steps[step].shape
    return before is not None and after is not None and replace(before, name=after.name) == after
