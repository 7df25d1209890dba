"""Code that leaves no trace, in migrations without a record that cannot be rolled back: has it run?

Where a transaction holds a migration together, what is there of it proves the rest. Where each statement commits, a run
may have stopped right before its code, or right after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.bits import ancestors_of
from schemaguard.history.object_timeline import AnyTimeline, ConstraintTimeline, Op
from schemaguard.location.noted_states import runs_unseen
from schemaguard.location.state import OperationState, State
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemaguard.database.base import Backend
    from schemaguard.history.graph import Graph
    from schemaguard.history.walk import History
    from schemaguard.location.effects import AnyEffect, Effects
    from schemaguard.location.states import States

THERE = (State.PARTIAL, State.PRESENT)


@value(frozen=True, slots=True)
class UnseenCode:
    """`open`: nobody can tell whether it has run. `ran`: what Django makes after it is there."""

    open: frozenset[Op]
    ran: frozenset[Op]

    def is_open(self, m: int) -> bool:
        """Whether there is such code in the migration at that position."""
        return any(op[0] == m for op in self.open)


def unseen_code(
    graph: Graph, history: History, effects: Effects, states: States, located_steps: Mapping[AnyTimeline, int],
    noted: Mapping[int, object], backend: Backend,
) -> UnseenCode:  # fmt: skip
    """The code after all that can be seen of a migration, and before what is missing of it.

    `noted`: the migrations of which a run has noted how far it got, by their positions. Without notes, the code of a
    migration that is there as a whole has run if another migration came after it: a run goes on only from what has
    ended well. Where the records stop right before it, only one that depends on it proves that.
    """
    unrecorded = [m for m, state in enumerate(states.migrations) if state in THERE and not graph.recorded[m]]
    held = [m for m, recorded in enumerate(graph.recorded) if recorded]
    asked = {*graph.stopped, *unrecorded[-1:]}
    followed = ancestors_of([*unrecorded, *held], graph.ancestors)
    is_open: set[Op] = set()
    ran: set[Op] = set()
    for m in unrecorded:
        if not states.visible[m] or (backend.transactional_ddl and graph.plan[m].atomic):
            continue
        is_partial = states.migrations[m] is State.PARTIAL
        if m not in noted and (followed >> m & 1 or not (is_partial or m in asked)):
            continue
        of_migration = [list(effects.get((m, o), ())) for o in range(len(states.operations[m]))]
        code = _after_what_is_there(graph, history, effects, states.operations[m], of_migration, located_steps, m)
        at_the_end = (each for found in of_migration for each in found if _is_deferred(each))
        if any(_is_there(each, located_steps) for each in at_the_end):
            ran.update(code)
        else:
            is_open.update(code)
    return UnseenCode(frozenset(is_open), frozenset(ran))


def _after_what_is_there(
    graph: Graph, history: History, effects: Effects, operations: Sequence[OperationState],
    of_migration: Sequence[Sequence[AnyEffect]], located_steps: Mapping[AnyTimeline, int], m: int,
) -> Iterator[Op]:  # fmt: skip
    """None where the run stopped within an operation: then the code after it has not begun."""
    begun = [o for o, state in enumerate(operations) if state in (OperationState.DONE, OperationState.PARTIAL)]
    if not begun:
        return
    last = begun[-1]
    if any(not _is_there(each, located_steps) and not _is_deferred(each) for each in of_migration[last]):
        return
    for o in range(last + 1, len(operations)):
        if operations[o] is not OperationState.INVISIBLE:
            return
        if runs_unseen(graph, history, effects, (m, o)):
            yield m, o


def _is_there(effect: AnyEffect, located_steps: Mapping[AnyTimeline, int]) -> bool:
    return effect.step <= located_steps[effect.timeline]


def _is_deferred(effect: AnyEffect) -> bool:
    """Whether the migration makes it at its end, after all of its operations."""
    timeline = effect.timeline
    return isinstance(timeline, ConstraintTimeline) and timeline.steps[effect.step].op in timeline.deferred_ops
