"""Columns that migrations to come give another type, and what reads them: PostgreSQL refuses such an alteration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations import RunSQL

from schemaguard.history.object_timeline import ColumnTimeline, Op
from schemaguard.location.effects import by_kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.history.object_timeline import ColumnTimeline, Op
    from schemaguard.location.effects import Effect
    from schemaguard.location.location import Location


class Readers:
    """Asks the database once, and only where a column is to get another type."""

    def __init__(self, location: Location, pending: Collection[int]) -> None:
        self.location = location
        self.may_be_gone = False
        """Whether SQL of a migration ran before, which may have dropped any of them."""
        to_come = (effect for m in pending for effect in location.effects_of(m) if location.is_ahead(effect))
        effects = by_kind(to_come).columns
        self._touched = [effect.timeline for effect in effects]
        live = {name for effect in effects if _retypes(effect) for name in self._live(effect)}
        self._found: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
        for table, column, what, generated in location.backend.readers(sorted(live)) if live else ():
            self._found.setdefault((table, column), []).append((what, generated))

    def pass_by(self, op: Op) -> None:
        """An operation has run."""
        self.may_be_gone |= is_sql(self.location.graph.plan[op[0]].operations[op[1]])

    def of(self, effect: Effect[ColumnTimeline]) -> Iterator[tuple[str, str, str]]:
        """(table, column, what reads it), by their live names."""
        if self._found and not self.may_be_gone and _retypes(effect):
            for table, column in self._live(effect):
                for what, generated in self._found.get((table, column), ()):
                    if not self._is_altered_too(effect.timeline, generated):
                        yield table, column, what

    def _live(self, effect: Effect[ColumnTimeline]) -> Iterator[tuple[str, str]]:
        table, actual = self.location.live_table(effect.timeline.table), self.location.live(effect.timeline)
        if actual is not None and table is not None:
            yield table.name, actual.name

    def _is_altered_too(self, timeline: ColumnTimeline, generated: str | None) -> bool:
        """Whether a generated column is made anew, or goes, on the way: then nothing is said."""
        return generated is not None and any(
            each.table is timeline.table and self.location.live(each) is not None
            and self.location.live(each).name == generated
            for each in self._touched
        )  # fmt: skip


def is_sql(operation: Any) -> bool:
    """Whether an operation is SQL, or has such operations inside of it (SeparateDatabaseAndState)."""
    return isinstance(operation, RunSQL) or any(map(is_sql, getattr(operation, "database_operations", ())))


def _retypes(effect: Effect[ColumnTimeline]) -> bool:
    before, after = effect.shapes
    if before is None or after is None:
        return False
    return (before.type, before.collation) != (after.type, after.collation)
