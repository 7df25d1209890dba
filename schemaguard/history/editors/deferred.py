"""What the schema editor makes only at the end of a migration: the indexes and foreign keys of a new table or field.

An operation of the same migration may take such a thing away. It finds nothing to drop, and the end makes the thing all
the same. Example: after `CreateModel` and `AlterField(db_index=False)` in one migration, the database has the index. A
squash leaves the two where code stands between them.
SQLite has no such index: its editor makes the table anew, and with it what was kept for the end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.backends.ddl_references import Statement
from django.db.migrations.operations import (
    AddField,
    AlterField,
    CreateModel,
    RemoveConstraint,
    RemoveIndex,
    RenameField,
    RenameModel,
)

from schemaguard.history import changes as ch
from schemaguard.history.changes import AGAIN, Change
from schemaguard.history.shapes.tables import ShapeMaker, is_spatial, suffix_of
from schemaguard.schema.objects import Constraint, ForeignKey, Index

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation

    from schemaguard.history.object_timeline import ConstraintTimeline, Op
    from schemaguard.history.shapes.shape import Shape
    from schemaguard.history.timelines import Timelines

LOOKS = (AlterField, RemoveConstraint, RemoveIndex)
"""Operations that drop what they find, and forget nothing of what is still to be made."""
FORGETS = hasattr(Statement, "references_index")
"""Since Django 5.2 an index that is dropped by its name is no longer in store either (`_delete_index_sql`)."""


class Deferred:
    """Follows one walk: what the migration keeps for its end, and what its own operations therefore fail to take
    away."""

    def __init__(self, maker: ShapeMaker, timelines: Timelines) -> None:
        self.maker = maker
        self.timelines = timelines
        self.retypes = maker.backend.retypes
        self.stored: dict[ConstraintTimeline, None] = {}
        """What is still to be made at the end of the migration that is walked."""
        self._at_once: set[ConstraintTimeline] = set()
        """Indexes that an alteration has made under the same name beside the one in store.

        Example: AddField with an index, then AlterField without, then AlterField with it, in one migration. Whoever
        looks for the index to drop it finds the one that was made, and forgets the one in store by that name.
        """
        self._left_behind: set[ConstraintTimeline] = set()
        """Foreign keys that were made for a target which their field had already left."""
        self._again: list[ConstraintTimeline] = []
        """Foreign keys beside equal ones."""
        self._squashed = False

    def begin(self, migration: Migration) -> None:
        self.stored.clear()
        self._at_once.clear()
        self._squashed = bool(migration.replaces)

    def carried_out(self, operation: Operation, changes: list[Change], op: Op) -> list[Change]:
        """Those of an operation's changes that have an effect.

        Of a squash none is left out, but the timeline notes that it may have none. Example: where the replaced
        migrations ran one by one, the thing was made at the end of the first, and a later one dropped it. The same
        holds for what only an older Django would have made.
        """
        if not self.stored or not isinstance(operation, LOOKS):
            return changes
        found = []
        for change in changes:
            timeline = self._outliving(change)
            if timeline is not None and not self._squashed and not self._is_forgotten(operation, timeline, changes):
                self._left_behind.add(timeline)
                continue
            if timeline is not None:
                timeline.maybe_noop_ops |= {op}
            found.append(change)
            if isinstance(change, ch.AddConstraint) and isinstance(change.constraint, Index):
                again = self.timelines.standing(change.table, change.key)
                self._at_once |= {again} if again is not None and again in self.stored else set()
        if isinstance(operation, AlterField):
            found += self._doubled(changes)
        return found

    def caught_up(self, operation: Operation, changes: Collection[Change], after: Shape | None) -> Iterator[Change]:
        """A key that was left behind: the next alteration of its field drops it, and makes one to where it points.

        `changes` are those of the operation, which leads to the shape `after`.
        """
        if not isinstance(operation, AlterField) or not self._left_behind or not changes or after is None:
            return
        key = ("foreign_key", operation.name)
        timeline, now = self.timelines.standing(after.name, key), after.constraints.get(key)
        if timeline is None or timeline not in self._left_behind or timeline in self.stored:
            return
        self._left_behind.discard(timeline)
        if now is not None and not any(isinstance(each, ch.AlterConstraint) and each.key == key for each in changes):
            yield ch.AlterConstraint(after.name, key, key, now)

    def _doubled(self, changes: Iterable[Change]) -> Iterator[Change]:
        """Foreign keys in store at a column that gets another type: the editor makes each anew, having dropped none."""
        retyped = {
            (change.table, change.name)
            for change in changes
            if isinstance(change, ch.AlterColumn) and change.changes.keys() & self.retypes
        }
        for timeline in self.stored:
            shape = timeline.shape
            if isinstance(shape, ForeignKey) and {(shape.target, each) for each in shape.target_columns} & retyped:
                yield ch.AddConstraint(timeline.table.name, (AGAIN, *timeline.key), replace(shape, name=None))

    def note(self, operation: Operation, changes: Collection[Change], op: Op) -> None:
        """After the changes were applied: what of them waits for the end of the migration."""
        if any(
            isinstance(each, ch.RenameTable) or (isinstance(each, ch.AlterColumn) and "name" in each.changes)
            for each in changes
        ):
            self._rename()
        for change in changes:
            if isinstance(change, ch.AddConstraint) and change.key[0] == AGAIN:
                timeline = self.timelines.standing(change.table, change.key)
                if timeline is not None:
                    timeline.maybe_noop_ops |= {op}
                    self._again.append(timeline)
        if isinstance(operation, AlterField | RenameField | RenameModel):
            for timeline in self._again:  # the next alteration of either end drops both, and makes one
                timeline.maybe_lost_steps |= {len(timeline.steps) - 1}
        if not isinstance(operation, CreateModel | AddField):
            return
        for change in changes:
            if isinstance(change, ch.CreateTable):
                for key, constraint in change.constraints.items():
                    self._store(change.table.name, key, constraint, op)
            elif isinstance(change, ch.AddConstraint) and isinstance(change.constraint, Index):
                self._store(change.table, change.key, change.constraint, op)

    def _rename(self) -> None:
        """A name that nobody gave is made when the thing is: of what the table and the columns are called by then."""
        for timeline in self.stored:
            shape = timeline.shape
            if isinstance(shape, Index | ForeignKey) and not shape.named:
                suffix = suffix_of(timeline.key, shape)
                name = self.maker.name(timeline.table.name, shape.columns, suffix) if suffix is not None else shape.name
                timeline.steps[-1] = replace(timeline.steps[-1], shape=replace(shape, name=name))

    def _store(self, table: str, key: ch.Key, constraint: Constraint, op: Op) -> None:
        in_place = isinstance(constraint, Index) and constraint.constraint and key[0] != "unique_together"
        timeline = self.timelines.standing(table, key)
        if isinstance(constraint, Index | ForeignKey) and not in_place and timeline is not None:
            self.stored[timeline] = None
            timeline.deferred_ops |= {op}

    def _outliving(self, change: Change) -> ConstraintTimeline | None:
        """What that change is to take away, or to point elsewhere, and does not find."""
        if not isinstance(change, ch.DropConstraint | ch.AlterConstraint):
            return None
        timeline = self.timelines.standing(change.table, change.key)
        if timeline is None or timeline not in self.stored:
            return None
        if isinstance(change, ch.DropConstraint):
            return timeline
        old, new = timeline.shape, change.constraint
        elsewhere = isinstance(old, ForeignKey) and isinstance(new, ForeignKey) and old.target != new.target
        return timeline if elsewhere else None

    def _is_forgotten(self, operation: Operation, timeline: ConstraintTimeline, changes: Collection[Change]) -> bool:
        """Whether the editor drops it by name: all indexes that are removed as such, and those of geometries.

        One for LIKE, too, where the field was unique, or gets another type. Source: `_alter_field` for PostgreSQL.
        """
        by_name = isinstance(operation, RemoveIndex) or timeline in self._at_once
        by_name = by_name or is_spatial(timeline.key, timeline.shape)
        if timeline.key[0] == "like":
            unique = ("unique", timeline.key[1])
            by_name = any(
                (isinstance(each, ch.DropConstraint) and each.key == unique)
                or (isinstance(each, ch.AlterColumn) and _is_retyped(each, timeline))
                for each in changes
            )
        return FORGETS and by_name


def _is_retyped(change: ch.AlterColumn, timeline: ConstraintTimeline) -> bool:
    """Whether the column under an index becomes of another type, and not of another length alone."""
    column = timeline.table.columns.get(change.name)
    if "type" not in change.changes or column is None or column.shape is None:
        return False
    old, new = (text.partition("(")[0] for text in (column.shape.type, change.changes["type"]))
    return timeline.shape is not None and change.name in timeline.shape.columns and old != new
