"""An editor that alters tables where they stand: PostgreSQL's, and those of third parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddField, AlterField, RenameField

from schemaguard.history import changes as ch
from schemaguard.history.editors.altered_checks import is_of_another_field, loosen_conditions
from schemaguard.history.editors.base import Editor, ModelChange
from schemaguard.history.editors.deferred import Deferred
from schemaguard.history.editors.found_indexes import also_dropped
from schemaguard.history.editors.remade import note_remade_checks
from schemaguard.history.shapes.tables import ShapeMaker, is_spatial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation

    from schemaguard.history.changes import Change
    from schemaguard.history.timelines import Timelines

REMAKES_RENAMED_CHECKS = not hasattr(BaseDatabaseSchemaEditor, "_field_db_check")
"""Before Django 5.0, the check of a field that is renamed is another one to the editor."""


class AlteringEditor(Editor):
    """It keeps indexes and foreign keys for the end of a migration, and drops what it finds over a column."""

    def __init__(self, maker: ShapeMaker, timelines: Timelines, migrations: Sequence[Migration]) -> None:
        super().__init__(maker, timelines, migrations)
        self.deferred = Deferred(maker, timelines)

    def begin(self, migration: Migration) -> None:
        self.deferred.begin(migration)

    def made(self, change: ModelChange, changes: list[Change]) -> list[Change]:
        operation = change.operation
        if isinstance(operation, AddField):
            changes = [each for each in changes if not is_of_another_field(each)]
        if isinstance(operation, AlterField):
            uniques = self.backend.uniques_are_indexes
            found = also_dropped(changes, change.before, change.after, self.timelines, uniques=uniques)
            changes = [*changes, *found]
        changes = [*changes, *self.deferred.caught_up(operation, changes, change.after.get(""))]
        return self.deferred.carried_out(operation, changes, change.op)

    def note(self, change: ModelChange, changes: list[Change]) -> None:
        if isinstance(change.operation, AlterField):
            loosen_conditions(self.timelines, changes, change.op)
            if self.maker.columns.is_spatial:
                self._loosen_spatial(change, changes)  # pragma: no cover - PostGIS alone
        if self._remakes_checks(change.operation):
            note_remade_checks(self.timelines, changes, change.op, self.maker.name)
        self.deferred.note(change.operation, changes, change.op)

    def _remakes_checks(self, operation: Operation) -> bool:
        if isinstance(operation, RenameField) and REMAKES_RENAMED_CHECKS:
            return True
        return self.backend.remakes_checks and isinstance(operation, AlterField | RenameField)

    def _loosen_spatial(self, change: ModelChange, changes: list[Change]) -> None:  # pragma: no cover - PostGIS alone
        """The index of a geometry that gets other dimensions keeps its operator class; one made anew has another."""
        for each in changes:
            if isinstance(each, ch.AlterConstraint) and is_spatial(each.new_key, each.constraint):
                timeline = self.timelines.standing(each.table, each.new_key)
                if timeline is not None:
                    timeline.maybe_noop_ops |= {change.op}
