"""One definition of the migrations, as it was when its operation ran, held against live ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.location.sql_objects.part_comparer import PartComparer
from schemaguard.schema.names import bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemaguard.location.matching import MatchResult
    from schemaguard.location.sql_objects.model import ReadStatement
    from schemaguard.location.sql_objects.what_ran import WhatRan
    from schemaguard.schema.compare import Answers


class DefinitionComparer(PartComparer):
    """Knows what was renamed since, and what of the definition's tables is live."""

    def __init__(
        self, made: ReadStatement, ran: WhatRan, matched: MatchResult, answers: Answers, quote: Callable[[str], str]
    ) -> None:
        super().__init__(made.definition, answers, quote)
        self.op = made.op
        self.ran = ran
        self.matched = matched

    def _now(self, table: str) -> str:
        for timeline in self.ran.timelines.bearers(table):
            if timeline.name_at(self.op) == table:
                live = self.matched.tables.get(timeline)
                return live.name if live is not None else timeline.name
        return table

    def renamed(self) -> tuple[str, ...]:
        if self.expected is None:
            return ()
        return tuple(
            before.name
            for table in self.ran.tables_of(self.expected, self.op)
            for before, after in self.ran.later(table, self.op)
            if after is not None and after.name != before.name and before.name.lower() in self.expected.reads
        )

    def hangs_on_what_is_missing(self) -> bool:
        tables = self.ran.tables_of(self.expected, self.op) if self.expected is not None else ()
        return any(table not in self.matched.tables for table in tables)

    def _reads_extra_columns(self) -> bool:
        reads = self.expected.reads if self.expected is not None else ()
        return any(bare(table.name).lower() in reads for _, table, _ in self.matched.extra_columns)
