"""An editor that makes tables anew: SQLite's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations import AlterField

from schemaguard.history.editors.base import Editor, ModelChange
from schemaguard.history.editors.forgotten import forget, may_remake, not_made, only_renames, stays

if TYPE_CHECKING:
    from schemaguard.history.changes import Change


class RemakingEditor(Editor):
    """It forgets what the model does not have. The indexes of a field that it only renames stay as they are."""

    def alters(self, change: ModelChange) -> bool:
        if isinstance(change.operation, AlterField):  # of which not all is to be seen
            forget(self.timelines, change.before, change.op)
        return super().alters(change)

    def made(self, change: ModelChange, changes: list[Change]) -> list[Change]:
        if may_remake(change.operation, changes, change.before):
            forget(self.timelines, change.before, change.op)
        if only_renames(change.operation, changes, change.before):
            return [each for each in changes if not stays(each)]
        return changes

    def note(self, change: ModelChange, changes: list[Change]) -> None:
        if only_renames(change.operation, changes, change.before):
            not_made(self.timelines, changes)
