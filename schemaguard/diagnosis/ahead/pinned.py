"""What things that no migration knows keep from being dropped or altered.

Django's editor drops first what its models know of. What was made by hand stays in the way. MySQL and MariaDB refuse a
statement that would leave a foreign key, a generated column or a unique key without what it is about, and the migration
dies there with half of it done. The others refuse less: PostgreSQL takes most things along, and SQLite's editor makes
most tables anew.
"""

from __future__ import annotations

from enum import Enum
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from django.apps import apps

from schemaguard.diagnosis.naming import called
from schemaguard.history.object_timeline import (
    ColumnTimeline,
    ConstraintTimeline,
    Op,
)
from schemaguard.location.effects import by_kind
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Check, Column, Constraint, ForeignKey, Index, reads

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.diagnosis.ahead.state import Standing
    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op
    from schemaguard.location.effects import AnyEffect


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
        self._location = builder.location
        self._told: set[tuple[Op, int]] = set()
        self._live = builder.location.schema.tables

    @cached_property
    def _strangers(self) -> list[tuple[str, Constraint]]:
        return [(table.name, each) for table, each in self.state.strange_constraints]

    @cached_property
    def _keys(self) -> list[tuple[str, ForeignKey]]:
        return [(table, each) for table, each in self._strangers if isinstance(each, ForeignKey)]

    def before(self, op: Op, effects: Collection[AnyEffect], *, drops: bool) -> Iterator[Obstruction]:
        """What an operation would fail over; `drops`: also where a table or a column goes."""
        own = by_kind(effects)
        gone = {each.timeline for each in own.tables if each.after is None}
        columns = {each.timeline for each in own.columns if each.after is None}
        for timeline in gone if drops and self.backend.takes_nothing_along else ():
            if (table := self._location.live_table(timeline)) is not None:
                yield from self._table_dropped(op, table.name)
        for column in own.columns:
            table = self._location.live_table(column.timeline.table)
            if table is not None and column.timeline.table not in gone and (drops or column.timeline not in columns):
                yield from self._column(op, column.timeline, column, table.name)
        for constraint in own.constraints:
            table = self._location.live_table(constraint.timeline.table)
            if table is not None and not any(constraint.timeline.carriers(constraint.step)):  # else told of these
                yield from self._index_dropped(op, constraint.timeline, constraint, table.name)

    def _table_dropped(self, op: Op, table: str) -> Iterator[Obstruction]:
        for owner, key in self._keys:
            if key.target == table and owner != table and self._is_in_the_way(op, owner, key):
                yield self._about(op, f"drops {table}", Kind.TABLE, table, table, owner, key)

    def _column(self, op: Op, timeline: ColumnTimeline, effect: AnyEffect, table: str) -> Iterator[Obstruction]:
        actual: Column | None = self._location.live(timeline)
        before, after = effect.shapes
        if actual is None or before is None:
            return
        name = actual.name
        change = self._change(before, after)
        if change is None:
            return
        what = change.value.format(f"{table}.{name}")
        for owner, each in self._strangers:
            if isinstance(each, ForeignKey):
                is_held = self._points(each, owner, table, timeline, name) and self._stays(each, owner, change, after)
            else:
                is_held = owner == table and self._holds(each, timeline, name, change)
            if is_held and self._is_in_the_way(op, owner, each):
                yield self._about(op, what, Kind.COLUMN, table, name, owner, each)
        if self._keeps_computed(timeline, name, change):
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

    def _stays(self, key: ForeignKey, owner: str, change: Change, after: Column | None) -> bool:
        """A rename goes on into a foreign key. For another type the editor drops the keys of all relations to it.

        That may be one of an app without migrations, or of a model that is not managed.
        """
        if after is None:
            return self.backend.takes_nothing_along or self.backend.remakes_tables
        if change is not Change.RETYPED or self.backend.remakes_tables:
            return False
        if not self.backend.takes_nothing_along and self._still_links(key, owner, after):
            return False
        fields = (field for model in apps.get_models(include_auto_created=True) for field in model._meta.local_fields)
        return not any(
            field.is_relation and field.model._meta.db_table == owner and (field.column,) == key.columns
            for field in fields
        )

    def _still_links(self, key: ForeignKey, owner: str, after: Column) -> bool:
        """Whether both ends are of types that go together, when one of them has got another."""
        ends = [(owner, key.columns), (key.target, key.target_columns)]
        types = [self._live[table].columns[column].type for table, (column, *_) in ends if table in self._live]
        if len(types) < len(ends):
            return True
        near, far = types
        return self.backend.links(near, after.type) or self.backend.links(after.type, far)

    def _holds(self, constraint: Constraint, timeline: ColumnTimeline, name: str, change: Change) -> bool:
        """Whether a check or an index keeps a column of its table. A check of that column alone goes with it."""
        is_renamed = change is Change.RENAMED and self.backend.readers_keep_names
        is_dropped = change is Change.DROPPED
        match constraint:
            case Check():
                read = reads(constraint)
                is_dropped = is_dropped and len(read) > 1 and self.backend.takes_nothing_along
                return name in read and (is_renamed or is_dropped)
            case Index() if self.backend.remakes_tables:
                return is_dropped and name in reads(constraint) and not self._is_remade(timeline, name)
            case Index() if self.backend.takes_nothing_along:
                parts = [part.expression.columns for part in constraint.parts if part.expression is not None]
                if any(name in columns for columns in parts):
                    return is_renamed or is_dropped
                is_unique = constraint.unique and self.backend.keeps_unique_columns
                return is_unique and is_dropped and name in constraint.columns and len(constraint.columns) > 1
        return False

    def _is_remade(self, timeline: ColumnTimeline, name: str) -> bool:
        """Whether SQLite's editor drops a column by making its table anew: that of a field with an index or a key."""
        return any(each.timeline is not None and name in each.columns for each in self.state.of(timeline.table))

    def _keeps_computed(self, timeline: ColumnTimeline, name: str, change: Change) -> bool:
        """Whether the server refuses that to a column from which another one is computed."""
        if change is Change.DROPPED:
            is_altered = self.backend.remakes_tables and not self._is_remade(timeline, name)
            return is_altered or self.backend.takes_nothing_along
        return change is Change.RENAMED and self.backend.readers_keep_names

    def _computed(self, table: str, name: str) -> Iterator[str]:
        """The generated columns of nobody's that read a column."""
        for timeline, live, column in self._location.extra_columns:
            generated = live.columns[column].generated
            if live.name == table and generated is not None and name in generated.columns:
                if self.state.name_of(timeline) is not None:
                    yield column

    def _index_dropped(
        self, op: Op, timeline: ConstraintTimeline, effect: AnyEffect, table: str
    ) -> Iterator[Obstruction]:
        before, after = effect.shapes
        actual: Any = self._location.live(timeline)
        if not isinstance(before, Index) or after is not None or actual is None:
            return
        standing = [each for each in self.state.of(timeline.table) if each.is_index or each.is_primary]
        dropped = [each for each in standing if each.timeline is timeline]
        others = [each for each in standing if each.timeline is not timeline]
        for owner, key in self._keys:
            sides = [(key.target == table, key.target_columns, self.backend.links_unique_keys_alone)]
            if self.backend.takes_nothing_along:  # the columns of a foreign key need an index as well
                sides.append((owner == table, key.columns, False))
            for is_here, columns, only_unique in sides:
                serves = partial(_serves, columns=columns, only_unique=only_unique)
                if is_here and any(map(serves, dropped)) and not any(map(serves, others)):
                    if self._is_in_the_way(op, owner, key):
                        what = f"drops {called(actual)} of {table}"
                        yield self._about(op, what, actual.kind, table, actual.name, owner, key)

    def _is_in_the_way(self, op: Op, table: str, constraint: Constraint) -> bool:
        """Whether it is there still by then, and has not been told of that operation."""
        if (op, id(constraint)) in self._told:
            return False
        timeline = self._location.timeline_of(table)
        if timeline is not None and constraint.name is not None:
            if self.state.name_of(timeline) is None or self.state.named(timeline, constraint.name) is None:
                return False
        self._told.add((op, id(constraint)))
        return True

    def _about(
        self, op: Op, what: str, kind: Kind, table: str, name: str | None, owner: str, held_by: Constraint
    ) -> Obstruction:
        holder = f"{called(held_by)} of {owner}"
        message = f"{self.builder.name(op)} {what}, which cannot be while {holder} hangs on it"
        return self.builder.about(
            op, None, kind, Problem.EXTRA, message,
            name=name, columns=(name,) if name and kind is Kind.COLUMN else None, table=table,
            hint=self.backend.spell_drop(owner, held_by) or self._standard_drop(owner, held_by),
        )  # fmt: skip

    def _standard_drop(self, table: str, constraint: Constraint) -> str:
        if isinstance(constraint, Index) and not constraint.constraint:
            return f"DROP INDEX {self.builder.quoted(constraint.name)}"
        if self.backend.remakes_tables:
            return f"drop {called(constraint)} of {table}"
        return self.builder.drop_constraint(table, constraint.name)


def _serves(standing: Standing, columns: tuple[str, ...], *, only_unique: bool) -> bool:
    """Whether a foreign key with these columns, or one that points at them, can rest on it."""
    if only_unique:
        return standing.is_key and set(standing.columns) == set(columns)
    return standing.is_plain and standing.columns[: len(columns)] == columns


def _is_relation(column: ColumnTimeline) -> bool:
    """Whether it has a foreign key in the history: the editor drops all foreign keys of a relation's column."""
    names = {step.shape.name for step in column.steps if step.shape is not None}
    shapes_of_keys = (step.shape for each in column.table.every_constraint for step in each.steps)
    return any(isinstance(shape, ForeignKey) and not names.isdisjoint(shape.columns) for shape in shapes_of_keys)
