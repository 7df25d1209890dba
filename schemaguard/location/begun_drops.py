"""Drops of an index that Django's editor has begun, by what it makes before them on MySQL and MariaDB.

A foreign key of InnoDB needs an index. Before the editor drops the last one that begins with the key's column, it makes
another (`_create_missing_fk_index`). A run that stopped between the two has left both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import AnyTimeline, ConstraintTimeline, Op, TableTimeline
from schemaguard.location.matching.constraints import is_named_for_a_key
from schemaguard.location.state import OperationState
from schemaguard.schema.objects import Index

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from schemaguard.location.effects import Effects
    from schemaguard.location.matching import MatchResult
    from schemaguard.location.states import States


def begun_drops(
    effects: Effects, matched: MatchResult, located_steps: Mapping[AnyTimeline, int], states: States,
    stopped: Collection[int],
) -> Iterator[Op]:  # fmt: skip
    """In each of these migrations, the operation that was begun, if what it makes beforehand is all there is of it."""
    made: dict[TableTimeline, set[str]] = {}
    for table, _, extra in matched.extra_constraints:
        if isinstance(extra, Index) and extra.for_key and is_named_for_a_key(table, extra):
            made.setdefault(table, set()).update(extra.columns[:1])
    for m in stopped if made else ():
        left = (OperationState.DONE, OperationState.INVISIBLE)
        o = next((o for o, state in enumerate(states.operations[m]) if state not in left), None)
        if o is None or states.operations[m][o] is not OperationState.ABSENT:
            continue
        for effect in effects.get((m, o), ()):
            timeline = effect.timeline
            if isinstance(timeline, ConstraintTimeline) and timeline.steps[effect.step].shape is None:
                actual = matched.places[timeline].actual
                column = actual.columns[0] if isinstance(actual, Index) and actual.columns else None
                if column in made.get(timeline.table, ()) and not _was_dropped(timeline.table, column, located_steps):
                    yield m, o
                    break


def _was_dropped(table: TableTimeline, column: str | None, located_steps: Mapping[AnyTimeline, int]) -> bool:
    """Whether an earlier migration dropped an index that begins with that column: then that one left the other."""
    for timeline in table.every_constraint:
        for before, after in zip(timeline.steps, timeline.steps[1 : located_steps[timeline] + 1], strict=False):
            if isinstance(before.shape, Index) and before.shape.columns[:1] == (column,) and after.shape is None:
                return True
    return False
