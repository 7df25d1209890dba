"""An app whose label was changed in code alone: its records and its tables have the old one.

The migrations of the new label look as if they had never run. `migrate` would make empty tables beside the old ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.text import literal
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemaguard.history.graph import Graph
    from schemaguard.history.object_timeline import Op, TableTimeline
    from schemaguard.history.walk import History
    from schemaguard.location.matching import MatchResult
    from schemaguard.schema.objects import Schema

CONTENT_TYPES = "django_content_type"


@value(frozen=True, slots=True)
class RenamedApp:
    """`tables` are those of the old label, each with its name under the new one; `statements` rename all that there is.

    `first` is the position of the first migration under the new label.
    """

    former: str
    label: str
    tables: tuple[tuple[str, str], ...]
    statements: tuple[str, ...]
    first: int

    @property
    def said(self) -> str:
        return f"the app {self.former} is called {self.label} now, and its records and tables have the old label"


def relabelled(history: History, graph: Graph, schema: Schema, matched: MatchResult) -> tuple[RenamedApp, ...]:
    """Labels that have records and no files, each with the label that has files, no records, and the same tables."""
    orphans: dict[str, set[str]] = {}
    for app, name in graph.orphans:
        orphans.setdefault(app, set()).add(name)
    recorded = {app for app, _ in graph.records}
    files: dict[str, dict[str, int]] = {}
    for m, migration in enumerate(graph.plan):
        if migration.app_label not in recorded:
            files.setdefault(migration.app_label, {})[migration.name] = m
    found = []
    for former, names in orphans.items():
        for label, positions in files.items():
            if names <= positions.keys() and former not in (each.app_label for each in graph.plan):
                ran = {positions[name] for name in names}
                tables = tuple(_tables(history, matched, former, label, ran))
                if tables:
                    statements = tuple(_statements(history, schema, former, label, tables))
                    found.append(RenamedApp(former, label, tables, statements, min(positions.values())))
    return tuple(found)


def _tables(
    history: History, matched: MatchResult, former: str, label: str, ran: set[int]
) -> Iterator[tuple[str, str]]:
    """The unknown tables under the old label, each with the columns of a missing table under the new one."""
    strange = {table.name: table for table in matched.extra_tables}

    def has_run(op: Op) -> bool:
        return op[0] in ran

    for timeline in history.timelines.every_table:
        shape = timeline.shape_after(has_run)
        if shape is None or timeline in matched.tables or not shape.name.startswith(f"{label}_"):
            continue
        old = strange.get(former + shape.name[len(label) :])
        if old is not None and len(old.columns) > 1 and old.columns.keys() == _columns(timeline, ran):
            yield old.name, shape.name


def _columns(timeline: TableTimeline, ran: set[int]) -> set[str]:
    shapes = (column.shape_after(lambda op: op[0] in ran) for column in timeline.every_column)
    return {shape.name for shape in shapes if shape is not None}


def _statements(
    history: History, schema: Schema, former: str, label: str, tables: Sequence[tuple[str, str]]
) -> Iterator[str]:
    quote = history.maker.quote
    old, new = map(literal, (former, label))
    for name, new_name in tables:
        yield f"ALTER TABLE {quote(name)} RENAME TO {quote(new_name)}"
    yield f"UPDATE {quote('django_migrations')} SET app = {new} WHERE app = {old}"
    if CONTENT_TYPES in schema.tables:
        yield f"UPDATE {quote(CONTENT_TYPES)} SET app_label = {new} WHERE app_label = {old}"
