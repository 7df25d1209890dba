"""Holds every timeline against the live schema: which of its steps agree with what stands there.

The matching loop is written once for constraints of all kinds; tables and columns are found by their names, of which
they may have had several. Nothing is decided here: a line that fits in two places keeps both, and `resolve` chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from schemaguard.history.timeline import (
    AnyLine,
    ColumnLine,
    ConstraintLine,
    Op,
    TableLine,
    Timeline,
    reads,
    usual_names,
)
from schemaguard.schema.compare import Answers, Comparer, Difference, Match, verdict_of
from schemaguard.schema.objects import Constraint, Index, Kind, Owner, Schema, Table


UNFINISHED = frozenset({"valid", "validated"})


@dataclass(slots=True)
class Place:
    """Where a line may stand: the steps that agree with `actual` (None: it is not there).

    `nearest` is true where no step agrees, and `allowed` holds those that come nearest; `differences` says, by step,
    what is different, or cannot be compared.
    """

    allowed: tuple[int, ...]
    actual: Any = None
    nearest: bool = False
    unfinished: bool = False
    in_doubt: bool = False
    differences: Mapping[int, tuple[Difference, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Matched:
    """The place of every line, the live table of every table line, and what of the database no line claimed."""

    places: dict[AnyLine, Place]
    tables: dict[TableLine, Table]
    extra_tables: list[Table]
    extra_columns: list[tuple[TableLine, Table, str]]
    extra_constraints: list[tuple[TableLine, Table, Constraint]]


def match(
    timeline: Timeline,
    schema: Schema,
    answers: Answers,
    recorded: Mapping[Op, bool],
    in_doubt: Callable[[ColumnLine | ConstraintLine, bool], bool],
) -> Matched:
    """One pass over all lines. `recorded` says of an operation whether its migration is recorded."""
    matched = Matched({}, {}, [], [], [])
    _match_tables(timeline, schema, matched, recorded)
    for line in timeline.every_table:
        table = matched.tables.get(line)
        comparer = Comparer(table, answers) if table is not None else None
        if comparer is None or _unreadable(comparer.table):
            for part in line.parts:
                matched.places[part] = _absent(part)
            continue
        _match_columns(line, comparer, matched, recorded)
        _match_constraints(line, comparer, matched)
        for part in line.parts:
            place = matched.places[part]
            if (place.actual is None or place.nearest) and part.shape is not None and (
                _left_to_chance(line, part) or in_doubt(part, place.actual is not None)
            ):
                matched.places[part] = Place(
                    tuple(range(len(part.steps))), place.actual, in_doubt=True, differences=place.differences
                )
    for other in timeline.others.values():
        there = (other.kind, other.name) in schema.others
        allowed = tuple(i for i, step in enumerate(other.steps) if bool(step.shape) == there)
        matched.places[other] = Place(allowed or (0,), actual=there or None)
    return matched


def _left_to_chance(table: TableLine, line: ColumnLine | ConstraintLine) -> bool:
    """Whether Django's own editor may have lost it: the LIKE index of a column that was altered.

    `_alter_field` of the PostgreSQL editor drops it when the type changes and does not always make it again.
    """
    if not isinstance(line, ConstraintLine) or line.key[0] != "like":
        return False
    names = set(line.shape.columns) if line.shape is not None else set()
    columns = [each for each in table.every_column if names & set(_names(each))]
    return any(len(each.steps) > 2 or each.steps[-1].op != line.steps[-1].op for each in columns)


def is_like(actual: Constraint) -> bool:
    """Whether a live index is one that Django's PostgreSQL editor adds to a text key, by its class and name."""
    return (
        isinstance(actual, Index)
        and (actual.name or "").endswith("_like")
        and len(actual.parts) == 1
        and actual.parts[0].opclass in ("varchar_pattern_ops", "text_pattern_ops")
    )


def _unreadable(table: Table) -> bool:
    return table.owner in (Owner.PARTITION,)


def _absent(line: AnyLine) -> Place:
    steps: list[Any] = list(line.steps)
    allowed = tuple(i for i, step in enumerate(steps) if step.shape is None)
    return Place(allowed or (0,))


# ------------------------------------------------------------------------------------------------------------- tables
def _match_tables(timeline: Timeline, schema: Schema, matched: Matched, recorded: Mapping[Op, bool]) -> None:
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
            matched.places[line] = _absent(line)
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
    owned = {table.name for table in matched.tables.values()}
    matched.extra_tables.extend(table for name, table in schema.tables.items() if name not in owned)


def _likest(line: TableLine, tables: list[Table], recorded: Mapping[Op, bool]) -> Table:
    return max(tables, key=lambda table: _likeness(line, table, None, recorded))


def _likeness(line: TableLine, table: Table, name: str | None, recorded: Mapping[Op, bool]) -> tuple[float, bool, int]:
    """How well a line's columns, at the time that it bore this name, are those of the table; then: the later, the better."""
    best, believed, latest = 0.0, False, 0
    live = set(table.columns)
    for i, step in enumerate(line.steps):
        if step.shape is None or (name is not None and step.shape.name != name):
            continue
        if name is None and step.shape.name.rpartition('"."')[2] != table.name.rpartition('"."')[2]:
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


# ------------------------------------------------------------------------------------------------------------ columns
def _match_columns(line: TableLine, comparer: Comparer, matched: Matched, recorded: Mapping[Op, bool]) -> None:
    table = comparer.table
    wanted: list[tuple[tuple[int, ...], ColumnLine, str]] = []
    for order, column in enumerate(line.every_column):
        for age, name in enumerate(_names(column)):
            if name in table.columns:
                wanted.append((_claim(column, name, age, order, comparer, recorded), column, name))
    claimed: dict[ColumnLine, str] = {}
    taken: set[str] = set()
    for _, column, name in sorted(wanted, key=lambda claim: claim[0]):
        if column not in claimed and name not in taken:
            claimed[column] = name
            taken.add(name)
    for column in line.every_column:
        matched.places[column] = _column_place(column, claimed.get(column), comparer)
    matched.extra_columns.extend((line, table, name) for name in table.columns if name not in taken)


def _claim(
    column: ColumnLine, name: str, age: int, order: int, comparer: Comparer, recorded: Mapping[Op, bool]
) -> tuple[int, ...]:
    """The less, the better a line's claim to a live column: first its shape counts, then the records, then its age."""
    weights, believed = [], False
    for i, step in enumerate(column.steps):
        if step.shape is not None and step.shape.name == name:
            weights.append(_weight(comparer.column(step.shape, comparer.table.columns[name])))
            end = column.steps[i + 1].op if i + 1 < len(column.steps) else None
            started = step.op is None or recorded.get(step.op, False)
            believed = believed or (started and not (end is not None and recorded.get(end, False)))
    return 3 * min(weights) + _lacking(column, name, comparer.table), int(not believed), age, -order


def _lacking(column: ColumnLine, name: str, table: Table) -> int:
    """How little of what came with this column, over it alone, is there: 2 for each that is not, 1 for another's name.

    And 1 for each thing over the live column that did not come with this one.
    """
    operations = {step.op for step in column.steps if step.shape is not None}
    names: dict[tuple[object, tuple[str, ...]], set[str | None]] = {}
    for each in table.constraints:
        names.setdefault((each.kind, each.columns), set()).add(each.name)
    lacking = 0
    explained = set()
    for constraint in column.table.every_constraint:
        for step in constraint.steps:
            shape = step.shape
            if shape is not None and step.op in operations and shape.columns == (name,) and constraint.key[0] != "pk":
                live = names.get((shape.kind, shape.columns))
                explained.add(shape.kind)
                lacking += 2 if live is None else int(not live & usual_names(constraint.table.name, shape))
    strange = {kind for kind, columns in names if columns == (name,)} - explained - {Kind.PRIMARY_KEY}
    return lacking + len(strange)


def _names(column: ColumnLine) -> list[str]:
    """Every name that a column bears, the latest first."""
    return list(dict.fromkeys(step.shape.name for step in reversed(column.steps) if step.shape is not None))


def _column_place(column: ColumnLine, name: str | None, comparer: Comparer) -> Place:
    if name is None:
        return _absent(column)
    actual = comparer.table.columns[name]
    differences = {
        i: comparer.column(step.shape, actual)
        for i, step in enumerate(column.steps)
        if step.shape is not None and step.shape.name == name
    }
    return _place(column, differences, actual)


def _place(line: AnyLine, differences: Mapping[int, tuple[Difference, ...]], actual: Any) -> Place:
    agreeing = tuple(i for i, found in differences.items() if verdict_of(found) is not Match.DIFFERENT)
    if agreeing:
        silent = {i: _silence(line.steps[i].shape, actual) for i in agreeing}
        least = min(silent.values())
        return Place(tuple(i for i in agreeing if silent[i] == least), actual, differences=differences)
    for found in differences.values():
        # PostgreSQL reports a failed CONCURRENTLY build as an index that exists; only indisvalid gives it away.
        # A NOT VALID constraint holds for new rows alone. Neither is what the migration makes.
        if {each.attribute for each in found} <= UNFINISHED:
            return Place(_absent(line).allowed, actual, unfinished=True)
    least = min(_weight(found) for found in differences.values())
    nearest = tuple(i for i, found in differences.items() if _weight(found) == least)
    return Place(nearest, actual, nearest=True, differences=differences)


def _silence(shape: Any, actual: Any) -> int:
    """How much of the live column the shape does not speak of: no difference, but the step that speaks of it fits better."""
    attributes = ("comment", "collation", "default")
    return sum(
        getattr(shape, attribute, None) is None and getattr(actual, attribute, None) is not None
        for attribute in attributes
    )


def _weight(differences: Iterable[Difference]) -> int:
    """How far two shapes are apart. Another type is further than another nullability."""
    heavy = {"type": 3, "generated": 3, "columns": 5, "kind": 9}
    return sum(heavy.get(each.attribute, 1) for each in differences if each.match is Match.DIFFERENT)


# -------------------------------------------------------------------------------------------------------- constraints
def _match_constraints(line: TableLine, comparer: Comparer, matched: Matched) -> None:
    """Claims live constraints for lines, the surest claim first: name and definition, usual name, definition."""
    live = list(comparer.table.constraints)
    pairs: list[tuple[tuple[int, ...], ConstraintLine, int]] = []
    found: dict[tuple[ConstraintLine, int], dict[int, tuple[Difference, ...]]] = {}
    for order, constraint in enumerate(line.every_constraint):
        for number, actual in enumerate(live):
            differences = _candidates(constraint, actual, comparer)
            agreeing = {i: each for i, each in differences.items() if verdict_of(each) is not Match.DIFFERENT}
            if differences:
                found[constraint, number] = differences
            if agreeing:
                pairs.append((_rank(constraint, actual, agreeing, order), constraint, number))
    claims: dict[ConstraintLine, int] = {}
    taken: set[int] = set()
    for _, constraint, number in sorted(pairs, key=lambda pair: pair[0]):
        if constraint not in claims and number not in taken:
            claims[constraint] = number
            taken.add(number)
    for constraint in line.every_constraint:  # the name is there, the definition is another
        for number, actual in enumerate(live):
            if constraint not in claims and number not in taken and (constraint, number) in found:
                if any(_named(constraint.steps[i].shape, actual) for i in found[constraint, number]):
                    claims[constraint] = number
                    taken.add(number)
    for constraint in line.every_constraint:
        if constraint in claims:
            number = claims[constraint]
            matched.places[constraint] = _place(constraint, found[constraint, number], live[number])
        else:
            matched.places[constraint] = _absent(constraint)
    matched.extra_constraints.extend(
        (line, comparer.table, actual) for number, actual in enumerate(live) if number not in taken
    )


def _named(shape: Constraint | None, actual: Constraint) -> bool:
    return shape is not None and shape.named and shape.name == actual.name


def _candidates(
    constraint: ConstraintLine, actual: Constraint, comparer: Comparer
) -> dict[int, tuple[Difference, ...]]:
    """By step, how the line's shape differs from this live constraint; only steps that can mean it at all."""
    found = {}
    for i, step in enumerate(constraint.steps):
        shape = step.shape
        if shape is None or type(shape) is not type(actual):
            continue
        if shape.named and actual.name is not None:
            if shape.name != actual.name:
                continue
        elif set(reads(shape)) and shape.columns != actual.columns and not _same_set(shape, actual):
            continue
        if not reads(shape) <= comparer.table.columns.keys():
            continue
        found[i] = comparer.compare(shape, actual)
    return found


def _same_set(shape: Constraint, actual: Constraint) -> bool:
    """Checks are written over a set of columns, in no order."""
    return shape.kind.value == "check" and set(reads(shape)) == set(actual.columns)


def _rank(
    constraint: ConstraintLine, actual: Constraint, agreeing: Mapping[int, Any], order: int
) -> tuple[int, ...]:
    shapes = [constraint.steps[i].shape for i in agreeing]
    if any(_named(shape, actual) for shape in shapes):
        name = 0
    elif any(shape is not None and shape.name == actual.name for shape in shapes):
        name = 1
    else:
        name = 2
    doubt = all(verdict_of(each) is Match.INCOMPARABLE for each in agreeing.values())
    return name, int(doubt), int(constraint.shape is None), order


