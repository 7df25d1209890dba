"""The tasks that bring one object from what it is to what it should be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis import wording
from schemaguard.history.changes import FIELD_KEYS
from schemaguard.location.matching.placements import different
from schemaguard.operations import tasks as t
from schemaguard.schema.objects import Column, Constraint, Index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.model import Finding
    from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline
    from schemaguard.location.location import Location
    from schemaguard.location.matching import Placement
    from schemaguard.operations.tasks import Task


def set_sequence(finding: Finding, location: Location) -> t.SetSequence:
    assert finding.name
    assert finding.table
    assert finding.columns
    steps = [each.step for each in location.schema.sequences if each.name == finding.name]
    return t.SetSequence(finding.name, finding.table, finding.columns[0], steps[0] if steps else 1)


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


def name_or_words(actual: Constraint) -> str:
    """What a constraint is called in a question: its name; one without a name by all that it is."""
    return actual.name or wording.constraint(actual)


def comes_with_column(timeline: ConstraintTimeline) -> bool:
    """Whether making the missing column makes this too: a field brings its own index, unique, check and key."""
    return timeline.key[0] in FIELD_KEYS


def alterations(timeline: ColumnTimeline, table: str, shape: Column, location: Location) -> Iterator[Task]:
    """From what the column is now to a shape of its timeline. What code may have given it stays as it is.

    No server alters what a generated column computes. So the column is made anew, or its table is.
    """
    actual = location.live(timeline)
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
