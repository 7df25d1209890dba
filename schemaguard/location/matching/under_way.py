"""Columns that an operation has altered in part: it stopped between two of its statements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.location.matching.placements import Placement, different

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.history.object_timeline import ColumnTimeline, Op
    from schemaguard.schema.compare import Comparer, Difference
    from schemaguard.schema.objects import Column


def under_way(
    column: ColumnTimeline,
    differences: Mapping[int, tuple[Difference, ...]],
    comparer: Comparer,
    actual: Column,
    recorded: Mapping[Op, bool],
) -> Placement | None:
    """The placement before an unrecorded operation that stopped half way: each attribute is the old or the new one.

    Example: the type is that of the new step already, and NULL is still allowed as before. Meanwhile a column may have
    a default that none of the two speaks of. A new name comes first.
    """
    for i, step in enumerate(column.steps):
        if i not in differences or step.op is None or recorded.get(step.op, False):
            continue
        new = different(differences[i]) - {"default"}
        if step.op in column.meanwhile:
            new &= different(comparer.column(replace(column.meanwhile[step.op], name=actual.name), actual))
        before = column.steps[i - 1].shape
        if before is None:
            between = not new
        else:
            old = comparer.column(replace(before, name=actual.name), actual)
            between = not new & (different(old) - {"default"})
        if between:
            return Placement((i - 1,), actual, unfinished=True)
    return None
