"""Which live column is which of the history: by its names, its shape, and the constraints that came with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from schemaguard.history.constraint_names import usual_names
from schemaguard.location.matching import ranks
from schemaguard.location.matching.placements import ExtraColumn, MatchResult, Placement, absent, place_of, weight
from schemaguard.location.matching.under_way import under_way
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Column, Constraint, ForeignKey, Table
from schemaguard.schema.renaming import renamed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, TableTimeline
    from schemaguard.schema.compare import Comparer

Claim = tuple[ranks.ColumnRank, "ColumnTimeline", str]
"""To the live column of that name."""


def match_columns(
    timeline: TableTimeline, comparer: Comparer, matched: MatchResult, recorded: Mapping[Op, bool]
) -> None:
    """Which live column is whose, by name; then which of the rest seem to be renamed."""
    table = comparer.table
    claimed = _claimed(timeline, comparer, matched, recorded)
    for column in timeline.every_column:
        matched.places[column] = _column_place(column, claimed.get(column), comparer, recorded)
    taken = set(claimed.values())
    free = [name for name in table.columns if name not in taken]
    for column, step, name in _renamed_columns(timeline, table, free, matched, recorded):
        if name not in free:
            continue  # another has it by now
        matched.places[column] = Placement((step,), table.columns[name], nearest=True, renamed=True)
        shape = column.steps[step].shape
        matched.renamed_columns[table.name, name] = shape.name if shape is not None else name
        free.remove(name)
    matched.extra_columns.extend(ExtraColumn(timeline, table, name) for name in free)


def _claimed(
    timeline: TableTimeline, comparer: Comparer, matched: MatchResult, recorded: Mapping[Op, bool]
) -> dict[ColumnTimeline, str]:
    """The live column of each, by a name that it bears at some time. Where several claim one, the best has it."""
    table = comparer.table
    names = [
        [(age, name) for age, name in enumerate(names_of(column)) if name in table.columns]
        for column in timeline.every_column
    ]
    times = Counter(name for each in names for _, name in each)
    claimed: dict[ColumnTimeline, str] = {}
    contested: list[tuple[int, ColumnTimeline, list[tuple[int, str]]]] = []
    for order, (column, each) in enumerate(zip(timeline.every_column, names, strict=True)):
        if any(times[name] > 1 for _, name in each):
            matched.contested.add(column)
        if len(each) == 1 and times[each[0][1]] == 1:  # no other timeline claims it, nor does this one claim another
            claimed[column] = each[0][1]
        elif each:
            contested.append((order, column, each))
    sure = {name: _began(column) for column, name in claimed.items()} if contested else {}
    came = {name: _bearers(timeline, name) for name in {name for *_, each in contested for _, name in each}}
    wanted: list[Claim] = []
    for order, column, each in contested:
        for age, name in each:
            is_recorded, score = _score(column, name, comparer, recorded)
            score += ranks.BEREAVED * _bereaved(column, name, timeline, table)
            rank = ranks.ColumnRank(
                score=score,
                is_unrecorded=not is_recorded,
                is_too_late=_is_too_late(column, came[name], timeline, matched, claimed),
                is_too_early=_is_too_early(column, name, table, sure),
                age=age,
                order=-order,
            )
            wanted.append((rank, column, name))
    while wanted:
        claims = Counter(column for _, column, _ in wanted)
        _, column, name = min(wanted, key=partial(_rank_beside_others, claims))
        claimed[column] = name
        wanted = [claim for claim in wanted if claim[1] is not column and claim[2] != name]
    return claimed


def match_computed(
    timeline: TableTimeline, comparer: Comparer, matched: MatchResult, recorded: Mapping[Op, bool]
) -> None:
    """Matches again the generated columns that read renamed ones, of which this comparer knows."""
    names = set(comparer.names.values())  # a catalog need not tell what such a column reads
    for column in timeline.every_column if names else ():
        place = matched.places[column]
        computed = [step.shape.generated for step in column.steps if step.shape and step.shape.generated]
        if place.actual is not None and not place.renamed and any(names & each.columns for each in computed):
            found = _column_place(column, place.actual.name, comparer, recorded)
            matched.places[column] = replace(found, actual=place.actual)


def _renamed_columns(
    timeline: TableTimeline, table: Table, free: list[str], matched: MatchResult, recorded: Mapping[Op, bool]
) -> list[tuple[ColumnTimeline, int, str]]:
    """Columns that are missing, each with a step and the one unknown column that may be it.

    Only a column of the same type is a candidate, and first one over which an index or a key still bears its name. One
    that is recorded is missed after its last step. One that is not may be yet to come, unless such an index tells.
    """
    if not free:
        return []
    former = {name: _called_after(timeline, table, name) for name in free}
    kinds = {}
    found = []
    for column in (each for each in timeline.every_column if matched.places[each].actual is None):
        step = column.recorded_step(recorded)
        shape = column.steps[step].shape
        if step > 0 and shape is not None:
            kinds[column] = step, (shape.type, shape.nullable)
        elif step == 0:
            found += [
                (column, step, name)
                for name in free
                for step in _steps_like(column, table.columns[name], former[name])[-1:]
            ][:1]
    for column, (step, _) in list(kinds.items()):
        known = [name for name in free if step in _steps_like(column, table.columns[name], former[name])]
        if len(known) == 1:
            found.append((column, step, known[0]))
            del kinds[column]
    rivals = Counter(kind for _, kind in kinds.values())
    taken = {name for _, _, name in found}
    left = [name for name in free if name not in taken]
    for column, (step, kind) in kinds.items():
        like = [name for name in left if (table.columns[name].type, table.columns[name].nullable) == kind]
        if len(like) == rivals[kind] == 1:
            found.append((column, step, like[0]))
    return found


def _called_after(timeline: TableTimeline, table: Table, name: str) -> set[str]:
    """The names that a live column may have had, since constraints over it are called after them."""
    over = [each for each in table.constraints if name in each.columns]
    return _by_shapes(timeline, over, name) | _by_digests(timeline, table, over, name) if over else set()


def _by_shapes(timeline: TableTimeline, over: Collection[Constraint], name: str) -> set[str]:
    """By constraints of the history that are alike but for that name. A primary key is called after its table alone."""
    found = set()
    for constraint in timeline.every_constraint:
        for step in constraint.steps:
            if step.shape is None:
                continue
            kind, columns = step.shape.kind, step.shape.columns
            names = usual_names(timeline.name_at(step.at), step.shape)
            for live in over:
                if live.kind is kind and (kind is Kind.PRIMARY_KEY or live.name in names):
                    if len(live.columns) == len(columns):
                        other = {pair for pair in zip(live.columns, columns, strict=True) if pair[0] != pair[1]}
                        found |= {new for old, new in other if old == name and len(other) == 1}
    return found


def _by_digests(timeline: TableTimeline, table: Table, over: Collection[Constraint], name: str) -> set[str]:
    """By names of Django's editor, which have a digest of what table and columns were called at that moment."""
    names = {each for column in timeline.every_column for each in names_of(column)} - table.columns.keys()
    return {
        each
        for live in over
        for each in names
        for digest in timeline.digests(renamed(live.columns, name, each))
        if live.name and digest in live.name
    }


def _steps_like(column: ColumnTimeline, live: Column, names: Collection[str]) -> list[int]:
    """The steps at which a column has one of the names, and the type of a live column."""
    return [
        i
        for i, step in enumerate(column.steps)
        if step.shape is not None
        and step.shape.name in names
        and (step.shape.type, step.shape.nullable) == (live.type, live.nullable)
    ]


def _score(column: ColumnTimeline, name: str, comparer: Comparer, recorded: Mapping[Op, bool]) -> tuple[bool, int]:
    """(whether the records say that a timeline has that name now, its score by shape, constraints and records)."""
    weights, believed, ended = [], False, True
    for i, step in enumerate(column.steps):
        if step.shape is not None and step.shape.name == name:
            weights.append(weight(comparer.column(step.shape, comparer.table.columns[name])))
            end = column.steps[i + 1].op if i + 1 < len(column.steps) else None
            is_over = end is not None and recorded.get(end, False)
            ended = ended and is_over
            believed = believed or ((step.op is None or recorded.get(step.op, False)) and not is_over)
    score = ranks.OTHER_SHAPE * min(weights) + _lacking(column, name, comparer.table)
    return believed, score + ranks.NAME_GIVEN_UP * int(ended)


def _rank_beside_others(claims: Mapping[ColumnTimeline, int], claim: Claim) -> ranks.ColumnRank:
    """The rank of a claim, beside so many of each timeline."""
    rank, column, _ = claim
    return rank._replace(score=rank.score + ranks.HAS_OTHERS) if claims[column] > 1 else rank


def _began(column: ColumnTimeline) -> tuple[int, int]:
    return next(step.at for step in column.steps if step.shape is not None)


def _took(column: ColumnTimeline, name: str) -> Op:
    """When it came to bear that name."""
    return next(step.at for step in column.steps if step.shape is not None and step.shape.name == name)


def _is_too_early(column: ColumnTimeline, name: str, table: Table, sure: Mapping[str, tuple[int, int]]) -> bool:
    """Whether a live column stands before one that was there before it; `sure`: when those that are sure were made.

    A column is added at the end. One that went and came again alike leaves no other trace of that.
    """
    began = _began(column)
    behind = list(table.columns)[list(table.columns).index(name) + 1 :]
    return any(sure[each] < began for each in behind if each in sure)


def _bearers(timeline: TableTimeline, name: str) -> dict[ColumnTimeline, Op]:
    """The columns that bear a name at some time, with when each of them came to bear it."""
    return {each: _took(each, name) for each in timeline.every_column if name in names_of(each)}


def _is_too_late(
    column: ColumnTimeline,
    came: Mapping[ColumnTimeline, Op],
    timeline: TableTimeline,
    matched: MatchResult,
    claimed: Collection[ColumnTimeline],
) -> bool:
    """Whether most of what came since the name was first borne, and before it is this column's, is not there.

    Example: `kinds` is added, then `rank`; later `again` takes the place and the name of `kinds`. Where `rank` is not
    there, the live `kinds` is the first one. What the history removes later proves nothing by not being there.

    `came`: the bearers of the name. `claimed` are the columns that stand, of those that are not contested.
    """
    first, its = min(came.values()), came[column]
    since = [
        each in claimed
        for each in timeline.every_column
        if each not in matched.contested
        and first < _began(each) < its
        and each.steps[-1].shape is not None
        and each.shape_after(lambda op: op < its) is not None
    ]
    return sum(since) * 2 < len(since)


def _bereaved(column: ColumnTimeline, name: str, timeline: TableTimeline, table: Table) -> int:
    """How many columns that had the name before, and were renamed, are missing under their new one if this is it."""
    began = _took(column, name)
    missing = 0
    for other in timeline.every_column:
        if other is column or name not in names_of(other) or other.steps[-1].shape is None:
            continue
        before = [step.shape for step in other.steps if step.at < began]
        if before and before[-1] is not None and before[-1].name not in table.columns:
            missing += any(shape is not None and shape.name == name for shape in before)
    return missing


def _lacking(column: ColumnTimeline, name: str, table: Table) -> int:
    """What is wrong with the constraints over this column alone, in points."""
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
                unlike = bool(names) and names.isdisjoint(usual_names(constraint.table.name_at(step.at), shape))
                if not live:
                    lacking += ranks.WITHOUT_ITS_CONSTRAINT
                elif unlike:
                    lacking += ranks.CONSTRAINT_OF_ANOTHER_NAME
    strange = {each.kind for each in alone} - explained - {Kind.PRIMARY_KEY}
    return lacking + ranks.CONSTRAINT_OF_ANOTHER_KIND * len(strange)


def _points_alike(timeline: ConstraintTimeline, actual: Constraint) -> bool:
    """Whether a live foreign key points where the timeline's does at some step; anything else points nowhere."""
    targets = {step.shape.target for step in timeline.steps if isinstance(step.shape, ForeignKey)}
    return not isinstance(actual, ForeignKey) or actual.target in targets


def names_of(column: ColumnTimeline) -> list[str]:
    """Every name that a column bears, the latest first."""
    if len(column.steps) == 2 and (only := column.steps[1].shape) is not None and column.steps[0].shape is None:
        return [only.name]
    return list(dict.fromkeys(step.shape.name for step in reversed(column.steps) if step.shape is not None))


def _column_place(
    column: ColumnTimeline, name: str | None, comparer: Comparer, recorded: Mapping[Op, bool]
) -> Placement:
    if name is None:
        return absent(column)
    actual = comparer.table.columns[name]
    differences = {
        i: comparer.column(step.shape, actual)
        for i, step in enumerate(column.steps)
        if step.shape is not None and step.shape.name == name
    }
    place = place_of(column, differences, actual)
    if place.nearest and comparer.answers.alters_in_parts:
        return under_way(column, differences, comparer, actual, recorded) or place
    return place
