"""Tables that an online schema change may be copying: nothing is altered there."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from schemaguard.diagnosis.findings.online_changes import in_words, under_way
from schemaguard.location.locate import Location
from schemaguard.operations.steps import Step


def copied_meanwhile(steps: Collection[Step], location: Location) -> Iterator[str]:
    """A sentence for each table that a task would alter meanwhile. What a migration itself does is told as it is."""
    copied = under_way(location)
    altered = {getattr(task, "table", getattr(task, "name", None)) for step in steps for task in step.every_task}
    for table in sorted(copied.keys() & altered):
        yield in_words(table, copied[table])
