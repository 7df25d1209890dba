"""Columns that migrations to come drop, and what hangs on them: without CASCADE, the server refuses to drop these."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from schemaguard.diagnosis.ahead.readers import Readers, is_sql
from schemaguard.history.object_timeline import Op
from schemaguard.location.effects import by_kind
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.history.object_timeline import Op
    from schemaguard.location.effects import AnyEffect
    from schemaguard.schema.definitions import Hanging


class HangingOn:
    """Asks the database what hangs on the columns that are to go, where these are not dropped with all of that.

    It asks once for all of them, each by itself: where nothing hangs on a column, there is no need to know what goes
    before it.
    """

    def __init__(self, builder: ObstructionBuilder, pending: Collection[int]) -> None:
        """`pending`: the migrations to come."""
        self.builder = builder
        self.pending = pending
        self.backend = builder.backend
        self._location = builder.location
        self._gone: dict[tuple[str, str | None], None] = {}
        """What the operations before drop, by live names. What hangs on that too is said already, or goes with it."""

    def pass_by(self, effects: Iterable[AnyEffect]) -> None:
        """An operation has run."""
        self._gone.update(dict.fromkeys(self._dropped(effects)))

    def before(self, readers: Readers, op: Op, effects: Iterable[AnyEffect]) -> Iterator[Obstruction]:
        """What keeps an operation from dropping its columns. Nobody knows what SQL, of it or before it, drops."""
        if not self.backend.spares_what_hangs or readers.may_be_gone or is_sql(self.builder.operation(op)):
            return
        dropped = dict.fromkeys(self._dropped(effects))
        tables = {table for table, column in dropped if column is None}
        for table, column in dropped:
            if column is not None and table not in tables:
                yield from self._in_the_way(op, table, column)

    def _in_the_way(self, op: Op, table: str, column: str) -> Iterator[Obstruction]:
        if (table, column) not in self._hung_on:
            return
        found, before = self.backend.hanging([*self._gone, (table, column)], list(self._gone))
        for each in found:
            if each in before or not self._stands(each):
                continue
            message = f"{self.builder.name(op)} drops {table}.{column}, which cannot be while {each.text} hangs on it"
            hint = f"drop {each.text}, to be made again afterwards without that column"
            if each.table and each.key:
                hint = self.builder.drop_constraint(each.table, each.key)
            yield self.builder.about(
                op, None, Kind.COLUMN, Problem.EXTRA, message, name=column, columns=(column,), table=table, hint=hint
            )

    @cached_property
    def _hung_on(self) -> frozenset[tuple[str, str | None]]:
        """The columns to go on which something hangs now."""
        effects = (effect for m in self.pending for effect in self.builder.location.effects_of(m))
        columns = list(dict.fromkeys(live for live in self._dropped(effects) if live[1]))
        found = self.backend.hanging(*([each] for each in columns))
        return frozenset(each for each, hanging in zip(columns, found, strict=True) if hanging)

    def _stands(self, hanging: Hanging) -> bool:
        """Whether a foreign key is there still by then."""
        for timeline, table in self._location.live_tables.items():
            if table.name == hanging.table and hanging.key:
                state = self.builder.state
                return state.name_of(timeline) is not None and state.named(timeline, hanging.key) is not None
        return True

    def _dropped(self, effects: Iterable[AnyEffect]) -> Iterator[tuple[str, str | None]]:
        """What effects drop, by live names: (table, None) where all of it goes."""
        own = by_kind(effects)
        for whole in own.tables:
            table = self._location.live_table(whole.timeline)
            if table is not None and whole.after is None:
                yield table.name, None
        for column in own.columns:
            table, actual = self._location.live_table(column.timeline.table), self._location.live(column.timeline)
            if table is not None and actual is not None and column.after is None:
                yield table.name, actual.name
