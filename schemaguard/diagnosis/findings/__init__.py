"""What is not as it should be, one finding for each cause: a module for each theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.findings import online_changes, sql_objects, tables
from schemaguard.diagnosis.findings.builder import FindingBuilder
from schemaguard.diagnosis.findings.extras import Extras
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import BELIEVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.model import Finding


class Finder(FindingBuilder):
    """Walks over all timelines once and says what differs between what should stand and what does."""

    def find(self) -> Iterator[Finding]:
        """All findings about things in the database (those about migrations: `migrations.findings`)."""
        for table in self.location.history.timelines.every_table:
            if table in self.location.live_tables or not self.location.may_be_so(table):
                yield from tables.findings(self, table)
        for other in self.location.history.timelines.others.values():
            if other.kind not in BELIEVED and self.location.expected_shape(other) and not self.location.live(other):
                yield self.about(
                    other, other.kind, Problem.MISSING, name=other.name, what=f"{other.kind.words} {other.name}"
                )
        for thing in self.location.things:
            if not thing.follows:
                yield self.note(thing.timeline, sql_objects.finding(thing, self.location.graph))
        online_now = online_changes.changes_of(self.location)
        yield from online_changes.findings(online_now)
        yield from online_changes.failing(online_changes.triggers_of(self.location))
        yield from Extras(self.location, online={name for each in online_now for name in each.parts}).find()
