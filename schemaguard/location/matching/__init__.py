"""Holds every timeline against the live schema: which of its steps agree with what stands there.

The matching loop is written once for constraints of all kinds. Tables and columns are found by their names, of which
they may have had several. Which step is the right one is not decided here: an object that fits two steps keeps both,
and `story` chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    OtherTimeline,
    TableTimeline,
)
from schemaguard.location.matching.columns import match_columns, match_computed
from schemaguard.location.matching.constraints import is_like, is_named_for_a_key, match_constraints
from schemaguard.location.matching.placements import (
    ExtraConstraint,
    MatchResult,
    Placement,
    absent,
    with_what_came_to_nothing,
)
from schemaguard.location.matching.tables import match_tables, strange_views
from schemaguard.schema.compare import Answers, Comparer
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Column, Constraint, Owner, Schema, Table, reads

if TYPE_CHECKING:
    from schemaguard.history.timelines import Timelines

__all__ = ["InDoubt", "MatchResult", "Placement", "is_like", "is_named_for_a_key", "match", "match_again"]

_HAS_SLACK = attrgetter("has_slack")
InDoubt = Callable[[AnyTimeline, "Column | Constraint | None"], bool]


def match(
    timelines: Timelines,
    schema: Schema,
    answers: Answers,
    recorded: Mapping[Op, bool],
    in_doubt: InDoubt,
    is_sole: Callable[[Constraint], bool],
    stopped: Collection[int] = (),
) -> MatchResult:
    """One pass over all timelines. `recorded` says of an operation whether its migration is recorded.

    `is_sole` says of a live constraint or index whether no other table can have one of its name.
    """
    views = strange_views(timelines, schema)
    matched = MatchResult(unread=timelines.unread, views=views, stopped=stopped, one_name=schema.is_name_of)
    match_tables(timelines, schema, matched, recorded, lambda timeline: in_doubt(timeline, None), is_sole)
    _match_parts(timelines.every_table, answers, matched, recorded, in_doubt)
    for other in timelines.others.values():
        matched.places[other] = _other_place(other, schema, in_doubt)
    return matched


def _other_place(timeline: OtherTimeline, schema: Schema, in_doubt: InDoubt) -> Placement:
    """The steps that a view or the like fits: all, where no query looks for its kind, or code may have dropped it."""
    there = schema.has_other(timeline.kind, timeline.name)
    views = {each.on for each in timeline.statements if each.on is not None and timeline.kind is Kind.VIEW_INDEX}
    if views and not there and not any(schema.has_other(Kind.VIEW, view) for view in views):
        return Placement(tuple(range(len(timeline.steps))), in_doubt=True)  # the view tells, whatever became of it
    if not there and (timeline.kind not in schema.kinds or in_doubt(timeline, None)):
        return Placement(tuple(range(len(timeline.steps))), in_doubt=True)
    allowed = tuple(i for i, step in enumerate(timeline.steps) if bool(step.shape) == there)
    place = Placement(allowed or (0,), actual=there or None)
    return with_what_came_to_nothing(timeline, place) if timeline.has_slack else place


def match_again(
    timelines: Timelines,
    matched: MatchResult,
    answers: Answers,
    recorded: Mapping[Op, bool],
    in_doubt: InDoubt,
    tables: Collection[str],
) -> None:
    """Matches the timelines of these tables anew, now that `answers` say more; the others stay as they are."""
    rematched = {timeline: None for timeline, table in matched.tables.items() if table.name in tables}
    matched.extra_columns = [each for each in matched.extra_columns if each.timeline not in rematched]
    matched.extra_constraints = [each for each in matched.extra_constraints if each.timeline not in rematched]
    _match_parts(rematched, answers, matched, recorded, in_doubt)
    order = {timeline: position for position, timeline in enumerate(timelines.every_table)}
    matched.extra_columns.sort(key=lambda each: order[each.timeline])
    matched.extra_constraints.sort(key=lambda each: order[each.timeline])


def _match_parts(
    timelines: Iterable[TableTimeline],
    answers: Answers,
    matched: MatchResult,
    recorded: Mapping[Op, bool],
    in_doubt: InDoubt,
) -> None:
    """The placements of the columns and constraints of these tables."""
    renamed = {
        table.name: shape.name
        for timeline, table in matched.tables.items()
        if (place := matched.places[timeline]).renamed and (shape := timeline.steps[place.allowed[0]].shape) is not None
    }
    comparers: dict[TableTimeline, Comparer] = {}
    for timeline in timelines:
        table = matched.tables.get(timeline)
        if table is None or _unreadable(table):
            for part in timeline.parts:
                matched.places[part] = absent(part)
        else:
            comparers[timeline] = Comparer(table, answers, renamed, matched.one_name)
            match_columns(timeline, comparers[timeline], matched, recorded)
    for timeline in timelines:  # keys point at columns of other tables
        if timeline in comparers:
            comparer, table = comparers[timeline], matched.tables[timeline]
            if matched.renamed_columns:
                comparer = Comparer(table, answers, renamed, matched.one_name, matched.renamed_columns)
                match_computed(timeline, comparer, matched, recorded)
            match_constraints(timeline, comparer, matched, recorded)
            if comparer.table is not table:
                _as_read(timeline, comparer.table, matched)
            _leave_open(timeline, matched, in_doubt)
        for each in filter(_HAS_SLACK, (timeline, *timeline.parts)):
            matched.places[each] = with_what_came_to_nothing(each, matched.places[each])


def _as_read(timeline: TableTimeline, renamed: Table, matched: MatchResult) -> None:
    """Gives back to what was matched by the names that columns should have those that it has."""
    live = matched.tables[timeline]
    read = dict(zip(map(id, renamed.constraints), live.constraints, strict=True))
    for constraint in timeline.every_constraint:
        place = matched.places[constraint]
        matched.places[constraint] = replace(place, actual=read.get(id(place.actual), place.actual))
    matched.extra_constraints = [
        ExtraConstraint(timeline, live, read[id(each.constraint)]) if each.timeline is timeline else each
        for each in matched.extra_constraints
    ]


def _leave_open(timeline: TableTimeline, matched: MatchResult, in_doubt: InDoubt) -> None:
    """What is lost and may have been altered or dropped by code: it fits every step, and so does what hung on it."""
    gone: set[str] = set()
    for part in timeline.parts:  # the columns first
        place = matched.places[part]
        if part.shape is None or place.renamed or not (place.actual is None or place.nearest):
            continue
        if not (in_doubt(part, place.actual) or (isinstance(part, ConstraintTimeline) and _hangs_on(part, gone))):
            continue
        if isinstance(part, ColumnTimeline) and place.actual is None:
            gone.update(step.shape.name for step in part.steps if step.shape is not None)
        allowed = tuple(range(len(part.steps)))
        matched.places[part] = Placement(allowed, place.actual, in_doubt=True, differences=place.differences)


def _hangs_on(constraint: ConstraintTimeline, columns: Collection[str]) -> bool:
    return any(not reads(step.shape).isdisjoint(columns) for step in constraint.steps if step.shape is not None)


def _unreadable(table: Table) -> bool:
    return table.owner in (Owner.PARTITION,)
