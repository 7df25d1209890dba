"""Tables that a migration takes for granted: a model that becomes managed, or is made in the state alone.

No migration makes such a table. Where it is not there, the model has none, and what alters it later fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import Op, Step, TableShape, TableTimeline
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.graph import Graph
    from schemaguard.history.walk import History
    from schemaguard.location.matching import MatchResult
    from schemaguard.schema.objects import Schema


@value(frozen=True, slots=True)
class AssumedTable:
    """A table that is not there, and the operation `op` that takes it for granted.

    `is_owed`: that operation is recorded, so the table should be there. Else a pending migration alters it, and would
    fail.
    """

    timeline: TableTimeline
    name: str
    op: Op
    is_owed: bool

    @property
    def said(self) -> str:
        return f"table {self.name} is missing, and no migration makes it"


def granted(history: History, graph: Graph, schema: Schema, matched: MatchResult) -> Iterator[AssumedTable]:
    """Nothing is said of a table that code of a migration may make: nobody can read what code makes."""
    timelines = history.timelines
    code = {m for m in range(len(graph.plan)) if history.has_code(m)}
    others = {name for _, name in schema.others}
    for name, op in history.by_state.items():
        timeline = timelines.tables.get(name)
        if name in timelines.gone_tables or schema.find(name) is not None or name in others or op[0] in code:
            continue
        if timeline is None:
            timeline = TableTimeline(steps=[Step(None, TableShape(name))])
        elif timeline.steps[0].shape is None or timeline in matched.elsewhere:
            continue
        if graph.recorded[op[0]]:
            yield AssumedTable(timeline, name, op, is_owed=True)
        elif all(graph.recorded[m] for m in code) and _is_altered(timeline):
            yield AssumedTable(timeline, name, op, is_owed=False)


def _is_altered(timeline: TableTimeline) -> bool:
    return any(step.op is not None for part in timeline.parts for step in part.steps)
