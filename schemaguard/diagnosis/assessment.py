"""What a located database comes to: the states of its migrations, and all that is not as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.findings import Finder
from schemaguard.diagnosis.findings.assumed_tables import finding as assumed_table
from schemaguard.diagnosis.findings.migrations import diagnosed, findings
from schemaguard.diagnosis.findings.renamed_apps import with_label
from schemaguard.diagnosis.findings.swapped_models import with_cause
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from schemaguard.diagnosis.model import DiagnosedMigration, Finding
    from schemaguard.history.object_timeline import AnyTimeline
    from schemaguard.location.location import Location


@value(frozen=True, slots=True)
class Assessment:
    """`findings_of`: those about each object; `findings`: those about migrations as well, one for each cause."""

    location: Location
    migrations: tuple[DiagnosedMigration, ...]
    findings: tuple[Finding, ...]
    findings_of: Mapping[AnyTimeline, Sequence[Finding]]

    def tells_only(self, timeline: AnyTimeline, of: Collection[Finding]) -> bool:
        """Whether something was found about an object, and all of it is among these."""
        own = self.findings_of.get(timeline, ())
        return bool(own) and frozenset(of).issuperset(own)


def assess(location: Location) -> Assessment:
    """Asks nothing of the database: all that is needed is in the location."""
    finder = Finder(location)
    about_objects = tuple(finder.find())
    migrations = diagnosed(location)
    found = [*findings(location, migrations, about_objects), *about_objects]
    found = with_label(found, location.relabelled) if location.relabelled else found
    found += [assumed_table(each, location.graph) for each in location.granted]
    keys = [(each.app_label, each.name) for each in location.graph.plan]
    found = with_cause(found, location.swaps, keys) if location.swaps else found
    return Assessment(location, migrations, tuple(found), finder.by_timeline)
