"""Which operations ran, and what they did to the tables that a definition is made of."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from schemaguard.history.object_timeline import ColumnTimeline, Op, OtherTimeline, TableShape, TableTimeline
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import bare
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from schemaguard.history.timelines import Timelines
    from schemaguard.history.walk import History
    from schemaguard.location.story import Event
    from schemaguard.schema.definitions import Definition


@value(frozen=True, kw_only=True, slots=True)
class WhatRan:
    """A history as far as it ran: what is recorded (by the position of its migration), and what a story says."""

    history: History
    recorded: Sequence[bool]
    by_story: Collection[Event] = frozenset()

    @property
    def timelines(self) -> Timelines:
        return self.history.timelines

    def has(self, op: Op) -> bool:
        return self.recorded[op[0]] or op in self.by_story

    def tables_of(self, definition: Definition, op: Op) -> Iterator[TableTimeline]:
        """The tables that a definition spells, by the names that they had then."""
        for table in self.timelines.every_table:
            if bare(table.name_at(op)).lower() in definition.reads:
                yield table

    def later(self, table: TableTimeline, op: Op) -> Iterator[tuple[Any, Any]]:
        """(before, after) of the shapes of a table and its columns, for what operations that ran did to them since."""
        with_columns: list[TableTimeline | ColumnTimeline] = [table, *table.every_column]
        for timeline in with_columns:
            steps: list[Any] = list(timeline.steps)
            for before, after in pairwise(steps):
                if after.op > op and self.has(after.op) and before.shape is not None:
                    yield before.shape, after.shape

    def took_its_table(self, definition: Definition | None, op: Op) -> bool:
        """Whether the table is gone with which a trigger or a rule goes."""
        if definition is None or definition.on is None:
            return False
        tables = [table for table in self.tables_of(definition, op) if table.name_at(op) == definition.on]
        return any(
            after is None and isinstance(before, TableShape)
            for table in tables
            for before, after in self.later(table, op)
        )

    def may_have_taken(self, timeline: OtherTimeline, definition: Definition | None, op: Op) -> bool:
        """Whether a later operation dropped what it is made of: Django's editor drops with CASCADE, columns before 6.1.

        Where SQLite's editor makes a table anew, it leaves out the triggers.
        """
        if definition is None:
            return False
        for table in self.tables_of(definition, op):
            for before, after in self.later(table, op):
                if after is None and before.name.lower() in definition.reads:
                    return True
            if timeline.kind is Kind.TRIGGER and any(each > op and self.has(each) for each in table.maybe_remade_ops):
                return True
        others = [other for key, other in self.timelines.others.items() if key[1] in definition.reads]
        return any(
            each.drops and each.op > op for other in others if other is not timeline for each in other.statements
        )
