"""Tables that SQLite's editor makes anew, under a name that must be free, and while nothing reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.ahead.readers import Readers, is_sql
from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder, shapes
from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
from schemaguard.location.effects import Effect
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Index


class Rebuilds:
    """What the editor would fail over where a table is made anew, or where a column is dropped from it."""

    def __init__(self, builder: ObstructionBuilder, readers: Readers) -> None:
        self.builder = builder
        self.readers = readers
        self._matched = builder.location.matched
        self._told: set[tuple[Kind, str]] = set()

    def before(self, op: Op, effects: list[Effect], *, by_django: bool) -> Iterator[Obstruction]:
        """What an operation would fail over. A plan, which is not carried out by Django, lets views stand aside."""
        if not self.builder.backend.remakes_tables:
            return
        made = dict.fromkeys(table for e in effects if (table := _makes_anew(self.builder, op, e)) is not None)
        for table in made:
            yield from self._left(op, table)
        if by_django and not (self.readers.may_be_gone or is_sql(self.builder.operation(op))):
            for table in made:
                yield from self._kept(op, table)
            for effect in effects:
                timeline = effect.timeline
                if isinstance(timeline, ColumnTimeline) and timeline.table not in made and shapes(effect)[1] is None:
                    yield from self._kept(op, timeline.table, timeline)

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

    def _kept(self, op: Op, timeline: TableTimeline, column: ColumnTimeline | None = None) -> Iterator[Obstruction]:
        """The server reads all views and triggers again. Those about the table, or the column, are wrong then."""
        table = self._matched.tables.get(timeline)
        dropped = self._matched.places[column].actual if column is not None else None
        if table is None or (column is not None and dropped is None):
            return
        name = dropped.name if dropped is not None else None
        what = f"drops {table.name}.{name}" if name else f"makes {table.name} anew"
        for kind, keeper in self._not_told(self.builder.backend.keepers(self.builder.state.schema, table.name, name)):
            message = f"{self.builder.name(op)} {what}, which cannot be while {kind.words} {keeper} reads it"
            yield self.builder.about(
                op, None, kind, Problem.EXTRA, message, name=keeper, table=table.name,
                hint=f"drop {kind.words} {keeper}, to be made again afterwards",
            )  # fmt: skip

    def _not_told(self, keepers: Iterable[tuple[Kind, str]]) -> Iterator[tuple[Kind, str]]:
        for each in keepers:
            if each not in self._told:
                self._told.add(each)
                yield each


def _makes_anew(builder: ObstructionBuilder, op: Op, effect: Effect) -> TableTimeline | None:
    """The table that an effect has made anew: django/db/backends/sqlite3/schema.py says where it need not be."""
    timeline = effect.timeline
    before, after = shapes(effect)
    if isinstance(timeline, ConstraintTimeline):
        shape = after or before
        plain = isinstance(shape, Index) and (not shape.unique or not shape.constraint)
        return None if plain or timeline.key[0] == "unique_together" else timeline.table
    if not isinstance(timeline, ColumnTimeline):
        return None
    field = getattr(builder.operation(op), "field", None)
    if before is None and after is not None:
        bare_column = after.nullable and (field is None or not (field.has_default() or field.unique))
        return None if bare_column else timeline.table
    if after is None:
        name = builder.state.column_name(timeline)
        return timeline.table if any(name in each.columns for each in builder.state.of(timeline.table)) else None
    return timeline.table if getattr(before, "type", None) != after.type or before.nullable != after.nullable else None
