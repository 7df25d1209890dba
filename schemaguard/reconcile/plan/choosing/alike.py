"""Tables and columns that differ in nothing but one collation: one question is asked about all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.diagnosis.findings.alike import FEW, NAMED
from schemaguard.location.matching.placements import different

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.history.object_timeline import AnyTimeline
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
    for table, live in location.live_tables.items():
        if live.collation is not None and _has_another_collation(table, location):
            found.setdefault(live.collation, {})[table] = live.name
        for column in table.every_column:
            actual = location.live(column)
            if actual is not None and actual.collation is not None and _has_another_collation(column, location):
                found.setdefault(actual.collation, {})[column] = f"{live.name}.{actual.name}"
    return {
        timeline: Alike(collation, tuple(names.values()))
        for collation, names in found.items()
        if len(names) > FEW
        for timeline in names
    }


def _has_another_collation(timeline: AnyTimeline, location: Location) -> bool:
    """Whether it is in a shape of no migration, and nothing but its collation is different."""
    differences = location.differences(timeline)
    return location.placement(timeline).nearest and different(differences) == {"collation"}
