"""Tables: missing, left, elsewhere, under another name, or of another sort; and all that hangs on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.findings import columns, constraints
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Elsewhere, Owner, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.diagnosis.findings.builder import FindingBuilder
    from schemaguard.diagnosis.model import Finding
    from schemaguard.history.object_timeline import TableShape, TableTimeline


def findings(finder: FindingBuilder, timeline: TableTimeline) -> Iterator[Finding]:
    shape = finder.location.expected_shape(timeline)
    table = finder.location.live_table(timeline)
    view = finder.location.view_in_place_of(timeline) if table is None else None
    if view is not None:
        yield finder.about(
            timeline,
            Kind.TABLE,
            Problem.DIFFERENT,
            table=view,
            name=view,
            what=view,
            expected="a table",
            actual="a view",
        )
    elif shape is None:
        if table is not None and not finder.location.may_be_so(timeline):
            yield finder.left(timeline, Kind.TABLE, table.name, table.name, None)
    elif table is None:
        yield from _not_there(finder, timeline, shape.name)
    else:
        yield from _standing(finder, timeline, shape, table)
        for column in timeline.every_column:
            if not finder.location.may_be_so(column):
                yield from columns.findings(finder, column, table)
        for constraint in timeline.every_constraint:
            if not finder.location.may_be_so(constraint):
                yield from constraints.findings(finder, constraint, table)


def _not_there(finder: FindingBuilder, timeline: TableTimeline, name: str) -> Iterator[Finding]:
    others = finder.location.elsewhere(timeline)
    if others:
        yield _elsewhere(finder, timeline, name, others)
    elif finder.location.expected_op(timeline) is not None:
        yield finder.about(timeline, Kind.TABLE, Problem.MISSING, table=name, name=name, what=f"table {name}")


def _standing(finder: FindingBuilder, timeline: TableTimeline, shape: TableShape, table: Table) -> Iterator[Finding]:
    """Its name, its comment, and what else it is."""
    if finder.location.placement(timeline).renamed:
        yield finder.about(
            timeline, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {shape.name}",
            expected=shape.name, actual=f"renamed to {table.name}", renamed="by its columns or keys",
        )  # fmt: skip
    elif not finder.location.schema.is_name_of(table.name, shape.name):
        yield finder.about(
            timeline, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {table.name}",
            expected=shape.name, actual=f"still called {table.name}",
        )  # fmt: skip
    if table.owner is Owner.NOBODY and shape.owner in wording.PARTS_OF_TABLES:
        yield _alone(finder, timeline, shape, table)
    if shape.comment is not None and shape.comment != table.comment:
        yield finder.about(
            timeline, Kind.COMMENT, Problem.DIFFERENT, table=table.name, name=table.name,
            what=f"the comment of {table.name}", expected=shape.comment, actual=table.comment,
        )  # fmt: skip
    if finder.location.placement(timeline).differences.get(finder.location.expected_step(timeline)):
        expected, actual = wording.table(shape, table)
        yield finder.about(
            timeline, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {table.name}",
            expected=expected, actual=actual, because=wording.consequence(shape, table),
        )  # fmt: skip


def _alone(finder: FindingBuilder, timeline: TableTimeline, shape: TableShape, table: Table) -> Finding:
    """A partition or the like that somebody detached. The bounds to attach it with are in its migration's SQL."""
    part, way_back = wording.PARTS_OF_TABLES[shape.owner]
    return finder.about(
        timeline, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {table.name}",
        expected=part, actual="a table of its own", because="whoever reads its parent does not see its rows",
        hint=way_back.format(table=table.name), breaks=True,
    )  # fmt: skip


def _elsewhere(finder: FindingBuilder, timeline: TableTimeline, name: str, others: Collection[Elsewhere]) -> Finding:
    where = " and ".join(each.schema for each in others)
    home = finder.location.schema.home(name)
    is_mended = all(each.usable for each in others) and len(others) == 1
    return finder.about(
        timeline, Kind.TABLE, Problem.DIFFERENT, table=name, name=name, what=f"table {name}",
        expected=f"in the schema {home}", actual=f"in the schema {where}",
        because="the search path does not lead there", hint=None if is_mended else wording.move_back(others, home),
    )  # fmt: skip
