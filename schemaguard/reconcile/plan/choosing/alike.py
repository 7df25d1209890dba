"""Tables and columns that differ in nothing but one collation: one question is asked about all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.diagnosis.findings.alike import FEW, NAMED
from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, TableTimeline
from schemaguard.location.matching.placements import different

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.location.location import Location


@dataclass(frozen=True, slots=True)
class Alike:
    """`names` are those of the tables and columns, as they are called in the database."""

    collation: str
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """What they are called together in questions and answers."""
        return f"collation {self.collation}"

    @property
    def said(self) -> str:
        more = f" and {len(self.names) - NAMED} more" if len(self.names) > NAMED else ""
        return (
            f"{len(self.names)} tables and columns are COLLATE {self.collation} ({', '.join(self.names[:NAMED])}{more})"
        )


def alike(location: Location) -> Mapping[AnyTimeline, Alike]:
    """By timeline, those that it is asked about together with; nothing for one that is asked about alone."""
    found: dict[str, dict[AnyTimeline, str]] = {}
    for table, live in location.matched.tables.items():
        timelines: list[AnyTimeline] = [table, *table.every_column]
        for timeline in timelines:
            place, step = location.matched.places[timeline], location.expected.steps[timeline]
            if not place.nearest or different(place.differences.get(step, ())) != {"collation"}:
                continue
            if isinstance(timeline, TableTimeline) and live.collation is not None:
                found.setdefault(live.collation, {})[timeline] = live.name
            elif isinstance(timeline, ColumnTimeline) and place.actual.collation is not None:
                found.setdefault(place.actual.collation, {})[timeline] = f"{live.name}.{place.actual.name}"
    return {
        timeline: Alike(collation, tuple(names.values()))
        for collation, names in found.items()
        if len(names) > FEW
        for timeline in names
    }
