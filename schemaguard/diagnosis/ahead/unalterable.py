"""Operations on tables that are not to be altered now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.diagnosis.unalterable import Unalterable
    from schemaguard.location.effects import AnyEffect


def not_to_be_altered(
    builder: ObstructionBuilder, op: Op, effects: Collection[AnyEffect], tables: Iterable[Unalterable]
) -> Iterator[Obstruction]:
    """One for each table, and for each reason."""
    for each in tables:
        timeline = builder.location.timeline_of(each.table)
        if timeline is None:
            continue
        if each.columns_only:
            is_altered, what = _has_columns_altered(timeline, effects), f"a column of {each.table}"
        else:
            is_altered, what = any(_table(effect) is timeline for effect in effects), each.table
        if is_altered:
            message = f"{builder.name(op)} alters {what}: {each.why}"
            yield builder.about(op, None, Kind.TABLE, Problem.DIFFERENT, message, table=each.table, name=each.table)


def _has_columns_altered(table: TableTimeline, effects: Collection[AnyEffect]) -> bool:
    """A column may be renamed, and goes with its table."""
    if any(each.timeline is table and each.after is None for each in effects):
        return False
    return any(
        isinstance(each.timeline, ColumnTimeline)
        and each.timeline.table is table
        and not _is_renamed(each.timeline, each.step)
        for each in effects
    )


def _is_renamed(timeline: ColumnTimeline, step: int) -> bool:
    """Whether a step does no more than that."""
    before, after = timeline.steps[step - 1].shape, timeline.steps[step].shape
    return before is not None and after is not None and replace(before, name=after.name) == after


def _table(effect: AnyEffect) -> TableTimeline | None:
    match effect.timeline:
        case TableTimeline() as table:
            return table
        case ColumnTimeline(table=table) | ConstraintTimeline(table=table):
            return table
    return None
