"""Rows in a table that the same migration has made: its code has run, since nobody else knows that table yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.migrations import RunPython, RunSQL
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation

from schemaguard.database.base import Backend
from schemaguard.history.graph import Graph
from schemaguard.history.object_timeline import Op, TableTimeline
from schemaguard.history.opaque import spells_table, words_of
from schemaguard.history.walk import History
from schemaguard.location.matching import MatchResult


def code_that_wrote(
    code: Collection[Op], graph: Graph, history: History, matched: MatchResult, backend: Backend
) -> frozenset[Op]:
    """Those of these operations after which only they can have left rows. Asks the server for rows, if for any."""
    tables = {op: set(_its_tables(op, graph, history, matched)) for op in code}
    asked = sorted(set[str]().union(*tables.values()))
    full = backend.with_rows(asked) if asked else frozenset()
    return frozenset(op for op, names in tables.items() if names & full)


def _its_tables(op: Op, graph: Graph, history: History, matched: MatchResult) -> Iterator[str]:
    """The tables that its migration makes before it, and that no other code of that migration names."""
    m, o = op
    migration = graph.plan[m]
    code = [i for i, walked in enumerate(history.operations[m]) if walked.opaque or i == o]
    words = {i: _words(migration.operations[i]) for i in code}
    if not _is_whole(migration.operations[o], migration, words[o] or ()) or any(
        each is None for each in words.values()
    ):
        return
    for timeline, table in matched.tables.items():
        if _is_made(timeline, m, o) and [i for i, each in words.items() if spells_table(each or (), timeline)] == [o]:
            yield table.name


def _is_whole(operation: Operation, migration: Migration, words: Collection[str]) -> bool:
    """Whether its rows are written in one transaction, as in `Migration.apply`. DDL of its own would end that."""
    in_one = operation.atomic or (migration.atomic and operation.atomic is not False)
    return isinstance(operation, RunPython) and in_one and "execute" not in words


def _words(operation: Operation) -> frozenset[str] | None:
    """Those of what an operation runs; None where that cannot be read."""
    match operation:
        case RunPython():
            return words_of(operation.code)
        case RunSQL():
            return words_of(operation.sql)
        case _:
            return None


def _is_made(timeline: TableTimeline, m: int, before: int) -> bool:
    made = next((step.op for step in timeline.steps if step.shape is not None), None)
    return made is not None and made[0] == m and made[1] < before
