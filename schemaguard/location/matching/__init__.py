"""Holds every timeline against the live schema: which of its steps agree with what stands there.

The matching loop is written once for constraints of all kinds; tables and columns are found by their names, of which
they may have had several. Nothing is decided here: a line that fits in two places keeps both, and `resolve` chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from operator import attrgetter

from schemaguard.history.object_timeline import AnyLine, ColumnLine, ConstraintLine, Op, OtherLine, TableLine, reads
from schemaguard.history.timelines import Timeline
from schemaguard.location.matching.columns import match_columns
from schemaguard.location.matching.constraints import is_like, match_constraints
from schemaguard.location.matching.placements import Matched, Place, absent, with_what_came_to_nothing
from schemaguard.location.matching.tables import match_tables, strange_views
from schemaguard.schema.compare import Answers, Comparer
from schemaguard.schema.objects import Column, Constraint, Owner, Schema, Table

__all__ = ["InDoubt", "Matched", "Place", "is_like", "match", "match_again"]

_HAS_SLACK = attrgetter("has_slack")
InDoubt = Callable[[AnyLine, "Column | Constraint | None"], bool]


def match(
    timeline: Timeline,
    schema: Schema,
    answers: Answers,
    recorded: Mapping[Op, bool],
    in_doubt: InDoubt,
) -> Matched:
    """One pass over all lines. `recorded` says of an operation whether its migration is recorded."""
    matched = Matched(unread=timeline.unread, views=strange_views(timeline, schema), one_name=schema.is_name_of)
    match_tables(timeline, schema, matched, recorded, lambda line: in_doubt(line, None))
    _match_parts(timeline.every_table, answers, matched, recorded, in_doubt)
    for other in timeline.others.values():
        matched.places[other] = _other_place(other, schema, in_doubt)
    return matched


def _other_place(line: OtherLine, schema: Schema, in_doubt: InDoubt) -> Place:
    """Where a view or the like may stand: anywhere, where nobody looks for its kind, or code may have dropped it."""
    there = schema.has_other(line.kind, line.name)
    if not there and (line.kind not in schema.kinds or in_doubt(line, None)):
        return Place(tuple(range(len(line.steps))), in_doubt=True)
    allowed = tuple(i for i, step in enumerate(line.steps) if bool(step.shape) == there)
    place = Place(allowed or (0,), actual=there or None)
    return with_what_came_to_nothing(line, place) if line.has_slack else place


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
    renamed = {
        table.name: shape.name
        for line, table in matched.tables.items()
        if (place := matched.places[line]).renamed and (shape := line.steps[place.allowed[0]].shape) is not None
    }
    comparers: dict[TableLine, Comparer] = {}
    for line in lines:
        table = matched.tables.get(line)
        if table is None or _unreadable(table):
            for part in line.parts:
                matched.places[part] = absent(part)
        else:
            comparer = Comparer(table, answers, renamed, matched.one_name, matched.renamed_columns)
            comparers[line] = comparer
            match_columns(line, comparer, matched, recorded)
    for line in lines:  # keys point at columns of other tables
        if line in comparers:
            match_constraints(line, comparers[line], matched, recorded)
            _leave_open(line, matched, in_doubt)
        for each in filter(_HAS_SLACK, (line, *line.parts)):
            matched.places[each] = with_what_came_to_nothing(each, matched.places[each])


def _leave_open(line: TableLine, matched: Matched, in_doubt: InDoubt) -> None:
    """What is lost, and may have been altered or dropped by code: it may stand anywhere, and so may what it carried."""
    gone: set[str] = set()
    for part in line.parts:  # the columns first
        place = matched.places[part]
        if part.shape is None or place.renamed or not (place.actual is None or place.nearest):
            continue
        if not (in_doubt(part, place.actual) or (isinstance(part, ConstraintLine) and _hangs_on(part, gone))):
            continue
        if isinstance(part, ColumnLine) and place.actual is None:
            gone.update(step.shape.name for step in part.steps if step.shape is not None)
        allowed = tuple(range(len(part.steps)))
        matched.places[part] = Place(allowed, place.actual, in_doubt=True, differences=place.differences)


def _hangs_on(constraint: ConstraintLine, columns: Collection[str]) -> bool:
    return any(not reads(step.shape).isdisjoint(columns) for step in constraint.steps if step.shape is not None)


def _unreadable(table: Table) -> bool:
    return table.owner in (Owner.PARTITION,)
