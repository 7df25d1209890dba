"""Which live table is which of the history: by the names that it bore, and by its columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from schemaguard.diagnosis.matching.places import Matched, Place, absent
from schemaguard.history.lines import Op, TableLine
from schemaguard.history.timeline import Timeline
from schemaguard.schema.objects import Owner, Schema, Table, bare


def match_tables(timeline: Timeline, schema: Schema, matched: Matched, recorded: Mapping[Op, bool]) -> None:
    wanted: dict[str, list[TableLine]] = {}
    for line in timeline.every_table:
        for name in line.names:
            wanted.setdefault(name, []).append(line)
    claimed: dict[str, TableLine] = {}
    for name, lines in wanted.items():
        table = schema.find(name)
        if table is not None:
            likeness = partial(_likeness, table=table, name=name, recorded=recorded)
            best = lines[0] if len(lines) == 1 else max(lines, key=likeness)
            claimed.setdefault(table.name, best)
    taken: dict[TableLine, list[Table]] = {}
    for name, line in claimed.items():
        taken.setdefault(line, []).append(schema.tables[name])
    for line in timeline.every_table:
        tables = taken.get(line, [])
        if not tables:
            matched.places[line] = absent(line)
            continue
        table = tables[0] if len(tables) == 1 else _likest(line, tables, recorded)
        matched.tables[line] = table
        named = tuple(
            i for i, step in enumerate(line.steps) if step.shape is not None and schema.find(step.shape.name) is table
        )
        comments = {i: line.steps[i].shape.comment for i in named}  # type: ignore[union-attr]
        exact = tuple(i for i in named if comments[i] == table.comment)
        unsaid = tuple(i for i in named if comments[i] is None)
        matched.places[line] = Place(exact or unsaid or named, actual=table)
    for line, table in _renamed_tables(timeline, schema, matched, recorded):
        matched.tables[line] = table
        matched.places[line] = Place((len(line.steps) - 1,), table, nearest=True, renamed=True)
    owned = {table.name for table in matched.tables.values()}
    matched.extra_tables.extend(table for name, table in schema.tables.items() if name not in owned)


def _renamed_tables(
    timeline: Timeline, schema: Schema, matched: Matched, recorded: Mapping[Op, bool]
) -> list[tuple[TableLine, Table]]:
    """Recorded tables that are missing, each with the one unknown table that has its columns and may be it."""
    owned = {table.name for table in matched.tables.values()}
    free = [table for table in schema.tables.values() if table.name not in owned and table.owner is Owner.NOBODY]
    found = []
    for line in timeline.tables.values():
        op = line.steps[-1].op
        if line in matched.tables or op is None or not recorded.get(op, False) or not free:
            continue
        same = [table for table in free if table.columns.keys() == line.columns.keys() and len(line.columns) > 1]
        rivals = [
            other
            for other in timeline.tables.values()
            if other not in matched.tables and other.columns.keys() == line.columns.keys()
        ]
        if len(same) == len(rivals) == 1:
            found.append((line, same[0]))
    return found


def _likest(line: TableLine, tables: list[Table], recorded: Mapping[Op, bool]) -> Table:
    return max(tables, key=lambda table: _likeness(line, table, None, recorded))


def _likeness(line: TableLine, table: Table, name: str | None, recorded: Mapping[Op, bool]) -> tuple[float, bool, int]:
    """How well a line's columns, when it bore this name, are those of the table; then: the later, the better."""
    best, believed, latest = 0.0, False, 0
    live = set(table.columns)
    for i, step in enumerate(line.steps):
        if step.shape is None or (name is not None and step.shape.name != name):
            continue
        if name is None and bare(step.shape.name) != bare(table.name):
            continue
        begin = step.op or (-1, -1)
        end = line.steps[i + 1].op if i + 1 < len(line.steps) else None
        had = set()
        for column in line.every_column:
            for shape_step in column.steps:
                if shape_step.shape is not None and (end is None or (shape_step.op or (-1, -1)) < end):
                    had.add(shape_step.shape.name)
        best = max(best, len(live & had) / max(len(live | had), 1))
        believed = believed or recorded.get(begin, False)
        latest = max(latest, i)
    return best, believed, latest
