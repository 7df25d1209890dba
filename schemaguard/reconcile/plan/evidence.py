"""Why a fake may be believed: what was looked at, and what it looked like."""

from __future__ import annotations

from typing import Any

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.naming import name_of_constraint
from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, ConstraintTimeline, TableTimeline
from schemaguard.location.locate import Location

MOST = 200


def evidence(location: Location, m: int) -> tuple[str, ...]:
    """A sentence for each object that a migration made and that was found, and for each that it removed and is gone."""
    found: list[str] = []
    for o in range(len(location.graph.plan[m].operations)):
        for effect in location.effects.get((m, o), ()):
            timeline, place = effect.timeline, location.matched.places[effect.timeline]
            if effect.step > location.located_steps[timeline]:
                continue
            there = place.actual is not None
            if isinstance(timeline, ColumnTimeline):
                seen: Any = place.actual if there else timeline.shape_at(location.located_steps[timeline])
                name = f"{_table(location, timeline.table, timeline)}.{seen.name}"
                found.append(f"column {name} is {wording.column(place.actual) if there else 'gone'}")
            elif isinstance(timeline, ConstraintTimeline):
                shape: Any = place.actual if there else timeline.shape_at(location.located_steps[timeline])
                name = name_of_constraint(shape, _table(location, timeline.table, timeline))
                found.append(f"{name} is {wording.constraint(place.actual) if there else 'gone'}")
            else:
                what = (
                    f"table {_table(location, timeline, timeline)}"
                    if isinstance(timeline, TableTimeline)
                    else f"{timeline.kind.words} {timeline.name}"
                )
                found.append(f"{what} is {'there' if there else 'gone'}")
    if not found:
        found = ["nothing of it can be seen in the catalog; what depends on it is in the database"]
    more = len(found) - MOST
    return (*found[:MOST], f"and {more} more like these") if more > 0 else tuple(found)


def _table(location: Location, table: TableTimeline, timeline: AnyTimeline) -> str:
    """What a table is called in the database; where it is gone, what it was called at the place of one of its lines."""
    live = location.matched.tables.get(table)
    return live.name if live is not None else table.name_at(timeline.steps[location.located_steps[timeline]].at)
