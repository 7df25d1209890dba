"""A unique index where a unique constraint should be: it does the same, until an operation drops the constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import AnyTimeline, ConstraintTimeline, Op
from schemaguard.schema.objects import Index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemaguard.location.matching import Placement


def dropped_as_constraint(
    timeline: AnyTimeline, expected_step: int, place: Placement, recorded: Sequence[bool]
) -> Op | None:
    """The pending operation that will drop as a constraint what is a unique index alone; None where none will.

    An operation that drops the table or a column is none of these: it takes the index along.
    """
    if not isinstance(timeline, ConstraintTimeline) or expected_step + 1 >= len(timeline.steps):
        return None
    shape, later, actual = timeline.steps[expected_step].shape, timeline.steps[expected_step + 1], place.actual
    if not (isinstance(shape, Index) and isinstance(actual, Index) and shape.constraint and actual.unique):
        return None
    if actual.constraint or later.shape is not None or later.op is None or recorded[later.op[0]]:
        return None
    return None if any(timeline.carriers(expected_step + 1)) else later.op
