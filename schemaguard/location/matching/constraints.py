"""Which live constraint or index is which of the history: by definition, and by name where it has one of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    TableTimeline,
)
from schemaguard.location.matching.begun import begun_alterations, dropped_to_be_remade
from schemaguard.location.matching.candidates import BespokeConstraints, LiveConstraints, is_same
from schemaguard.location.matching.columns import names_of
from schemaguard.location.matching.placements import SHORT, ExtraConstraint, MatchResult, Placement, absent, place_of
from schemaguard.location.matching.ranks import ConstraintRank, NameFit
from schemaguard.schema.compare import Comparer, Difference, Match, verdict_of
from schemaguard.schema.objects import Constraint, ForeignKey, Index, reads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def is_like(actual: Constraint) -> bool:
    """Whether a live index is one that Django's PostgreSQL editor adds to a text key, by its class and name."""
    return (
        isinstance(actual, Index)
        and (actual.name or "").endswith("_like")
        and len(actual.parts) == 1
        and actual.parts[0].opclass in ("varchar_pattern_ops", "text_pattern_ops")
    )


Pair = tuple[ConstraintRank, ConstraintTimeline, int]
"""A rank, a timeline, and the number of a live constraint that it may be."""
Candidates = dict[ConstraintTimeline, dict[int, dict[int, tuple[Difference, ...]]]]


def match_constraints(
    timeline: TableTimeline, comparer: Comparer, matched: MatchResult, recorded: Mapping[Op, bool]
) -> None:
    """Claims live constraints for timelines, the surest claim first: name and definition, usual name, definition."""
    live = [each for each in comparer.table.constraints if each.name not in matched.unread]
    if len(live) < len(comparer.table.constraints):
        unread = [each for each in comparer.table.constraints if each.name in matched.unread]
        matched.extra_constraints.extend(ExtraConstraint(timeline, comparer.table, each) for each in unread)
    if comparer.answers.alters_in_parts:
        left = _left_by_keys(timeline, live)
        live = [each for number, each in enumerate(live) if number not in left]
    lookup = LiveConstraints(live, timeline, matched)
    strangers = _strangers(timeline, matched)
    if not strangers and (sure := _as_expected(timeline, lookup, comparer, recorded)) is not None:
        matched.places.update(sure)
        known = {id(place.actual) for place in sure.values()}
        strange = (each for each in live if id(each) not in known)
        matched.extra_constraints.extend(ExtraConstraint(timeline, comparer.table, each) for each in strange)
        return
    pairs, found = _candidates(
        timeline, live, comparer, BespokeConstraints(timeline, lookup, comparer, recorded), lookup, strangers
    )
    begun = begun_alterations(found, live, recorded)
    claims = _claims(timeline, live, pairs, found, begun)
    taken = set(claims.values())
    for constraint in timeline.every_constraint:
        if constraint in claims:
            number = claims[constraint]
            place = begun.get((constraint, number)) or place_of(constraint, found[constraint][number], live[number])
            matched.places[constraint] = _or_left_behind(constraint, place)
        else:
            remade = dropped_to_be_remade(constraint, matched.stopped, matched.places) if constraint.remade else None
            matched.places[constraint] = remade or absent(constraint)
    for constraint, step, number in _renamed_constraints(timeline, live, taken, comparer, matched, recorded):
        matched.places[constraint] = Placement((step,), live[number], nearest=True, renamed=True)
        taken.add(number)
    matched.extra_constraints.extend(
        ExtraConstraint(timeline, comparer.table, actual) for number, actual in enumerate(live) if number not in taken
    )


def _left_by_keys(timeline: TableTimeline, live: Sequence[Constraint]) -> set[int]:
    """The numbers of the live indexes that bear the name of a foreign key: the server made them for one.

    The history may have such an index, which stays when the key goes. It bears the name of that key; or, in a database
    that was dumped and restored meanwhile, that of an earlier key over the same columns.
    """
    keys = timeline.names_of_keys
    shapes = [step.shape for constraint in timeline.every_constraint for step in constraint.steps]
    stay = {(each.name, each.columns) for each in shapes if isinstance(each, Index) and each.name is not None}
    names = {name for name, _ in stay}
    columns = {columns for name, columns in stay if name in keys}
    standing = {each.name: each.columns for each in live if isinstance(each, ForeignKey)}
    gone = columns - set(standing.values())
    return {
        number
        for number, each in enumerate(live)
        if isinstance(each, Index)
        and each.name in keys
        and (each.name in standing or (each.name not in names and each.columns not in gone))
    }


def _candidates(
    timeline: TableTimeline, live: list[Constraint], comparer: Comparer, bespoke: BespokeConstraints,
    lookup: LiveConstraints, strangers: Mapping[str, list[ColumnTimeline]],
) -> tuple[list[Pair], Candidates]:  # fmt: skip
    """What each timeline may be, with its rank, and what differs at each of its steps."""
    pairs: list[Pair] = []
    found: Candidates = {}
    for order, constraint in enumerate(timeline.every_constraint):
        candidates = found[constraint] = lookup.timeline(constraint, comparer)
        for number, differences in list(candidates.items()):
            actual = live[number]
            agreeing = {i: each for i, each in differences.items() if verdict_of(each) is not Match.DIFFERENT}
            if not agreeing:
                continue
            rank = _rank(constraint, actual, agreeing, order, strangers)
            if rank.name <= NameFit.USUAL or not bespoke.are_rather(constraint, actual):
                pairs.append((rank, constraint, number))
            else:
                del candidates[number]
    return pairs, found


def _claims(
    timeline: TableTimeline,
    live: list[Constraint],
    pairs: list[Pair],
    found: Candidates,
    begun: Mapping[tuple[ConstraintTimeline, int], Placement],
) -> dict[ConstraintTimeline, int]:
    """The surest claims first. Last come those where only the name fits, or an operation has begun."""
    claims: dict[ConstraintTimeline, int] = {}
    taken: set[int] = set()
    for _, constraint, number in sorted(pairs, key=lambda pair: pair[0]):
        if constraint not in claims and number not in taken:
            claims[constraint] = number
            taken.add(number)
    for constraint in timeline.every_constraint:
        for number, by_step in found[constraint].items():
            if constraint not in claims and number not in taken:
                if (constraint, number) in begun or any(
                    _named(constraint.steps[i].shape, live[number]) or {each.attribute for each in unlike} <= SHORT
                    for i, unlike in by_step.items()
                ):
                    claims[constraint] = number
                    taken.add(number)
    return claims


def _as_expected(
    timeline: TableTimeline, lookup: LiveConstraints, comparer: Comparer, recorded: Mapping[Op, bool]
) -> dict[AnyTimeline, Placement] | None:
    """The placements, where under the name of each constraint stands just what its timeline expects.

    None where claims have to be ranked. Nearly every table needs no ranking, which is slower and would say the same.
    """
    live = lookup.live
    places: dict[AnyTimeline, Placement] = {}
    claimed: set[int] = set()
    for constraint in timeline.every_constraint:
        expected = constraint.shape
        if expected is None:
            shapes = [step.shape for step in constraint.steps if step.shape is not None]
            is_there = any(lookup.meant(shape, reads(shape)) for shape in shapes)
            if is_there or constraint.steps[constraint.recorded_step(recorded)].shape is not None:
                return None
            places[constraint] = absent(constraint)
            continue
        if len(constraint.steps) != 2 or constraint.steps[0].shape is not None:
            return None
        needs = reads(expected)
        if not needs <= comparer.table.columns.keys():
            return None
        alike = {
            number: differences
            for number in lookup.bearing(expected) or lookup.meant(expected, needs)
            if verdict_of(differences := comparer.compare(expected, live[number])) is not Match.DIFFERENT
        }
        if len(alike) != 1 or not claimed.isdisjoint(alike):
            return None
        for number, differences in alike.items():
            claimed.add(number)
            places[constraint] = Placement((1,), live[number], differences={1: differences})
    return places


def _or_left_behind(constraint: ConstraintTimeline, place: Placement) -> Placement:
    """The placement of what may be there although no operation has made it yet, or one that removes it was carried out.

    Django drops a LIKE index by the name that it would have today, IF EXISTS: after a rename the old one stays. Its
    editor for MySQL makes an index for a foreign key before it drops another, under the name of the field's own.
    """
    if place.actual is None:
        return place
    absent_steps = {i for i, step in enumerate(constraint.steps) if step.shape is None}
    if isinstance(place.actual, Index) and place.actual.for_key and is_named_for_a_key(constraint.table, place.actual):
        left = absent_steps
    elif constraint.key[0] == "like":
        left = {i for i in absent_steps if i > 0 and _was_renamed(constraint, i)}
    else:
        left = set()
    return replace(place, allowed=tuple(sorted({*place.allowed, *left}))) if left else place


def is_named_for_a_key(timeline: TableTimeline, actual: Index) -> bool:
    """Whether Django's editor named it so, by the names of the table and the columns. It ends in their digest."""
    over = {actual.columns}
    if len(actual.columns) == 1:
        columns = (names_of(column) for column in timeline.every_column)
        over |= {(name,) for names in columns if actual.columns[0] in names for name in names}
    digests = (digest for names in over for digest in timeline.digests(names))
    return actual.name is not None and any(actual.name.endswith(f"_{digest}") for digest in digests)


def _was_renamed(constraint: ConstraintTimeline, gone: int) -> bool:
    """Whether its table or its column has another name at the step at which it goes than when it was made."""
    made = max((i for i, step in enumerate(constraint.steps[:gone]) if step.shape is None), default=-1) + 1
    first, last = constraint.steps[made], constraint.steps[gone - 1]
    assert first.shape is not None
    assert last.shape is not None
    tables = (constraint.table.name_at(each.at) for each in (first, constraint.steps[gone]))
    return first.shape.columns != last.shape.columns or len(set(tables)) > 1


def _renamed_constraints(
    timeline: TableTimeline,
    live: list[Constraint],
    taken: set[int],
    comparer: Comparer,
    matched: MatchResult,
    recorded: Mapping[Op, bool],
) -> Iterator[tuple[ConstraintTimeline, int, int]]:
    """Constraints with a name of their own that are missing, where an unknown one is the same but for its name.

    Each with the step of its timeline that it is the same as, and the number of the live one.
    """
    free = [number for number in range(len(live)) if number not in taken]
    for constraint in timeline.every_constraint if free else ():
        step = constraint.recorded_step(recorded)
        if constraint.steps[step].shape is None:
            step = len(constraint.steps) - 1
        shape = constraint.steps[step].shape
        if matched.places[constraint].actual is not None or shape is None or not shape.named:
            continue
        same = [n for n in free if is_same(shape, live[n], comparer)]
        if len(same) == 1:
            free.remove(same[0])
            yield constraint, step, same[0]


def _named(shape: Constraint | None, actual: Constraint) -> bool:
    return shape is not None and shape.named and shape.name == actual.name


def _strangers(timeline: TableTimeline, matched: MatchResult) -> dict[str, list[ColumnTimeline]]:
    """By name, the other columns of the history that had it once: what was over them is gone."""
    bearers: dict[str, list[ColumnTimeline]] = {}
    for column in timeline.every_column:
        for name in names_of(column):
            bearers.setdefault(name, []).append(column)
    return {
        name: [each for each in columns if (actual := matched.places[each].actual) is None or actual.name != name]
        for name, columns in bearers.items()
        if len(columns) > 1
    }


def _is_over_a_stranger(
    constraint: ConstraintTimeline, step: int, strangers: Mapping[str, list[ColumnTimeline]]
) -> bool:
    began = constraint.steps[step].at
    shape = constraint.steps[step].shape
    assert shape is not None  # a step that agrees with a live constraint
    for name in reads(shape) & strangers.keys():
        for column in strangers[name]:
            shapes = [each.shape for each in column.steps if each.at <= began]
            if shapes and shapes[-1] is not None and shapes[-1].name == name:
                return True
    return False


def _rank(
    constraint: ConstraintTimeline,
    actual: Constraint,
    agreeing: Mapping[int, Any],
    order: int,
    strangers: Mapping[str, list[ColumnTimeline]],
) -> ConstraintRank:
    shapes = [constraint.steps[i].shape for i in agreeing]
    if any(_named(shape, actual) for shape in shapes):
        name = NameFit.OWN
    elif strangers and all(_is_over_a_stranger(constraint, i, strangers) for i in agreeing):
        name = NameFit.OF_A_STRANGER
    elif any(shape is not None and shape.name == actual.name for shape in shapes):
        name = NameFit.USUAL
    else:
        name = NameFit.OTHER
    doubt = all(verdict_of(each) is Match.INCOMPARABLE for each in agreeing.values())
    other_form = all(_is_in_another_form(shape, actual) for shape in shapes)
    return ConstraintRank(name, doubt, other_form, constraint.shape is None, order)


def _is_in_another_form(shape: Constraint | None, actual: Constraint) -> bool:
    """A constraint against an index alone, which mean the same and are dropped by other statements."""
    return isinstance(shape, Index) and isinstance(actual, Index) and shape.constraint != actual.constraint
