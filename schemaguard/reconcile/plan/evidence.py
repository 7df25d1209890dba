"""Why a fake may be believed: what was looked at, and what it looked like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.naming import name_of_constraint
from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    OtherTimeline,
    TableTimeline,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location

MOST = 200


def evidence(location: Location, m: int, filled: Mapping[Op, str]) -> tuple[str, ...]:
    """What speaks for it that a migration ran, a sentence for each object, and then what speaks against it.

    For it: an object that it made and that was found, or that it removed and that is gone. Against it: the reverse.
    `filled`: code that seems to have run → the table in which there are rows.
    """
    speaks_for: list[str] = []
    against: list[str] = []
    for effect in location.effects_of(m):
        if effect.step <= location.located_step(effect.timeline):
            speaks_for.append(_found(location, effect))
        elif effect.step <= location.story.step_of(effect.timeline):
            against.append(f"against it: {_not_found(location, effect)}")
    tables = dict.fromkeys(table for op, table in filled.items() if op[0] == m)
    speaks_for += [f"table {table}, which its code fills, has rows" for table in tables]
    if m in location.notes:
        noted = location.notes[m]
        speaks_for.append(
            f"migrate noted that {noted.ran} of {len(location.graph.plan[m].operations)} operations ran"
            + (f", at {noted.at:%Y-%m-%d %H:%M:%S} UTC" if noted.at is not None else "")
        )
    if not speaks_for:
        speaks_for = ["nothing of it can be seen in the catalog; what depends on it is in the database"]
    if m in location.story.close:
        against.append("against it: the database would look the same if it had not run")
    return (*_shortened(speaks_for), *_shortened(against))


def _shortened(sentences: list[str]) -> list[str]:
    more = len(sentences) - MOST
    return [*sentences[:MOST], f"and {more} more like these"] if more > 0 else sentences


def _found(location: Location, effect: AnyEffect) -> str:
    timeline, place = effect.timeline, location.placement(effect.timeline)
    there = place.actual is not None
    if isinstance(timeline, ColumnTimeline):
        seen: Any = place.actual if there else timeline.shape_at(location.located_step(timeline))
        name = f"{_table(location, timeline.table, timeline)}.{seen.name}"
        return f"column {name} is {wording.column(place.actual) if there else 'gone'}"
    if isinstance(timeline, ConstraintTimeline):
        shape: Any = place.actual if there else timeline.shape_at(location.located_step(timeline))
        name = name_of_constraint(shape, _table(location, timeline.table, timeline))
        return f"{name} is {wording.constraint(place.actual) if there else 'gone'}"
    return f"{_what(location, timeline)} is {'there' if there else 'gone'}"


def _not_found(location: Location, effect: AnyEffect) -> str:
    timeline = effect.timeline
    made: Any = timeline.steps[effect.step].shape
    seen: Any = timeline.shape_at(effect.step)
    if isinstance(timeline, ColumnTimeline):
        what = f"column {_table(location, timeline.table, timeline)}.{seen.name}"
    elif isinstance(timeline, ConstraintTimeline):
        what = name_of_constraint(seen, _table(location, timeline.table, timeline))
    else:
        what = _what(location, timeline)
    if not made:
        return f"{what} is still there"
    return f"{what} is missing" if location.placement(timeline).actual is None else f"{what} is as it was before"


def _what(location: Location, timeline: TableTimeline | OtherTimeline) -> str:
    if isinstance(timeline, TableTimeline):
        return f"table {_table(location, timeline, timeline)}"
    return f"{timeline.kind.words} {timeline.name}"


def _table(location: Location, table: TableTimeline, timeline: AnyTimeline) -> str:
    """What a table is called in the database; where it is gone, what it was called at this step of one of its parts."""
    live = location.matched.tables.get(table)
    return live.name if live is not None else table.name_at(timeline.steps[location.located_steps[timeline]].at)
