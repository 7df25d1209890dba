"""An editor that restates a whole column to alter it, on a server that indexes foreign keys: MySQL's and MariaDB's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.editors.altered_checks import is_kept
from schemaguard.history.editors.altered_indexes import AlteredField, AlteredIndex, altered_field
from schemaguard.history.editors.altering import AlteringEditor
from schemaguard.history.editors.remade import note_remade_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

    from schemaguard.history.changes import Change
    from schemaguard.history.editors.base import ModelChange


class RestatingEditor(AlteringEditor):
    """What it makes of an index goes by the field before as well. What it drops to make it again, each by a statement
    that commits, has a step of its own."""

    _altered: AlteredField | None = None

    def foresee(self, app_label: str, operation: Operation, state: ProjectState) -> None:
        self._altered = altered_field(app_label, operation, state)

    def alters(self, change: ModelChange) -> bool:
        return super().alters(change) or any(self._indexes(change))

    def made(self, change: ModelChange, changes: list[Change]) -> list[Change]:
        indexes = list(self._indexes(change))
        for index in indexes:
            changes = list(index.steps(changes, self.maker.name))
        changes = [each for each in changes if not is_kept(each, change.after, self.timelines, self.migrations)]
        changes = super().made(change, changes)
        for index in indexes:
            changes = list(index.with_key(changes))
        return changes

    def note(self, change: ModelChange, changes: list[Change]) -> None:
        indexes = list(self._indexes(change))
        for index in indexes:
            index.note(change.op)
        super().note(change, changes)
        note_remade_keys(
            self.timelines, change.operation, change.model, changes, change.op, self.maker.name, self.deferred.stored,
            retypes=self.backend.retypes,
            indexed={(each.table, each.name) for each in indexes if each.was != each.wanted},
        )  # fmt: skip

    def _indexes(self, change: ModelChange) -> Iterator[AlteredIndex]:
        altered = self._altered
        if altered is not None and altered.model == change.model:
            yield from altered.indexes(self.timelines, change.before, change.after)
