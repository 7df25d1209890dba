"""Tables that SQLite's editor makes anew, under a name that must be free, and while nothing reads them."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.migrations import AlterField

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.ahead.readers import Readers, is_sql
from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
from schemaguard.location.effects import by_kind
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Column, Index

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
    from schemaguard.location.effects import AnyEffect, Effect, EffectsByKind
    from schemaguard.schema.definitions import Keeper, Rehearsed


class Rebuilds:
    """What the editor would fail over where a table is made anew, or is altered in place."""

    def __init__(self, builder: ObstructionBuilder, readers: Readers) -> None:
        self.builder = builder
        self.readers = readers
        self._location = builder.location

    @cached_property
    def _shadow(self) -> Rehearsed | None:
        """Made where something is pending that alters a table."""
        has_readers = any(kind in (Kind.VIEW, Kind.TRIGGER) for kind, _ in self.builder.state.schema.others)
        return self.builder.backend.shadow() if has_readers else None

    def before(self, op: Op, effects: list[AnyEffect], *, by_django: bool) -> Iterator[Obstruction]:
        """What an operation would fail over. A plan, which is not carried out by Django, lets views stand aside."""
        if not self.builder.backend.remakes_tables:
            return
        gone = {each.timeline for each in by_kind(effects).tables if each.after is None}
        left = by_kind(each for each in effects if each.timeline.owner not in gone)
        made = dict.fromkeys(_made_anew(self.builder, op, left))
        for table in made:
            yield from self._left(op, table)
        self.builder.state.made_anew.update(made)
        if by_django and not (self.readers.may_be_gone or is_sql(self.builder.operation(op))):
            yield from self._tried(op, left, made)
            for table in gone:
                if self._shadow is not None and (live := self._location.live_table(table)) is not None:
                    self._shadow.drops_table(live.name)

    def _left(self, op: Op, timeline: TableTimeline) -> Iterator[Obstruction]:
        """The editor makes a table anew as new__…, which must not be there."""
        table = self.builder.state.name_of(timeline)
        stranger = self.builder.state.stranger(f"new__{bare(table or '')}")
        if table is not None and stranger is not None:
            left = wording.left_by_a_rebuild(stranger)
            message = f"{left}; {self.builder.name(op)} makes {table} anew once more, and fails on it"
            yield self.builder.about(
                op, None, Kind.TABLE, Problem.EXTRA, message, name=stranger, table=stranger,
                hint=wording.drop_rebuild(stranger),
            )  # fmt: skip

    def _tried(self, op: Op, effects: EffectsByKind, made: Collection[TableTimeline]) -> Iterator[Obstruction]:
        """What the statements of the editor fail over, under the names that the tables have now."""
        if self._shadow is None:
            return
        for timeline in made:
            if (table := self._location.live_table(timeline)) is not None:
                yield from self._kept(op, table.name, f"makes {table.name} anew", self._shadow.remakes(table.name))
        for renamed in effects.tables:
            before, after = renamed.shapes
            table = self._location.live_table(renamed.timeline)
            if table is not None and before is not None and renamed.timeline not in made and before.name != after.name:
                yield from self._kept(op, table.name, f"renames {table.name}", self._shadow.renames())
        for column in effects.columns:
            owner, (before, after) = column.timeline.table, column.shapes
            table = self._location.live_table(owner)
            if table is not None and before is not None and owner not in made:
                yield from self._column(op, table.name, self._location.live(column.timeline), before, after)

    def _column(
        self, op: Op, table: str, actual: Column | None, before: Column, after: Column | None
    ) -> Iterator[Obstruction]:
        if self._shadow is not None and actual is not None:
            what = f"{table}.{actual.name}"
            if after is None:
                yield from self._kept(op, table, f"drops {what}", self._shadow.drops_column(table, actual.name))
            elif before.name != after.name:
                yield from self._kept(op, table, f"renames {what}", self._shadow.renames())

    def _kept(self, op: Op, table: str, what: str, keepers: Iterable[Keeper]) -> Iterator[Obstruction]:
        for each in keepers:
            message = f"{self.builder.name(op)} {what}, which fails over {each.kind.words} {each.name}: {each.why}"
            told = self.builder.about(op, None, each.kind, Problem.EXTRA, message, name=each.name, table=table)
            # A plan lets it stand aside, and puts it back.
            yield replace(told, finding=replace(told.finding, hint=f"{wording.RECONCILE} --migrate"))


def _made_anew(builder: ObstructionBuilder, op: Op, effects: EffectsByKind) -> Iterator[TableTimeline]:
    """The tables that effects have made anew: django/db/backends/sqlite3/schema.py says where they need not be."""
    for column in effects.columns:
        if _remakes_for_column(builder, op, column):
            yield column.timeline.table
    for constraint in effects.constraints:
        if _remakes_for_constraint(builder, op, constraint):
            yield constraint.timeline.table


def _remakes_for_constraint(builder: ObstructionBuilder, op: Op, effect: Effect[ConstraintTimeline]) -> bool:
    if isinstance(builder.operation(op), AlterField):
        return True
    shape = effect.after or effect.before
    plain = isinstance(shape, Index) and (not shape.unique or not shape.constraint)
    return not plain and effect.timeline.key[0] != "unique_together"


def _remakes_for_column(builder: ObstructionBuilder, op: Op, effect: Effect[ColumnTimeline]) -> bool:
    timeline, (before, after) = effect.timeline, effect.shapes
    field = getattr(builder.operation(op), "field", None)
    if before is None and after is not None:
        return not (after.nullable and (field is None or not (field.has_default() or field.unique)))
    if after is None:
        name = builder.state.column_name(timeline)
        return any(name in each.columns for each in builder.state.of(timeline.table))
    return bool(getattr(before, "type", None) != after.type or before.nullable != after.nullable)
