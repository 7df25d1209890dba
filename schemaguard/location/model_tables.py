"""The tables and columns that the models of the project have now: these are never dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, TableTimeline

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from schemaguard.location.matching import MatchResult
    from schemaguard.schema.objects import Schema


class ModelTables:
    """Answers by the names that tables and columns have in the database."""

    def __init__(
        self, known: Mapping[str, Collection[str]], schema: Schema, timelines: Mapping[str, TableTimeline]
    ) -> None:
        """`known`: table → its columns, of the installed models. `timelines`: the tables of the end, by their names."""
        self.known = known
        self.timelines = timelines
        self._names = {live.name: name for name in known if (live := schema.find(name)) is not None}

    def have(self, table: str, column: str | None = None) -> bool:
        """Whether a model has that table, or that column of it."""
        columns = self.known.get(table if table in self.known else self._names.get(table, ""))
        return columns is not None and (column is None or column in columns)

    def have_live(self, timeline: AnyTimeline, matched: MatchResult) -> bool:
        """Whether a model has the table, or the column, that was matched with a timeline.

        It has another one where another one bears that name in the end. Example: a column that was to make room.
        """
        if isinstance(timeline, TableTimeline):
            live = matched.tables.get(timeline)
            return live is not None and self.have(live.name) and self.timelines.get(live.name) in (None, timeline)
        if not isinstance(timeline, ColumnTimeline) or timeline.table not in matched.tables:
            return False
        actual = matched.places[timeline].actual
        if actual is None or timeline.table.columns.get(actual.name) not in (None, timeline):
            return False
        return self.have(matched.tables[timeline.table].name, actual.name)
