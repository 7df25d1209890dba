"""MariaDB's system-versioned tables: no column is altered there while the server keeps their old values."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from schemaguard.diagnosis.wording import kept_history
from schemaguard.location.locate import Location
from schemaguard.operations import tasks as t
from schemaguard.operations.steps import Step

ALTERS = t.MakeColumn | t.ReplaceColumn | t.AlterColumn | t.UnmakeColumn | t.DropColumn


def kept_by_history(steps: Collection[Step], location: Location) -> Iterator[str]:
    """A sentence for each table. What a migration itself does is told as it is."""
    altered = {task.table for step in steps for task in step.every_task if isinstance(task, ALTERS)}
    for table in sorted(altered):
        live = location.schema.find(table)
        if live is not None and live.keeps_history:
            yield kept_history(table)
