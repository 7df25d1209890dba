"""Columns: missing, left, under another name, or in another shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.findings.extras import breaks_inserts
from schemaguard.diagnosis.findings.unknown_defaults import strange_default
from schemaguard.schema.codes import Problem
from schemaguard.schema.compare import Match
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.findings.builder import FindingBuilder
    from schemaguard.diagnosis.model import Finding
    from schemaguard.history.object_timeline import ColumnTimeline
    from schemaguard.schema.objects import Column, Table


def findings(finder: FindingBuilder, timeline: ColumnTimeline, table: Table) -> Iterator[Finding]:
    step = timeline.steps[finder.location.expected_step(timeline)]
    actual = finder.location.live(timeline)
    if step.shape is None:
        # One that an AddField has begun stands before its migration, and no operation removes it.
        if actual is not None and not finder.location.placement(timeline).unfinished:
            yield finder.left(timeline, Kind.COLUMN, table.name, actual.name, (actual.name,), breaks_inserts(actual))
        return
    name = step.shape.name
    common: dict[str, Any] = {"table": table.name, "name": name, "columns": (name,), "what": f"{table.name}.{name}"}
    if actual is None:
        if step.op is not None:
            yield finder.about(timeline, Kind.COLUMN, Problem.MISSING, expected=wording.column(step.shape), **common)
    elif finder.location.placement(timeline).renamed:
        yield finder.about(
            timeline, Kind.COLUMN, Problem.DIFFERENT, expected=name, actual=f"renamed to {actual.name}",
            renamed="by its type", **common,
        )  # fmt: skip
    elif not finder.location.differences(timeline) and finder.location.is_where_expected(timeline):
        strange = strange_default(timeline, step.shape, actual, table, finder.location.graph)
        if strange is not None:
            yield finder.note(timeline, strange)
    else:
        yield _differing(
            finder, timeline, step.shape, actual, {**common, "name": actual.name, "columns": (actual.name,)}
        )


def _differing(
    finder: FindingBuilder, timeline: ColumnTimeline, shape: Column, live: Column, common: dict[str, Any]
) -> Finding:
    differences = finder.location.differences(timeline)
    if {each.attribute for each in differences} == {"comment"}:
        return finder.about(
            timeline, Kind.COMMENT, Problem.DIFFERENT, expected=shape.comment, actual=live.comment, **common
        )
    expected, actual = wording.column(shape), wording.column(live)
    if not differences and shape.name != live.name:
        expected, actual = shape.name, f"still called {live.name}"
    if any(each.match is Match.DIFFERENT for each in differences) or not finder.location.is_where_expected(timeline):
        return finder.about(
            timeline,
            Kind.COLUMN,
            Problem.DIFFERENT,
            expected=expected,
            actual=actual,
            differences=differences,
            because=wording.column_consequence(shape, live),
            **common,
        )
    return finder.about(timeline, Kind.COLUMN, Problem.INCOMPARABLE, expected=expected, actual=actual, **common)
