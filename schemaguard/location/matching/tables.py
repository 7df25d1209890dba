"""Which live table is which of the history: by the names that it had, and by its columns."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from schemaguard.history.constraint_names import usual_names
from schemaguard.location.matching.placements import MatchResult, Placement, absent
from schemaguard.schema.compare import table_differences
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Constraint, Owner, Schema, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from schemaguard.history.object_timeline import (
        ColumnTimeline,
        ConstraintTimeline,
        ObjectTimeline,
        Op,
        S,
        TableShape,
        TableTimeline,
    )
    from schemaguard.history.timelines import Timelines


def match_tables(
    timelines: Timelines,
    schema: Schema,
    matched: MatchResult,
    recorded: Mapping[Op, bool],
    in_doubt: Callable[[TableTimeline], bool],
    is_sole: Callable[[Constraint], bool],
) -> None:
    """`is_sole`: whether no other table can have a constraint or an index of its name."""
    wanted: dict[str, list[TableTimeline]] = {}
    for timeline in timelines.every_table:
        for name in timeline.names:
            wanted.setdefault(name, []).append(timeline)
    claimed: dict[str, TableTimeline] = {}
    for name, rivals in wanted.items():
        table = _standing(schema, name)
        if table is not None:
            best = rivals[0]
            if len(rivals) > 1:
                matched.contested.update(rivals)
                best = max(rivals, key=partial(_likeness, schema=schema, table=table, recorded=recorded))
            claimed.setdefault(table.name, best)
    taken: dict[TableTimeline, list[Table]] = {}
    for name, timeline in claimed.items():
        taken.setdefault(timeline, []).append(schema.tables[name])
    for timeline in timelines.every_table:
        tables = taken.get(timeline, [])
        if not tables:
            matched.places[timeline] = absent(timeline)
            continue
        table = tables[0] if len(tables) == 1 else _likest(timeline, tables, schema, recorded)
        matched.tables[timeline] = table
        named = tuple(
            i
            for i, step in enumerate(timeline.steps)
            if step.shape is not None and schema.find(step.shape.name) is table
        )
        matched.places[timeline] = _place(timeline, named, table, in_doubt)
    for timeline, step, table in _renamed_tables(timelines, schema, matched, recorded, is_sole):
        matched.tables[timeline] = table
        matched.places[timeline] = Placement((step,), table, nearest=True, renamed=True)
    owned = {table.name for table in matched.tables.values()}
    matched.extra_tables.extend(table for name, table in schema.tables.items() if name not in owned)


def _place(
    timeline: TableTimeline, named: tuple[int, ...], table: Table, in_doubt: Callable[[TableTimeline], bool]
) -> Placement:
    """The placement of a live table: of the steps at which it has its name. Another comment is a small difference."""
    shapes: dict[int, TableShape] = {i: shape for i in named if (shape := timeline.steps[i].shape) is not None}
    differences = {i: found for i, shape in shapes.items() if (found := table_differences(shape, table))}
    if differences and in_doubt(timeline):
        differences = {}
    alike = tuple(i for i in named if i not in differences)
    if not alike:
        least = min(map(len, differences.values()), default=0)
        nearest = tuple(i for i in named if len(differences[i]) == least)
        return Placement(nearest, actual=table, nearest=True, differences=differences)
    exact = tuple(i for i in alike if shapes[i].comment == table.comment)
    unsaid = tuple(i for i in alike if shapes[i].comment is None)
    return Placement(exact or unsaid or alike, actual=table, differences=differences)


def _standing(schema: Schema, name: str) -> Table | None:
    """The table of that name. A view is no table, though it may have the name of one that was renamed or lost."""
    found = schema.find(name)
    return None if found is None or found.owner is Owner.VIEW else found


def strange_views(timelines: Timelines, schema: Schema) -> frozenset[str]:
    """The names of the views that no migration makes."""
    others = () if schema.others_of_every_schema else schema.others
    views = {name for kind, name in others if kind is Kind.VIEW}
    views |= {table.name for table in schema.tables.values() if table.owner is Owner.VIEW}
    return frozenset(views - {other.name for other in timelines.others.values() if other.kind is Kind.VIEW})


def _renamed_tables(
    timelines: Timelines,
    schema: Schema,
    matched: MatchResult,
    recorded: Mapping[Op, bool],
    is_sole: Callable[[Constraint], bool],
) -> list[tuple[TableTimeline, int, Table]]:
    """Tables that are missing, each with its step and the one unknown table that it must be.

    What hangs on that is called after it. Of a recorded one, its columns tell as much.
    """
    owned = {table.name for table in matched.tables.values()}
    free = [table for table in schema.tables.values() if table.name not in owned and table.owner is Owner.NOBODY]
    if not free:
        return []
    missing = [timeline for timeline in timelines.every_table if timeline not in matched.tables]
    steps = {
        timeline: step
        for timeline in missing
        if timeline.steps[step := timeline.recorded_step(recorded)].shape is not None
    }
    found = [
        (timeline, steps.get(timeline, len(timeline.steps) - 1), table)
        for timeline, table in _called_after(missing, free, steps, is_sole)
        if timeline in steps or (timeline.shape is not None and timeline.recorded_step(recorded) == 0)
    ]
    for timeline, _, table in found:
        steps.pop(timeline, None)
        free.remove(table)
    columns = {timeline: _recorded_columns(timeline, recorded) for timeline in steps}
    for timeline, step in steps.items():
        same = [table for table in free if table.columns.keys() == columns[timeline] and len(columns[timeline]) > 1]
        rivals = [other for other in steps if columns[other] == columns[timeline]]
        if step > 0 and len(same) == len(rivals) == 1:
            found.append((timeline, step, same[0]))
    return found


def _called_after(
    missing: Collection[TableTimeline],
    free: Collection[Table],
    known: Collection[TableTimeline],
    is_sole: Callable[[Constraint], bool],
) -> Iterator[tuple[TableTimeline, Table]]:
    """Missing tables with those that must be they: with constraints of theirs and of no other one, and their columns.

    `known` are those that are recorded. Of the others a name proves nothing that a copy has as well, as after CREATE
    TABLE … LIKE of MySQL. A foreign key that points there is no proof either: where a model was swapped, it points at
    the former one.
    """
    bearers: dict[str, set[TableTimeline]] = {}
    for timeline in missing:
        for constraint in timeline.every_constraint:
            for step in constraint.steps:
                names = usual_names(timeline.name_at(step.at), step.shape) if step.shape is not None else ()
                for name in names:
                    bearers.setdefault(name, set()).add(timeline)
    of_table = [
        (
            table,
            {
                timeline
                for live in table.constraints
                for timeline in bearers.get(live.name or "", ())
                if timeline in known or is_sole(live)
            },
        )
        for table in free
    ]
    claims = Counter(timeline for _, found in of_table for timeline in found)
    for table, found in of_table:
        for timeline in found:
            if len(found) == claims[timeline] == 1 and _has_columns_of(table, timeline):
                yield timeline, table


def _has_columns_of(table: Table, timeline: TableTimeline) -> bool:
    """Whether it has the columns that the table had at some time. One of them may have another name."""
    for at in {step.at for column in timeline.every_column for step in column.steps}:
        shapes = [_between(column, at, at)[0] for column in timeline.every_column]
        names = {shape.name for shape in shapes if shape is not None}
        if len(names) == len(table.columns) and len(names - table.columns.keys()) <= 1:
            return True
    return False


def _recorded_columns(timeline: TableTimeline, recorded: Mapping[Op, bool]) -> set[str]:
    shapes = (column.steps[column.recorded_step(recorded)].shape for column in timeline.every_column)
    return {shape.name for shape in shapes if shape is not None}


def _likest(timeline: TableTimeline, tables: list[Table], schema: Schema, recorded: Mapping[Op, bool]) -> Table:
    return max(tables, key=lambda table: _likeness(timeline, schema, table, recorded))


def _likeness(
    timeline: TableTimeline, schema: Schema, table: Table, recorded: Mapping[Op, bool]
) -> tuple[float, bool, bool, int, Op]:
    """How well a timeline fits a table whose name it had at some step; what decides first comes first.

    How many columns are the same; whether it has the name by the records; whether no table stands under another of its
    names; how many constraints have the names that it gives them, and how many columns its types; then the later step.
    """
    best, believed, details, latest = 0.0, False, 0, timeline.steps[0].at
    names = {constraint.name for constraint in table.constraints if constraint.name is not None}
    # A table that is made anew has its indexes under today's names, where they were given none.
    telling = [
        each for each in timeline.every_constraint if not schema.remakes_tables or each.key[0] in ("name", "sql")
    ]
    for i, step in enumerate(timeline.steps):
        if step.shape is None or schema.find(step.shape.name) is not table:
            continue
        begin = step.at
        end = timeline.steps[i + 1].op if i + 1 < len(timeline.steps) else None
        best = max(best, _shared(timeline, table, begin, end))
        believed = believed or (recorded.get(begin, False) and not (end is not None and recorded.get(end, False)))
        called = sum(_bears(names, each, begin, end) for each in telling)
        details = max(details, called + sum(_is_alike(each, table, begin, end) for each in timeline.every_column))
        latest = max(latest, begin)
    elsewhere = any(_standing(schema, each) not in (None, table) for each in timeline.names)
    return best, believed, not elsewhere, details, latest


def _shared(timeline: TableTimeline, table: Table, begin: Op, end: Op | None) -> float:
    """Which share of their columns a table and a timeline have in common, between two operations: 0 to 1.

    A column that was renamed meanwhile counts under either name, and one that came or went may be missing.
    """
    found, lacking = 0, 0
    for column in timeline.every_column:
        shapes = _between(column, begin, end)
        if any(shape is not None and shape.name in table.columns for shape in shapes):
            found += 1
        elif None not in shapes:
            lacking += 1
    return found / max(len(table.columns) + lacking, 1)


def _bears(names: set[str], constraint: ConstraintTimeline, begin: Op, end: Op | None) -> bool:
    """Whether one of the live names is its name, or the one that it was given when its table was made."""
    made = next(step.at for step in constraint.steps if step.shape is not None)
    table = constraint.table.name_at(made)
    shapes = _between(constraint, begin, end)
    return any(shape is not None and not names.isdisjoint(usual_names(table, shape)) for shape in shapes)


def _is_alike(column: ColumnTimeline, table: Table, begin: Op, end: Op | None) -> bool:
    for shape in _between(column, begin, end):
        actual = table.columns.get(shape.name) if shape is not None else None
        if shape is not None and actual is not None:
            if (shape.type, shape.nullable) == (actual.type, actual.nullable):
                return True
    return False


def _between(timeline: ObjectTimeline[S], begin: Op, end: Op | None) -> list[S | None]:
    """The shapes that a timeline has from one operation on until before another."""
    before = [step.shape for step in timeline.steps if step.at <= begin]
    since = [step.shape for step in timeline.steps if begin < step.at and (end is None or step.at < end)]
    return [*before[-1:], *since]
