"""Columns: missing, left, under another name, or in another shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.findings.builder import Teller
from schemaguard.diagnosis.findings.extras import breaks_inserts
from schemaguard.diagnosis.findings.unknown_defaults import strange_default
from schemaguard.diagnosis.model import Finding, Problem
from schemaguard.history.object_timeline import ColumnLine
from schemaguard.schema.compare import Match
from schemaguard.schema.objects import Column, Kind, Table


def findings(teller: Teller, line: ColumnLine, table: Table) -> Iterator[Finding]:
    step = line.steps[teller.due[line]]
    actual = teller.matched.places[line].actual
    if step.shape is None:
        if actual is not None:
            yield teller.left(line, Kind.COLUMN, table.name, actual.name, (actual.name,), breaks_inserts(actual))
        return
    name = step.shape.name
    common: dict[str, Any] = {"table": table.name, "name": name, "columns": (name,), "what": f"{table.name}.{name}"}
    if actual is None:
        if step.op is not None:
            yield teller.about(line, Kind.COLUMN, Problem.MISSING, expected=wording.column(step.shape), **common)
    elif teller.matched.places[line].renamed:
        yield teller.about(
            line, Kind.COLUMN, Problem.DIFFERENT, expected=name, actual=f"renamed to {actual.name}",
            renamed="by its type", **common,
        )  # fmt: skip
    elif not teller.differences(line) and teller.due[line] == teller.positions[line]:
        strange = strange_default(line, step.shape, actual, table, teller.graph)
        if strange is not None:
            yield teller.note(line, strange)
    else:
        yield _differing(teller, line, step.shape, actual, {**common, "name": actual.name, "columns": (actual.name,)})


def _differing(teller: Teller, line: ColumnLine, shape: Column, live: Column, common: dict[str, Any]) -> Finding:
    differences = teller.differences(line)
    if {each.attribute for each in differences} == {"comment"}:
        return teller.about(
            line, Kind.COMMENT, Problem.DIFFERENT, expected=shape.comment, actual=live.comment, **common
        )
    expected, actual = wording.column(shape), wording.column(live)
    if not differences and shape.name != live.name:
        expected, actual = shape.name, f"still called {live.name}"
    if any(each.match is Match.DIFFERENT for each in differences) or teller.due[line] != teller.positions[line]:
        return teller.about(
            line, Kind.COLUMN, Problem.DIFFERENT, expected=expected, actual=actual, differences=differences, **common
        )
    return teller.about(line, Kind.COLUMN, Problem.INCOMPARABLE, expected=expected, actual=actual, **common)
