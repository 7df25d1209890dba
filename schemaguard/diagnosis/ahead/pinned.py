"""What things that no migration knows keep from being dropped or altered, on servers that take nothing along.

MySQL and MariaDB refuse a statement that would leave a foreign key, a generated column or a unique key without what it
is about. Django's editor drops first what its models know of. What was made by hand stays in the way, and the migration
dies there with half of it done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import Enum
from typing import Any

from django.apps import apps

from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder, shapes
from schemaguard.history.object_timeline import (
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    OtherTimeline,
    TableTimeline,
    reads,
)
from schemaguard.location.effects import Effect
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Check, Column, Constraint, ForeignKey, Index


class Change(Enum):
    """What becomes of a column."""

    DROPPED = "drops {}"
    RENAMED = "renames {}"
    RETYPED = "gives {} another type"


class Pinned:
    """Looks for what stands in the way in the catalog that was read."""

    def __init__(self, builder: ObstructionBuilder) -> None:
        self.builder = builder
        self.backend = builder.backend
        self.state = builder.state
        self._matched = builder.location.matched
        self._told: set[tuple[Op, int]] = set()
        claimed = {id(place.actual) for place in self._matched.places.values()}
        tables = builder.location.schema.tables.values() if self.backend.takes_nothing_along else ()
        self._strangers = [
            (table.name, each) for table in tables for each in table.constraints if id(each) not in claimed
        ]
        self._keys = [(table, each) for table, each in self._strangers if isinstance(each, ForeignKey)]

    def before(self, op: Op, effects: Collection[Effect], *, drops: bool) -> Iterator[Obstruction]:
        """What an operation would fail over; `drops`: also where a table or a column goes."""
        if not self.backend.takes_nothing_along:
            return
        gone = {e.timeline for e in effects if e.timeline.steps[e.step].shape is None}
        for effect in effects:
            timeline = effect.timeline
            if isinstance(timeline, OtherTimeline):
                continue
            whole = timeline if isinstance(timeline, TableTimeline) else timeline.table
            table = self._matched.tables.get(whole)
            if table is None or (whole in gone and whole is not timeline):
                continue
            if isinstance(timeline, ConstraintTimeline):
                yield from self._index_dropped(op, timeline, effect, table.name)
            elif timeline in gone and not drops:
                continue
            elif isinstance(timeline, ColumnTimeline):
                yield from self._column(op, timeline, effect, table.name)
            elif timeline in gone:
                yield from self._table_dropped(op, table.name)

    def _table_dropped(self, op: Op, table: str) -> Iterator[Obstruction]:
        for owner, key in self._keys:
            if key.target == table and owner != table and self._is_in_the_way(op, owner, key):
                yield self._about(op, f"drops {table}", Kind.TABLE, table, table, owner, key)

    def _column(self, op: Op, timeline: ColumnTimeline, effect: Effect, table: str) -> Iterator[Obstruction]:
        actual: Column | None = self._matched.places[timeline].actual
        before, after = shapes(effect)
        if actual is None or before is None:
            return
        name = actual.name
        change = self._change(before, after)
        if change is None:
            return
        what = change.value.format(f"{table}.{name}")
        for owner, each in self._strangers:
            if isinstance(each, ForeignKey):
                is_held = self._points(each, owner, table, timeline, name) and self._stays(each, owner, change)
            else:
                is_held = owner == table and self._holds(each, name, change)
            if is_held and self._is_in_the_way(op, owner, each):
                yield self._about(op, what, Kind.COLUMN, table, name, owner, each)
        if change is Change.DROPPED or (change is Change.RENAMED and self.backend.readers_keep_names):
            for column in self._computed(table, name):
                message = f"{self.builder.name(op)} {what}, which cannot be while column {column} is computed from it"
                yield self.builder.about(
                    op, None, Kind.COLUMN, Problem.EXTRA, message, name=name, columns=(name,), table=table
                )

    def _change(self, before: Column, after: Column | None) -> Change | None:
        if after is None:
            return Change.DROPPED
        types = (before.type, after.type)
        if not self.backend.keeps_length_under_keys:
            types = (before.type.split("(")[0], after.type.split("(")[0])
        if types[0] != types[1]:
            return Change.RETYPED
        return Change.RENAMED if before.name != after.name else None

    @staticmethod
    def _points(key: ForeignKey, owner: str, table: str, timeline: ColumnTimeline, name: str) -> bool:
        """Whether a foreign key is about the column, and not one that the editor drops with its own."""
        points = key.target == table and name in key.target_columns
        return points or (owner == table and name in key.columns and not _is_relation(timeline))

    @staticmethod
    def _stays(key: ForeignKey, owner: str, change: Change) -> bool:
        """A rename goes on into a foreign key. For another type the editor drops the keys of all relations to it.

        That may be one of an app without migrations, or of a model that is not managed.
        """
        if change is not Change.RETYPED:
            return change is Change.DROPPED
        fields = (field for model in apps.get_models(include_auto_created=True) for field in model._meta.local_fields)
        return not any(
            field.is_relation and field.model._meta.db_table == owner and (field.column,) == key.columns
            for field in fields
        )

    def _holds(self, constraint: Constraint, name: str, change: Change) -> bool:
        """Whether a check or an index keeps a column of its table. A check of that column alone goes with it."""
        is_renamed = change is Change.RENAMED and self.backend.readers_keep_names
        match constraint:
            case Check():
                read = reads(constraint)
                return name in read and (is_renamed or (change is Change.DROPPED and len(read) > 1))
            case Index():
                parts = [part.expression.columns for part in constraint.parts if part.expression is not None]
                if any(name in columns for columns in parts):
                    return is_renamed or change is Change.DROPPED
                is_unique = constraint.unique and self.backend.keeps_unique_columns
                is_one_of_several = name in constraint.columns and len(constraint.columns) > 1
                return is_unique and is_one_of_several and change is Change.DROPPED
        return False

    def _computed(self, table: str, name: str) -> Iterator[str]:
        """The generated columns of nobody's that read a column."""
        for timeline, live, column in self._matched.extra_columns:
            generated = live.columns[column].generated
            if live.name == table and generated is not None and name in generated.columns:
                if self.state.name_of(timeline) is not None:
                    yield column

    def _index_dropped(self, op: Op, timeline: ConstraintTimeline, effect: Effect, table: str) -> Iterator[Obstruction]:
        before, after = shapes(effect)
        actual: Any = self._matched.places[timeline].actual
        if not isinstance(before, Index) or after is not None or actual is None:
            return
        others = [
            each.columns
            for each in self.state.of(timeline.table)
            if (each.is_index or each.is_primary) and each.is_plain and each.name != actual.name
        ]
        for owner, key in self._keys:
            for rests, columns in ((key.target == table, key.target_columns), (owner == table, key.columns)):
                if rests and _begins(actual.columns, columns) and not any(_begins(each, columns) for each in others):
                    if self._is_in_the_way(op, owner, key):
                        what = f"drops {actual.kind.words} {actual.name} of {table}"
                        yield self._about(op, what, actual.kind, table, actual.name, owner, key)

    def _is_in_the_way(self, op: Op, table: str, constraint: Constraint) -> bool:
        """Whether it is there still by then, and has not been told of that operation."""
        if (op, id(constraint)) in self._told:
            return False
        timeline = self._matched.timeline_of(table)
        if timeline is not None and constraint.name is not None:
            if self.state.name_of(timeline) is None or self.state.named(timeline, constraint.name) is None:
                return False
        self._told.add((op, id(constraint)))
        return True

    def _about(
        self, op: Op, what: str, kind: Kind, table: str, name: str, owner: str, held_by: Constraint
    ) -> Obstruction:
        verb = {ForeignKey: "FOREIGN KEY", Index: "INDEX"}.get(type(held_by), "CONSTRAINT")
        holder = f"{held_by.kind.words} {held_by.name} of {owner}"
        message = f"{self.builder.name(op)} {what}, which cannot be while {holder} hangs on it"
        return self.builder.about(
            op, None, kind, Problem.EXTRA, message,
            name=name, columns=(name,) if kind is Kind.COLUMN else None, table=table,
            hint=f"ALTER TABLE {self.builder.quoted(owner)} DROP {verb} {self.builder.quoted(held_by.name)}",
        )  # fmt: skip


def _is_relation(column: ColumnTimeline) -> bool:
    """Whether it has a foreign key in the history: the editor drops all foreign keys of a relation's column."""
    names = {step.shape.name for step in column.steps if step.shape is not None}
    shapes_of_keys = (step.shape for each in column.table.every_constraint for step in each.steps)
    return any(isinstance(shape, ForeignKey) and not names.isdisjoint(shape.columns) for shape in shapes_of_keys)


def _begins(index: tuple[str, ...], columns: tuple[str, ...]) -> bool:
    return index[: len(columns)] == columns
