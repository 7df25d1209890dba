"""What the schema editor makes only at the end of a migration: the indexes and foreign keys of a new table or field.

An operation of the same migration that takes such a thing away finds nothing to drop, and the end makes it all the
same: `AlterField(db_index=False)` after `CreateModel`, as a squash leaves them where code stands between the two, ends
in a database that has the index. SQLite alone has none: its editor makes the table anew, with what is in store for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.migrations.operations import AddField, AlterField, CreateModel, RemoveConstraint, RemoveIndex
from django.db.migrations.operations.base import Operation

from schemaguard.history import changes as ch
from schemaguard.history.changes import Change
from schemaguard.history.lines import ConstraintLine, Op
from schemaguard.history.timeline import Timeline
from schemaguard.schema.objects import Constraint, ForeignKey, Index

LOOKS = (AlterField, RemoveConstraint, RemoveIndex)
"""Operations that drop what they find, and forget nothing of what is still to be made."""


class Deferred:
    """Follows one walk: what the migration at hand has in store, and what thereby outlives an operation of it."""

    def __init__(self, timeline: Timeline, vendor: str) -> None:
        self.timeline = timeline
        self.remakes = vendor == "sqlite"
        self._migration = -1
        self._stored: set[ConstraintLine] = set()

    def carried_out(self, operation: Operation, changes: list[Change], op: Op) -> list[Change]:
        """Those of an operation's changes that come to something."""
        if self.remakes or op[0] != self._migration or not self._stored or not isinstance(operation, LOOKS):
            return changes
        return [change for change in changes if not self._comes_to_nothing(change)]

    def note(self, operation: Operation, changes: Iterable[Change], op: Op) -> None:
        """After the changes were applied: what of them waits for the end of the migration."""
        if self.remakes or not isinstance(operation, CreateModel | AddField):
            return
        if op[0] != self._migration:
            self._migration = op[0]
            self._stored.clear()
        for change in changes:
            if isinstance(change, ch.CreateTable):
                for key, constraint in change.constraints.items():
                    self._store(change.table.name, key, constraint)
            elif isinstance(change, ch.AddConstraint) and isinstance(change.constraint, Index):
                self._store(change.table, change.key, change.constraint)

    def _store(self, table: str, key: ch.Key, constraint: Constraint) -> None:
        in_place = isinstance(constraint, Index) and constraint.constraint
        line = self.timeline.tables[table].constraints.get(key) if table in self.timeline.tables else None
        if isinstance(constraint, Index | ForeignKey) and not in_place and line is not None:
            self._stored.add(line)

    def _comes_to_nothing(self, change: Change) -> bool:
        if not isinstance(change, ch.DropConstraint | ch.AlterConstraint):
            return False
        table = self.timeline.tables.get(change.table or "")
        line = table.constraints.get(change.key) if table is not None else None
        if line is None or line not in self._stored:
            return False
        if isinstance(change, ch.DropConstraint):
            return True
        old, new = line.shape, change.constraint
        return isinstance(old, ForeignKey) and isinstance(new, ForeignKey) and old.target != new.target
