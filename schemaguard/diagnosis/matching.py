"""Holds every timeline against the live schema: which of its steps agree with what stands there.

The matching loop is written once for constraints of all kinds; tables and columns are found by their names, of which
they may have had several. Nothing is decided here: a line that fits in two places keeps both, and `resolve` chooses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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
from schemaguard.schema.objects import Check, Column, Constraint, ForeignKey, Index, Kind, Owner, Schema, Table

InDoubt = Callable[["ColumnLine | ConstraintLine", "Column | Constraint | None"], bool]
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
    renamed: bool = False
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
    in_doubt: InDoubt,
) -> Matched:
    """One pass over all lines. `recorded` says of an operation whether its migration is recorded."""
    matched = Matched({}, {}, [], [], [])
    _match_tables(timeline, schema, matched, recorded)
    _match_parts(timeline.every_table, answers, matched, recorded, in_doubt)
    for other in timeline.others.values():
        there = (other.kind, other.name) in schema.others
        allowed = tuple(i for i, step in enumerate(other.steps) if bool(step.shape) == there)
        matched.places[other] = Place(allowed or (0,), actual=there or None)
    return matched


def match_again(
    timeline: Timeline,
    matched: Matched,
    answers: Answers,
    recorded: Mapping[Op, bool],
    in_doubt: InDoubt,
    tables: Collection[str],
) -> None:
    """Matches the lines of these tables anew, of which the answers say more now; the other lines stay as they are."""
    lines = {line: None for line, table in matched.tables.items() if table.name in tables}
    matched.extra_columns = [each for each in matched.extra_columns if each[0] not in lines]
    matched.extra_constraints = [each for each in matched.extra_constraints if each[0] not in lines]
    _match_parts(lines, answers, matched, recorded, in_doubt)
    order = {line: position for position, line in enumerate(timeline.every_table)}
    matched.extra_columns.sort(key=lambda each: order[each[0]])
    matched.extra_constraints.sort(key=lambda each: order[each[0]])


def _match_parts(
    lines: Iterable[TableLine],
    answers: Answers,
    matched: Matched,
    recorded: Mapping[Op, bool],
    in_doubt: InDoubt,
) -> None:
    """The places of all that hangs on these tables."""
    renamed = {table.name: line.name for line, table in matched.tables.items() if matched.places[line].renamed}
    for line in lines:
        table = matched.tables.get(line)
        if table is None or _unreadable(table):
            for part in line.parts:
                matched.places[part] = _absent(part)
            continue
        comparer = Comparer(table, answers, renamed)
        _match_columns(line, comparer, matched, recorded)
        _match_constraints(line, comparer, matched)
        for part in line.parts:
            place = matched.places[part]
            lost = (place.actual is None or place.nearest) and not place.renamed and part.shape is not None
            if lost and in_doubt(part, place.actual):
                matched.places[part] = Place(
                    tuple(range(len(part.steps))), place.actual, in_doubt=True, differences=place.differences
                )


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
    names = [
        [(age, name) for age, name in enumerate(_names(column)) if name in table.columns]
        for column in line.every_column
    ]
    times = Counter(name for each in names for _, name in each)
    claimed: dict[ColumnLine, str] = {}
    taken: set[str] = set()
    wanted: list[tuple[tuple[int, ...], ColumnLine, str]] = []
    for order, (column, each) in enumerate(zip(line.every_column, names, strict=True)):
        if len(each) == 1 and times[each[0][1]] == 1:  # nobody else wants it, nor does it want another
            claimed[column] = each[0][1]
            taken.add(each[0][1])
            continue
        for age, name in each:
            wanted.append((_claim(column, name, age, order, comparer, recorded), column, name))
    for _, column, name in sorted(wanted, key=lambda claim: claim[0]):
        if column not in claimed and name not in taken:
            claimed[column] = name
            taken.add(name)
    for column in line.every_column:
        matched.places[column] = _column_place(column, claimed.get(column), comparer)
    free = [name for name in table.columns if name not in taken]
    for column, name in _renamed_columns(line, table, free, matched, recorded):
        matched.places[column] = Place((len(column.steps) - 1,), table.columns[name], nearest=True, renamed=True)
        free.remove(name)
    matched.extra_columns.extend((line, table, name) for name in free)


def _renamed_columns(
    line: TableLine, table: Table, free: list[str], matched: Matched, recorded: Mapping[Op, bool]
) -> list[tuple[ColumnLine, str]]:
    """Recorded columns that are missing, each with the one unknown column of the same type that may be it."""
    missing = [
        column
        for column in line.columns.values()
        if matched.places[column].actual is None and (op := column.steps[-1].op) is not None and recorded.get(op, False)
    ]
    found = []
    for column in missing:
        assert column.shape is not None
        kind = (column.shape.type, column.shape.nullable)
        like = [name for name in free if (table.columns[name].type, table.columns[name].nullable) == kind]
        rivals = [each for each in missing if each.shape and (each.shape.type, each.shape.nullable) == kind]
        if len(like) == len(rivals) == 1:
            found.append((column, like[0]))
    return found


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
    alone = [each for each in table.constraints if each.columns == (name,)]
    lacking = 0
    explained = set()
    for constraint in column.table.every_constraint:
        for step in constraint.steps:
            shape = step.shape
            if shape is not None and step.op in operations and shape.columns == (name,) and constraint.key[0] != "pk":
                live = [each for each in alone if each.kind is shape.kind and _points_alike(constraint, each)]
                names = {each.name for each in live if each.name is not None}  # SQLite's foreign keys have none
                explained.add(shape.kind)
                unlike = bool(names) and names.isdisjoint(usual_names(constraint.table.name, shape))
                lacking += int(unlike) if live else 2
    strange = {each.kind for each in alone} - explained - {Kind.PRIMARY_KEY}
    return lacking + len(strange)


def _points_alike(line: ConstraintLine, actual: Constraint) -> bool:
    """Whether a live foreign key points where the line's does, at whatever time; anything else points nowhere."""
    targets = {step.shape.target for step in line.steps if isinstance(step.shape, ForeignKey)}
    return not isinstance(actual, ForeignKey) or actual.target in targets


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
    if len(agreeing) == 1:
        return Place(agreeing, actual, differences=differences)
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
    """What of the live column the shape does not speak of: no difference, but a step that speaks of it fits better."""
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
    strangers = _strangers(line, matched)
    columns = [actual.columns for actual in live]
    pairs: list[tuple[tuple[int, ...], ConstraintLine, int]] = []
    found: dict[ConstraintLine, dict[int, dict[int, tuple[Difference, ...]]]] = {}
    for order, constraint in enumerate(line.every_constraint):
        candidates = found[constraint] = {}
        steps = _comparable(constraint, comparer.table)
        kinds = {type(step.shape) for step in steps}
        for number, actual in enumerate(live):
            if type(actual) not in kinds:
                continue
            differences = _candidates(steps, actual, columns[number], comparer)
            if not differences:
                continue
            candidates[number] = differences
            agreeing = {i: each for i, each in differences.items() if verdict_of(each) is not Match.DIFFERENT}
            if agreeing:
                pairs.append((_rank(constraint, actual, agreeing, order, strangers), constraint, number))
    claims: dict[ConstraintLine, int] = {}
    taken: set[int] = set()
    for _, constraint, number in sorted(pairs, key=lambda pair: pair[0]):
        if constraint not in claims and number not in taken:
            claims[constraint] = number
            taken.add(number)
    for constraint in line.every_constraint:  # the name is there, the definition is another
        for number, by_step in found[constraint].items():
            if constraint not in claims and number not in taken:
                if any(
                    _named(constraint.steps[i].shape, live[number]) or {each.attribute for each in unlike} <= UNFINISHED
                    for i, unlike in by_step.items()
                ):
                    claims[constraint] = number
                    taken.add(number)
    for constraint in line.every_constraint:
        if constraint in claims:
            number = claims[constraint]
            matched.places[constraint] = _place(constraint, found[constraint][number], live[number])
        else:
            matched.places[constraint] = _absent(constraint)
    for constraint, number in _renamed_constraints(line, live, claims, taken, comparer):
        last = len(constraint.steps) - 1
        matched.places[constraint] = Place((last,), live[number], nearest=True, renamed=True)
        taken.add(number)
    matched.extra_constraints.extend(
        (line, comparer.table, actual) for number, actual in enumerate(live) if number not in taken
    )


def _renamed_constraints(
    line: TableLine,
    live: list[Constraint],
    claims: Mapping[ConstraintLine, int],
    taken: set[int],
    comparer: Comparer,
) -> Iterator[tuple[ConstraintLine, int]]:
    """Things with a name of their own that are missing, beside unknown ones that are the same but for the name."""
    free = [number for number in range(len(live)) if number not in taken]
    for constraint in line.every_constraint:
        shape = constraint.shape
        if (
            constraint in claims
            or shape is None
            or not shape.named
            or not reads(shape) <= comparer.table.columns.keys()
        ):
            continue
        same = [n for n in free if type(live[n]) is type(shape) and not comparer.compare(shape, live[n])]
        if len(same) == 1:
            free.remove(same[0])
            yield constraint, same[0]


def _named(shape: Constraint | None, actual: Constraint) -> bool:
    return shape is not None and shape.named and shape.name == actual.name


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of a constraint's line that this table can hold, with what every comparison of it asks for."""

    index: int
    shape: Constraint
    columns: tuple[str, ...]
    reads: frozenset[str]


def _comparable(constraint: ConstraintLine, table: Table) -> list[_Step]:
    """The steps whose columns are all there."""
    found = []
    for i, step in enumerate(constraint.steps):
        if step.shape is not None and (needs := reads(step.shape)) <= table.columns.keys():
            found.append(_Step(i, step.shape, step.shape.columns, needs))
    return found


def _candidates(
    steps: Iterable[_Step], actual: Constraint, columns: tuple[str, ...], comparer: Comparer
) -> dict[int, tuple[Difference, ...]]:
    """By step, how its shape differs from this live constraint over `columns`; only steps that can mean it at all."""
    found = {}
    for step in steps:
        shape = step.shape
        if type(shape) is not type(actual):
            continue
        if shape.named and actual.name is not None:
            if shape.name != actual.name:
                continue
        elif step.reads and step.columns != columns and not (isinstance(shape, Check) and step.reads == set(columns)):
            continue  # a check is written over a set of columns, in no order
        found[step.index] = comparer.compare(shape, actual)
    return found


def _strangers(line: TableLine, matched: Matched) -> dict[str, list[ColumnLine]]:
    """By name, the columns of the history that bore it too, and are not the live one: what was over them is gone."""
    bearers: dict[str, list[ColumnLine]] = {}
    for column in line.every_column:
        for name in _names(column):
            bearers.setdefault(name, []).append(column)
    return {
        name: [each for each in columns if (actual := matched.places[each].actual) is None or actual.name != name]
        for name, columns in bearers.items()
        if len(columns) > 1
    }


def _is_over_a_stranger(constraint: ConstraintLine, step: int, strangers: Mapping[str, list[ColumnLine]]) -> bool:
    began = constraint.steps[step].op or (-1, -1)
    for name in reads(constraint.steps[step].shape) & strangers.keys():
        for column in strangers[name]:
            shapes = [each.shape for each in column.steps if (each.op or (-1, -1)) <= began]
            if shapes and shapes[-1] is not None and shapes[-1].name == name:
                return True
    return False


def _rank(
    constraint: ConstraintLine,
    actual: Constraint,
    agreeing: Mapping[int, Any],
    order: int,
    strangers: Mapping[str, list[ColumnLine]],
) -> tuple[int, ...]:
    shapes = [constraint.steps[i].shape for i in agreeing]
    if any(_named(shape, actual) for shape in shapes):
        name = 0
    elif strangers and all(_is_over_a_stranger(constraint, i, strangers) for i in agreeing):
        name = 3  # its name may well be the live one's: SQLite names anew what is over a column that was renamed
    elif any(shape is not None and shape.name == actual.name for shape in shapes):
        name = 1
    else:
        name = 2
    doubt = all(verdict_of(each) is Match.INCOMPARABLE for each in agreeing.values())
    return name, int(doubt), int(constraint.shape is None), order
