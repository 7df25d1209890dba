"""Constraints and indexes: missing, never finished, left, under another name, or in another shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis import wording
from schemaguard.schema.codes import Problem
from schemaguard.schema.compare import Match
from schemaguard.schema.objects import Constraint, PrimaryKey, Table, reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.findings.builder import FindingBuilder
    from schemaguard.diagnosis.model import Finding
    from schemaguard.history.object_timeline import ConstraintTimeline


def findings(finder: FindingBuilder, timeline: ConstraintTimeline, table: Table) -> Iterator[Finding]:
    expected_step = finder.location.expected_step(timeline)
    shape = timeline.steps[expected_step].shape
    place = finder.location.placement(timeline)
    if shape is None:
        # One that waits for its validation stands before the migration that makes it, and no operation removes it.
        op = timeline.steps[expected_step].op
        is_removed = (
            op is not None and finder.location.graph.recorded[op[0]]
        )  # of one that ran in part, its own finding tells
        actual = place.actual if is_removed and not finder.location.is_kept(timeline) else None
        if actual is not None and not isinstance(actual, PrimaryKey) and timeline.key[0] != "like":
            yield finder.left(timeline, actual.kind, table.name, actual.name, actual.columns)
        return
    if _is_as_expected(finder, timeline):  # nearly all are: no words are made for these
        return
    if finder.location.follows(timeline):
        return
    expected = wording.constraint(shape)
    name = (place.actual.name if place.actual is not None else None) or shape.name
    common: dict[str, Any] = {
        "table": table.name, "name": name, "columns": shape.columns or (tuple(sorted(reads(shape))) or None),
        "expected": expected, "what": f"{shape.kind.words} {name or expected} on {table.name}",
    }  # fmt: skip
    if place.actual is None and place.unfinished:  # the migration that was to make it again is told
        return
    if place.actual is not None and not (place.unfinished or place.lapsed):
        yield from _standing(finder, timeline, shape, place.actual, common)
    elif finder.location.has_a_cause_of_its_own(timeline, table, expected_step):
        yield _unmade(finder, timeline, shape, common)


def _is_as_expected(finder: FindingBuilder, timeline: ConstraintTimeline) -> bool:
    place = finder.location.placement(timeline)
    return (
        place.actual is not None
        and not (place.unfinished or place.renamed)
        and finder.location.is_where_expected(timeline)
        and not finder.location.differences(timeline)
        and finder.location.dropped_as_constraint(timeline) is None
    )


def _unmade(finder: FindingBuilder, timeline: ConstraintTimeline, shape: Constraint, common: dict[str, Any]) -> Finding:
    """Missing, never finished, not enforced, or in the shape of something else."""
    place = finder.location.placement(timeline)
    other = finder.location.in_another_shape.get(timeline) if place.actual is None else place.actual
    problem = Problem.MISSING if other is None or place.unfinished or place.lapsed else Problem.DIFFERENT
    actual = wording.constraint(other) if other is not None else None
    if problem is Problem.DIFFERENT and other is not None:
        common["name"] = other.name
        actual = _by_name(common, shape, other)
    return finder.about(timeline, shape.kind, problem, actual=actual, **common)


def _by_name(common: dict[str, Any], shape: Constraint, live: Constraint) -> str:
    """The live one in words: with both names, where nothing else of the words differs."""
    actual = wording.constraint(live)
    if actual == common["expected"] and live.name != shape.name:
        common["expected"], actual = f"{actual} called {shape.name}", f"{actual} called {live.name}"
    return actual


def _standing(
    finder: FindingBuilder, timeline: ConstraintTimeline, shape: Constraint, live: Constraint, common: dict[str, Any]
) -> Iterator[Finding]:
    if finder.location.placement(timeline).renamed:
        common.update(name=shape.name, expected=shape.name)
        common["what"] = f"{shape.kind.words} {shape.name} on {common['table']}"
        yield finder.about(
            timeline,
            shape.kind,
            Problem.DIFFERENT,
            actual=f"renamed to {live.name}",
            renamed="by its definition",
            **common,
        )
        return
    actual = wording.constraint(live)
    later = finder.location.dropped_as_constraint(timeline)
    if later is not None:
        common["expected"] = f"{common['expected']}, a constraint, as which {finder.called(later)} drops it"
        yield finder.about(timeline, shape.kind, Problem.DIFFERENT, actual=f"{actual}, an index alone", **common)
        return
    differences = finder.location.differences(timeline)
    in_place = finder.location.is_where_expected(timeline)
    doubtful = in_place and not any(each.match is Match.DIFFERENT for each in differences)
    if not in_place and not differences:  # it stands as before it was given a name
        actual = _by_name(common, shape, live)
    yield finder.about(
        timeline, shape.kind, Problem.INCOMPARABLE if doubtful else Problem.DIFFERENT, actual=actual,
        differences=differences, **common,
    )  # fmt: skip
