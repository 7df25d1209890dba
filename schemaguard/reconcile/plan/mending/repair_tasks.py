"""The tasks that bring one object from what it is to what it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.model import Finding
from schemaguard.diagnosis.name_holders import names_in_use
from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline
from schemaguard.location.expected import SERVERS_LABELS
from schemaguard.location.locate import Location
from schemaguard.location.matching import Placement
from schemaguard.location.matching.placements import different
from schemaguard.operations import tasks as t
from schemaguard.operations.tasks import Task
from schemaguard.schema.objects import Check, Column, Constraint, Index


def set_sequence(finding: Finding, location: Location) -> t.SetSequence:
    assert finding.name
    assert finding.table
    assert finding.columns
    steps = [each.step for each in location.schema.sequences if each.name == finding.name]
    return t.SetSequence(finding.name, finding.table, finding.columns[0], steps[0] if steps else 1)


def making(timeline: ConstraintTimeline, table: str, shape: Constraint, location: Location) -> t.MakeConstraint:
    """Makes a constraint again under the name that it had.

    What came with its column was named by the server, and what AlterField made by Django. Each of these names may be
    needed: Django's, when a later AlterField makes the same over another column that is called so by then.
    """
    if timeline.key[0] in SERVERS_LABELS:
        name = _own_name(timeline, shape, location)
        named = replace(shape, name=name)
        if name is not None and names_in_use(location).of(named, location.schema.find(table)) is None:
            return t.MakeConstraint(timeline, table, named)
    return t.MakeConstraint(timeline, table, shape)


def _own_name(timeline: ConstraintTimeline, shape: Constraint, location: Location) -> str | None:
    """The name of a field's unique constraint or check of that shape, by those that its table and column had then."""
    last = max((number for number, step in enumerate(timeline.steps) if step.shape == shape), default=0)
    steps = timeline.steps[: last + 1]
    made = [
        (new.at, new.shape.columns)
        for old, new in pairwise(steps)
        if new.shape is not None and (old.shape is None or new.op in timeline.remade)
    ]
    if not made:
        return None
    op, columns = made[-1]
    table, backend = timeline.table.name_at(op), location.backend
    for column in timeline.table.every_column:
        for before, step in pairwise(column.steps):
            came = step.shape if before.shape is None else None
            if came is not None and (step.at, (came.name,)) == (op, columns):
                return backend.usual_name(table, came.name, SERVERS_LABELS[timeline.key[0]])
    return backend.editor_name(table, columns, "_check") if isinstance(shape, Check) else None


def finishing(timeline: ConstraintTimeline, table: str, shape: Constraint, actual: Constraint) -> Iterator[Task]:
    """Finishes what was begun: a broken index is built anew, a NOT VALID constraint is validated."""
    if isinstance(shape, Index):
        yield t.DropConstraint(timeline, table, actual)
        yield t.MakeConstraint(timeline, table, shape)
    else:
        yield t.ValidateConstraint(timeline, table, actual)


def enforcing(timeline: ConstraintTimeline, table: str, shape: Any, actual: Any) -> t.ValidateConstraint:
    """Has a check or a foreign key hold again, for as many rows as its migration says."""
    return t.ValidateConstraint(timeline, table, replace(actual, validated=shape.validated))


def changed(timeline: ConstraintTimeline, table: str, step: int, place: Placement) -> Iterator[Task]:
    """From a live constraint of another shape to that of a step."""
    shape = timeline.steps[step].shape
    if different(place.differences.get(step, ())) == {"visible"}:
        yield t.ValidateConstraint(timeline, table, place.actual)
        return
    yield t.DropConstraint(timeline, table, place.actual, comes_again=shape is not None)
    if shape is not None:
        yield t.MakeConstraint(timeline, table, shape)


def called(actual: Constraint) -> str:
    """What a constraint is called in a message: its name, or what it is over."""
    return actual.name or wording.constraint(actual)


def comes_with_column(timeline: ConstraintTimeline) -> bool:
    """Whether making the missing column makes this too: a field brings its own index, unique, check and key."""
    return timeline.key[0] in ("unique", "index", "like", "check", "foreign_key", "pk")


def alterations(timeline: ColumnTimeline, table: str, shape: Column, location: Location) -> Iterator[Task]:
    """From what the column is now to a shape of its timeline. What code may have given it stays as it is.

    No server alters what a generated column computes. So the column is made anew, or its table is.
    """
    actual = location.matched.places[timeline].actual
    if actual.name != shape.name:
        yield t.RenameColumn(timeline, table, actual.name, shape.name)  # recorded, and not done
        actual = replace(actual, name=shape.name)
        if _is_as_expected(shape, actual):
            return
    by_code = replace(actual, nullable=shape.nullable)
    if by_code != actual and location.history.in_doubt(timeline, by_code):
        yield t.AlterColumn(timeline, table, by_code, actual, by_code=True)
    elif shape.generated is not None and _is_made_anew(shape, actual, location):
        yield t.UnmakeColumn(timeline, table, shape, actual)
        yield t.MakeColumn(timeline, table, shape)
    else:
        yield t.AlterColumn(timeline, table, shape, actual, sequence=idle_sequence(table, actual.name, location))


def _is_made_anew(shape: Column, actual: Column, location: Location) -> bool:
    """Whether a generated column takes another column, and not a statement that alters it.

    A server that restates columns computes a stored one anew, and turns none into a virtual one or back.
    """
    if location.backend.restates_columns:
        was_stored = actual.generated is None or actual.stored
        return shape.stored != was_stored
    return location.backend.alters_columns


def _is_as_expected(shape: Column, actual: Column) -> bool:
    """Whether a column has all that its migrations say of it. What they leave open does not matter."""
    unsaid = {name: getattr(actual, name) for name in ("default", "comment") if getattr(shape, name) is None}
    if actual.type in shape.also:
        unsaid["type"] = actual.type
    return replace(shape, also=actual.also, **unsaid) == actual


def idle_sequence(table: str, column: str, location: Location) -> str | None:
    """The sequence that a column owns and takes no number from, since its default was lost."""
    mine = [each for each in location.schema.sequences if (each.table, each.column) == (table, column)]
    return next((each.name for each in mine if not each.feeds), None)
