"""What the editor finds in the database by its columns, whoever made it, and alters or drops.

Where a field is not to be indexed any more, it drops all indexes over that column alone, but for Meta.indexes. So one
goes that SQL made, or that an earlier migration failed to drop, and with it what a UniqueConstraint made as an index.
Source: `_alter_field`, `_delete_composed_index`, and `get_constraints` of each vendor for what counts as an index.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.history import changes as ch
from schemaguard.schema.objects import Constraint, Index

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemaguard.history.changes import Change
    from schemaguard.history.object_timeline import ConstraintTimeline
    from schemaguard.history.shapes.shape import Shape, Shapes
    from schemaguard.history.timelines import Timelines


def by_columns(step: Change, before: Shapes, timelines: Timelines) -> Change:
    """A change of what unique_together or index_together made, as one of what stands over its columns."""
    if not isinstance(step, ch.DropConstraint | ch.AlterConstraint) or not step.key[0].endswith("_together"):
        return step
    shape = next((each for each in before.values() if each.name == step.table), None)
    table = timelines.tables.get(step.table or "")
    if shape is None or table is None or step.key in table.constraints:
        return step
    wanted = shape.constraints[step.key]
    for key, timeline in table.constraints.items():
        if key not in shape.constraints and isinstance(timeline.shape, Index) and _is_plainly(wanted, timeline.shape):
            return replace(step, key=key)
    return step


def _is_plainly(wanted: Constraint, index: Index) -> bool:
    """Whether an index is over the same columns, and neither partial nor over expressions."""
    same = wanted.columns == index.columns and wanted.kind is index.kind
    return same and index.condition is None and len(index.parts) == len(index.columns)


def as_renames(steps: list[Change]) -> list[Change]:
    """RenameIndex from `index_together`: an unnamed index goes and a named one comes, and both are one index."""
    drops = [step for step in steps if isinstance(step, ch.DropConstraint)]
    adds = [step for step in steps if isinstance(step, ch.AddConstraint)]
    if len(drops) != 1 or len(adds) != 1:
        return steps
    rest = [step for step in steps if step not in (drops[0], adds[0])]
    return [*rest, ch.AlterConstraint(adds[0].table, drops[0].key, adds[0].key, adds[0].constraint)]


def also_dropped(
    steps: Iterable[Change], before: Shapes, after: Shapes, timelines: Timelines, *, uniques: bool
) -> Iterator[Change]:
    """The drops that come along with those of an AlterField; the shapes are the tables of its model.

    `uniques`: a unique constraint counts as an index. A unique index does everywhere. The index for LIKE is made again
    where the model has it afterwards.
    """
    drops = [each for each in steps if isinstance(each, ch.DropConstraint)]
    for drop in (each for each in drops if each.key[0] == "index"):
        table = timelines.tables.get(drop.table or "")
        timeline = table.constraints.get(drop.key) if table is not None else None
        if table is None or timeline is None or timeline.shape is None:
            continue
        likes = (key for shape in after.values() for key in shape.constraints if key[0] == "like")
        spared = {*_meta_indexes(before.values()), *likes, *(each.key for each in drops)}
        for other in table.constraints.values():
            if other.key not in spared and _is_found(other, timeline.shape.columns, uniques=uniques):
                yield ch.DropConstraint(table.name, other.key)


def _is_found(timeline: ConstraintTimeline, columns: tuple[str, ...], *, uniques: bool) -> bool:
    index = timeline.shape
    if not isinstance(index, Index) or index.columns != columns or len(index.parts) != 1 or index.include:
        return False
    return index.method == "btree" and (uniques or not index.constraint)


def _meta_indexes(shapes: Iterable[Shape]) -> Iterator[ch.Key]:
    for shape in shapes:
        for key, each in shape.constraints.items():
            if key[0] == "name" and isinstance(each, Index) and not each.unique:
                yield key
