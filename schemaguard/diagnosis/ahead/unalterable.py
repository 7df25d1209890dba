"""Operations on tables that are not to be altered now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import ColumnTimeline, Op, TableTimeline
from schemaguard.location.effects import by_kind
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.diagnosis.unalterable import Unalterable
    from schemaguard.history.object_timeline import ColumnTimeline, Op, TableTimeline
    from schemaguard.location.effects import AnyEffect, Effect


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
            is_altered, what = any(effect.timeline.owner is timeline for effect in effects), each.table
        if is_altered:
            message = f"{builder.name(op)} alters {what}: {each.why}"
            yield builder.about(op, None, Kind.TABLE, Problem.DIFFERENT, message, table=each.table, name=each.table)


def _has_columns_altered(table: TableTimeline, effects: Collection[AnyEffect]) -> bool:
    """A column may be renamed, and goes with its table."""
    if any(each.timeline is table and each.after is None for each in effects):
        return False
    columns = (each for each in by_kind(effects).columns if each.timeline.table is table)
    return not all(map(_is_renamed, columns))


def _is_renamed(effect: Effect[ColumnTimeline]) -> bool:
    """Whether an effect does no more than that."""
    before, after = effect.shapes
    return before is not None and after is not None and replace(before, name=after.name) == after
