"""Rows in a table that a migration makes, and that its code fills: a sign that the code has run, and no proof.

Somebody else may have written into that table by now. So the question stays, and the answer that is taken where nobody
is there to answer is the other one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations import RunPython

from schemaguard.history.opaque import is_closed, spells_table, words_of
from schemaguard.history.raw_sql import raw_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation

    from schemaguard.history.object_timeline import Op, TableTimeline
    from schemaguard.location.location import Location


def filled_tables(location: Location) -> Mapping[Op, str]:
    """Code of which nobody knows whether it ran → a table with rows that it, or later code, seems to have written.

    Asks the server for rows, if for any. What notes tell of is left out.
    """
    is_open = sorted(op for op in location.unseen_code.open if op[0] not in location.notes)
    tables = {op: sorted(_its_tables(op, location)) for op in is_open}
    asked = sorted({each for names in tables.values() for each in names})
    full = location.backend.with_rows(asked) if asked else frozenset()
    found: dict[Op, str] = {}
    for m, last in is_open:
        filled = next((each for each in tables[m, last] if each in full), None)
        if filled is not None:  # code that comes before it has run as well
            found.update({op: filled for op in is_open if op[0] == m and op <= (m, last) and op not in found})
    return found


def _its_tables(op: Op, location: Location) -> Iterator[str]:
    """The tables that its migration makes before it, and that nothing between can have filled."""
    m, o = op
    migration = location.graph.plan[m]
    operation = migration.operations[o]
    words = words_of(operation.code) if isinstance(operation, RunPython) else None
    if not words or "execute" in words or not _is_whole(operation, migration):  # DDL would end the transaction
        return
    for timeline, table in location.live_tables.items():
        made = timeline.made_by
        if made is None or made[0] != m or made >= op or not spells_table(words, timeline):
            continue
        between = range(made[1] + 1, o)
        if location.backend.rolls_back(table) and not any(_may_fill(timeline, (m, i), location) for i in between):
            yield table.name


def _is_whole(operation: Operation, migration: Migration) -> bool:
    """Whether its rows are written in one transaction, as in `Migration.apply`."""
    return bool(operation.atomic or (migration.atomic and operation.atomic is not False))


def _may_fill(timeline: TableTimeline, op: Op, location: Location) -> bool:
    """Whether an operation may write into a table: it spells it, or nobody can tell all that it does."""
    operation = location.graph.plan[op[0]].operations[op[1]]
    sql = raw_sql(operation)
    if sql is not None:
        return spells_table(words_of("\n".join(sql)) or (), timeline)
    if not location.history.runs_code(op):
        return False
    if not isinstance(operation, RunPython) or not is_closed(operation.code):
        return True
    words = words_of(operation.code)
    return words is None or spells_table(words, timeline)
