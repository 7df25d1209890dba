"""Constraints and indexes: missing, never finished, left, under another name, or in another shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.findings.builder import Teller
from schemaguard.diagnosis.model import Finding, Problem
from schemaguard.history.object_timeline import ConstraintLine, reads
from schemaguard.schema.compare import Match
from schemaguard.schema.objects import Constraint, PrimaryKey, Table


def findings(teller: Teller, line: ConstraintLine, table: Table) -> Iterator[Finding]:
    due = teller.due[line]
    shape = line.steps[due].shape
    place = teller.matched.places[line]
    if shape is None:
        # One that waits for its validation stands before the migration that makes it, and no operation removes it.
        actual = place.actual if line.steps[due].op is not None and not teller.is_kept(line) else None
        if actual is not None and not isinstance(actual, PrimaryKey) and line.key[0] != "like":
            yield teller.left(line, actual.kind, table.name, actual.name, actual.columns)
        return
    expected = wording.constraint(shape)
    name = (place.actual.name if place.actual is not None else None) or shape.name
    common: dict[str, Any] = {
        "table": table.name, "name": name, "columns": shape.columns or (tuple(sorted(reads(shape))) or None),
        "expected": expected, "what": f"{shape.kind.words} {name or expected} on {table.name}",
    }  # fmt: skip
    if place.actual is not None and not place.unfinished:
        yield from _standing(teller, line, shape, place.actual, common)
    elif teller.has_a_cause_of_its_own(line, table, due):
        yield _unmade(teller, line, shape, common)


def _unmade(teller: Teller, line: ConstraintLine, shape: Constraint, common: dict[str, Any]) -> Finding:
    """Missing, never finished, or in the shape of something else."""
    place = teller.matched.places[line]
    other = teller.in_another_shape.get(line) if place.actual is None else place.actual
    problem = Problem.MISSING if other is None or place.unfinished else Problem.DIFFERENT
    actual = wording.constraint(other) if other is not None else None
    if problem is Problem.DIFFERENT and other is not None:
        common["name"] = other.name
        if actual == common["expected"] and other.name != shape.name:
            common["expected"], actual = f"{actual} called {shape.name}", f"{actual} called {other.name}"
    return teller.about(line, shape.kind, problem, actual=actual, **common)


def _standing(
    teller: Teller, line: ConstraintLine, shape: Constraint, live: Constraint, common: dict[str, Any]
) -> Iterator[Finding]:
    if teller.matched.places[line].renamed:
        common.update(name=shape.name, expected=shape.name)
        common["what"] = f"{shape.kind.words} {shape.name} on {common['table']}"
        yield teller.about(
            line, shape.kind, Problem.DIFFERENT, actual=f"renamed to {live.name}", renamed="by its definition", **common
        )
        return
    actual = wording.constraint(live)
    later = teller.dropped_as_constraint(line)
    if later is not None:
        common["expected"] = f"{common['expected']}, a constraint, as which {teller.called(later)} drops it"
        yield teller.about(line, shape.kind, Problem.DIFFERENT, actual=f"{actual}, an index alone", **common)
        return
    differences = teller.differences(line)
    in_place = teller.due[line] == teller.positions[line]
    if in_place and not differences:
        return
    doubtful = in_place and not any(each.match is Match.DIFFERENT for each in differences)
    yield teller.about(
        line, shape.kind, Problem.INCOMPARABLE if doubtful else Problem.DIFFERENT, actual=actual,
        differences=differences, **common,
    )  # fmt: skip
