"""Foreign keys that an operation has altered in part.

Where each statement commits, it may have stopped in between. On any server somebody may have done a part by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.location.matching.columns import names_of
from schemaguard.location.matching.placements import Placement, different
from schemaguard.schema.objects import Constraint, ForeignKey

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from schemaguard.history.object_timeline import AnyTimeline, ConstraintTimeline, Op
    from schemaguard.schema.compare import Difference


def begun_alterations(
    found: Mapping[ConstraintTimeline, Mapping[int, Mapping[int, tuple[Difference, ...]]]],
    live: Sequence[Constraint],
    recorded: Mapping[Op, bool],
) -> dict[tuple[ConstraintTimeline, int], Placement]:
    """The placements of the foreign keys that an operation has altered in part."""
    places = {}
    for constraint, by_number in found.items():
        for number, differences in by_number.items():
            place = _after_its_target(constraint, differences, live[number], recorded)
            if place is not None:
                places[constraint, number] = place
    return places


def dropped_to_be_remade(
    constraint: ConstraintTimeline, stopped: Collection[int], places: Mapping[AnyTimeline, Placement]
) -> Placement | None:
    """The placement of a missing foreign key that a migration in which a run may have stopped drops, and makes again.

    Of several operations that do so, the last counts to which its column has come. Where it has come to none, the key
    went by the first of them: if it was there before that migration. One that comes with it is not there yet. And one
    whose column is gone went with that.
    """
    steps = constraint.steps
    migration = next((op[0] for op in sorted(constraint.remade) if op[0] in stopped), None)
    remade = [
        i
        for i, step in enumerate(steps)
        if step.op is not None and step.op[0] == migration and step.op in constraint.remade and steps[i - 1].shape
    ]
    if not remade:
        return None
    if not _has_its_columns(constraint, remade[0] - 1, places):
        return None
    come = [i for i in remade if _its_columns_have_come(constraint, i, places)]
    before = [each for each in steps[: remade[0]] if each.op is None or each.op[0] != migration]
    if come:
        return Placement((come[-1] - 1,), unfinished=True)
    return Placement((remade[0] - 1,), unfinished=True) if before and before[-1].shape is not None else None


def _has_its_columns(constraint: ConstraintTimeline, at: int, places: Mapping[AnyTimeline, Placement]) -> bool:
    """Whether the columns over which a foreign key is at that step are there, under whatever name."""
    shape = constraint.steps[at].shape
    names = set(shape.columns) if shape is not None else set()
    for column in constraint.table.every_column:
        if places[column].actual is not None:
            names.difference_update(names_of(column))
    return not names


def _its_columns_have_come(constraint: ConstraintTimeline, at: int, places: Mapping[AnyTimeline, Placement]) -> bool:
    """Whether a column of a foreign key has been altered by the operation behind that step."""
    op, shape = constraint.steps[at].op, constraint.steps[at].shape
    for column in constraint.table.every_column:
        for number, step in enumerate(column.steps):
            if step.op == op and step.shape is not None and shape is not None and step.shape.name in shape.columns:
                place = places[column]
                return place.actual is not None and not place.nearest and max(place.allowed, default=0) >= number
    return False


def _after_its_target(
    constraint: ConstraintTimeline,
    differences: Mapping[int, tuple[Difference, ...]],
    actual: Constraint,
    recorded: Mapping[Op, bool],
) -> Placement | None:
    """The placement of a foreign key whose target was renamed by an unrecorded operation that stopped after that.

    Its own column is to be renamed next. Example: RenameModel, and the automatic table of a many-to-many field.
    """
    for i, step in enumerate(constraint.steps):
        if i - 1 not in differences or step.op is None or recorded.get(step.op, False):
            continue
        if i in differences and not different(differences[i]):  # it has come to this step whole
            continue
        moved = isinstance(step.shape, ForeignKey) and isinstance(actual, ForeignKey)
        if moved and step.shape.target == actual.target and different(differences[i - 1]) == {"target"}:  # type: ignore[union-attr]
            return Placement((i - 1,), actual)
    return None
