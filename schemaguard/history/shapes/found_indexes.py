"""What else the editor drops where a field is not to be indexed any more.

It asks the database for indexes over that column alone, and drops each that it finds. Meta.indexes are spared. So one
goes that SQL made, or that an earlier migration failed to drop, and with it what a UniqueConstraint made as an index.
Source: `_alter_field`, and `get_constraints` of each vendor for what counts as an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemaguard.history import changes as ch
from schemaguard.history.changes import Change
from schemaguard.history.object_timeline import ConstraintTimeline
from schemaguard.history.shapes.shape import Shape, Shapes
from schemaguard.history.timelines import Timelines
from schemaguard.schema.objects import Index


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
