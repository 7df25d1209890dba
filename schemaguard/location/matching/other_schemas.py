"""Tables that are not where they should be, and that may stand in another schema: somebody moved them.

To make such a table again would put an empty one beside its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.names import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from schemaguard.history.object_timeline import Op, TableTimeline
    from schemaguard.history.timelines import Timelines
    from schemaguard.location.matching.placements import MatchResult
    from schemaguard.schema.objects import Elsewhere

ENOUGH = 0.5
"""A table with at least this share of the columns may be the one that is missing."""


def elsewhere(
    timelines: Timelines,
    matched: MatchResult,
    recorded: Mapping[Op, bool],
    ask: Callable[[Collection[str]], Sequence[Elsewhere]],
) -> dict[TableTimeline, tuple[Elsewhere, ...]]:
    """The candidates for each table that is missing. `ask` is the backend's, and is called only if one is missing.

    A table is missing if it is recorded, or if another table of its migration is there.
    """
    missing = _missing(timelines, matched, recorded)
    if not missing:
        return {}
    claimed = {table.name for table in matched.tables.values()}
    every = [each for each in ask({bare(name) for name in missing.values()}) if each.key not in claimed]
    found = {
        timeline: tuple(each for each in every if each.name == bare(name) and _is_alike(timeline, each))
        for timeline, name in missing.items()
    }
    return {timeline: candidates for timeline, candidates in found.items() if candidates}


def _missing(timelines: Timelines, matched: MatchResult, recorded: Mapping[Op, bool]) -> dict[TableTimeline, str]:
    begun = {step.op[0] for timeline in matched.tables for step in timeline.steps if step.op is not None}
    missing = {}
    for timeline in timelines.every_table:
        if timeline in matched.tables:
            continue
        step = timeline.steps[timeline.recorded_step(recorded)]
        if step.op is None:
            step = next((each for each in timeline.steps if each.op is not None and each.op[0] in begun), step)
        if step.shape is not None and step.op is not None:
            missing[timeline] = step.shape.name
    return missing


def _is_alike(timeline: TableTimeline, table: Elsewhere) -> bool:
    expected = [
        {step.shape.name for step in column.steps if step.shape is not None} for column in timeline.every_column
    ]
    there = sum(not names.isdisjoint(table.columns) for names in expected)
    return bool(expected) and there >= ENOUGH * len(expected)
