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
        for table in self.timelines.every_table:
            if table in self.matched.tables or not self.expected.may_be_so(table):
                yield from tables.findings(self, table)
        for other in self.timelines.others.values():
            if (
                other.kind not in BELIEVED
                and other.steps[self.expected_step[other]].shape
                and not self.matched.places[other].actual
            ):
                yield self.about(
                    other, other.kind, Problem.MISSING, name=other.name, what=f"{other.kind.words} {other.name}"
                )
        for thing in self.matched.things:
            if not thing.follows:
                yield self.note(thing.timeline, sql_objects.finding(thing, self.graph))
        extras = Extras(
            self.graph, self.matched, self.expected.extra_constraints, self.expected_step, self.expected.models.known,
            self.expected.code_of, makes_anew=self.schema.remakes_tables,
            online={name for each in self.online_changes for name in each.parts},
        )  # fmt: skip
        yield from online_changes.findings(self.online_changes)
        yield from online_changes.failing(self.left_triggers)
        yield from extras.find()
