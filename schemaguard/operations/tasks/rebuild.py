"""A table made anew, where a server cannot alter it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemaguard.operations.tasks.columns import AlterColumn, DropColumn, MakeColumn, ReplaceColumn
from schemaguard.operations.tasks.constraints import DropConstraint, MakeConstraint
from schemaguard.operations.tasks.tables import SetComment

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import TableTimeline
    from schemaguard.schema.objects import Table

Part = MakeColumn | ReplaceColumn | AlterColumn | DropColumn | MakeConstraint | DropConstraint | SetComment
"""The tasks that may be part of a rebuild."""


@dataclass(frozen=True, slots=True)
class RebuildTable:
    """Makes a table anew as its model says, and copies its rows. `parts` are the tasks that are done by that."""

    timeline: TableTimeline
    live: Table = field(compare=False)
    parts: tuple[Part, ...]
    kept: tuple[str, ...] = ()
    """The names of indexes that raw SQL of the migrations made."""

    @property
    def table(self) -> str:
        return self.live.name
