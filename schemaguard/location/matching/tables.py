"""Which live table is which of the history: by the names that it bore, and by its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from schemaguard.history.object_timeline import ColumnLine, ConstraintLine, Line, Op, S, TableLine, TableShape
from schemaguard.history.timelines import Timeline
from schemaguard.location.matching.placements import Matched, Place, absent
from schemaguard.schema.compare import table_differences
from schemaguard.schema.objects import Owner, Schema, Table


def match_tables(
    timeline: Timeline,
    schema: Schema,
    matched: Matched,
    recorded: Mapping[Op, bool],
    in_doubt: Callable[[TableLine], bool],
) -> None:
    wanted: dict[str, list[TableLine]] = {}
    for line in timeline.every_table:
        for name in line.names:
            wanted.setdefault(name, []).append(line)
    claimed: dict[str, TableLine] = {}
    for name, lines in wanted.items():
        table = _standing(schema, name)
        if table is not None:
            best = lines[0]
            if len(lines) > 1:
                matched.contested = True
                best = max(lines, key=partial(_likeness, schema=schema, table=table, recorded=recorded))
            claimed.setdefault(table.name, best)
    taken: dict[TableLine, list[Table]] = {}
    for name, line in claimed.items():
        taken.setdefault(line, []).append(schema.tables[name])
    for line in timeline.every_table:
        tables = taken.get(line, [])
        if not tables:
            matched.places[line] = absent(line)
            continue
        table = tables[0] if len(tables) == 1 else _likest(line, tables, schema, recorded)
        matched.tables[line] = table
        named = tuple(
            i for i, step in enumerate(line.steps) if step.shape is not None and schema.find(step.shape.name) is table
        )
        matched.places[line] = _place(line, named, table, in_doubt)
    for line, step, table in _renamed_tables(timeline, schema, matched, recorded):
        matched.tables[line] = table
        matched.places[line] = Place((step,), table, nearest=True, renamed=True)
    owned = {table.name for table in matched.tables.values()}
    matched.extra_tables.extend(table for name, table in schema.tables.items() if name not in owned)


def _place(line: TableLine, named: tuple[int, ...], table: Table, in_doubt: Callable[[TableLine], bool]) -> Place:
    """Where a table stands, of the steps at which it bears its name. Another comment is a small thing."""
    shapes: dict[int, TableShape] = {i: shape for i in named if (shape := line.steps[i].shape) is not None}
    differences = {i: found for i, shape in shapes.items() if (found := table_differences(shape, table))}
    if differences and in_doubt(line):
        differences = {}
    alike = tuple(i for i in named if i not in differences)
    if not alike:
        least = min(map(len, differences.values()), default=0)
        nearest = tuple(i for i in named if len(differences[i]) == least)
        return Place(nearest, actual=table, nearest=True, differences=differences)
    exact = tuple(i for i in alike if shapes[i].comment == table.comment)
    unsaid = tuple(i for i in alike if shapes[i].comment is None)
    return Place(exact or unsaid or alike, actual=table, differences=differences)


def _standing(schema: Schema, name: str) -> Table | None:
    """The table of that name. A view is none, though it may stand in for one that was renamed or lost."""
    found = schema.find(name)
    return None if found is None or found.owner is Owner.VIEW else found


def strange_views(timeline: Timeline, schema: Schema) -> frozenset[str]:
    """The names of the views that no migration makes."""
    others = () if schema.vendor == "postgresql" else schema.others  # there, those of all schemas are among them
    views = {name for kind, name in others if kind == "view"}
    views |= {table.name for table in schema.tables.values() if table.owner is Owner.VIEW}
    return frozenset(views - {other.name for other in timeline.others.values() if other.kind == "view"})


def _renamed_tables(
    timeline: Timeline, schema: Schema, matched: Matched, recorded: Mapping[Op, bool]
) -> list[tuple[TableLine, int, Table]]:
    """Recorded tables that are missing, each with its last step and the one unknown table that may be it.

    That has its columns, as they are by the records.
    """
    owned = {table.name for table in matched.tables.values()}
    free = [table for table in schema.tables.values() if table.name not in owned and table.owner is Owner.NOBODY]
    if not free:
        return []
    missing = [line for line in timeline.every_table if line not in matched.tables]
    steps = {line: step for line in missing if line.steps[step := line.recorded_step(recorded)].shape is not None}
    columns = {line: _recorded_columns(line, recorded) for line in steps}
    found = []
    for line, step in steps.items():
        same = [table for table in free if table.columns.keys() == columns[line] and len(columns[line]) > 1]
        rivals = [other for other in steps if columns[other] == columns[line]]
        if step > 0 and len(same) == len(rivals) == 1:
            found.append((line, step, same[0]))
    return found


def _recorded_columns(line: TableLine, recorded: Mapping[Op, bool]) -> set[str]:
    shapes = (column.steps[column.recorded_step(recorded)].shape for column in line.every_column)
    return {shape.name for shape in shapes if shape is not None}


def _likest(line: TableLine, tables: list[Table], schema: Schema, recorded: Mapping[Op, bool]) -> Table:
    return max(tables, key=lambda table: _likeness(line, schema, table, recorded))


def _likeness(
    line: TableLine, schema: Schema, table: Table, recorded: Mapping[Op, bool]
) -> tuple[float, bool, bool, int, Op]:
    """How well a line fits a table whose name it bore at some time, in the order of what decides.

    How many of the columns are the same; whether the records say that it bears the name; that no table stands under
    another name of it; how many constraints are called as it called them, and columns of its types; then: the later,
    the better.
    """
    best, believed, details, latest = 0.0, False, 0, line.steps[0].at
    names = {constraint.name for constraint in table.constraints if constraint.name is not None}
    # SQLite's editor makes indexes anew, under today's names, where they were given none.
    telling = [each for each in line.every_constraint if schema.vendor != "sqlite" or each.key[0] in ("name", "sql")]
    for i, step in enumerate(line.steps):
        if step.shape is None or schema.find(step.shape.name) is not table:
            continue
        begin = step.at
        end = line.steps[i + 1].op if i + 1 < len(line.steps) else None
        best = max(best, _shared(line, table, begin, end))
        believed = believed or (recorded.get(begin, False) and not (end is not None and recorded.get(end, False)))
        called = sum(_bears(names, each, begin, end) for each in telling)
        details = max(details, called + sum(_is_alike(each, table, begin, end) for each in line.every_column))
        latest = max(latest, begin)
    elsewhere = any(_standing(schema, each) not in (None, table) for each in line.names)
    return best, believed, not elsewhere, details, latest


def _shared(line: TableLine, table: Table, begin: Op, end: Op | None) -> float:
    """What part of the columns of both is in both, between two operations: 0 to 1.

    A column that was renamed meanwhile is one column under either name, and one that came or went may be missing.
    """
    found, lacking = 0, 0
    for column in line.every_column:
        shapes = _between(column, begin, end)
        if any(shape is not None and shape.name in table.columns for shape in shapes):
            found += 1
        elif None not in shapes:
            lacking += 1
    return found / max(len(table.columns) + lacking, 1)


def _bears(names: set[str], constraint: ConstraintLine, begin: Op, end: Op | None) -> bool:
    return any(shape is not None and shape.name in names for shape in _between(constraint, begin, end))


def _is_alike(column: ColumnLine, table: Table, begin: Op, end: Op | None) -> bool:
    for shape in _between(column, begin, end):
        actual = table.columns.get(shape.name) if shape is not None else None
        if shape is not None and actual is not None:
            if (shape.type, shape.nullable) == (actual.type, actual.nullable):
                return True
    return False


def _between(line: Line[S], begin: Op, end: Op | None) -> list[S | None]:
    """The shapes that a line has from one operation to before another."""
    before = [step.shape for step in line.steps if step.at <= begin]
    since = [step.shape for step in line.steps if begin < step.at and (end is None or step.at < end)]
    return [*before[-1:], *since]
