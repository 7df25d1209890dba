"""Project states as Django's executor would have them, for a database that holds only some of the migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState

from schemaguard.diagnosis.model import OperationState, State
from schemaguard.history.state import TrackingState
from schemaguard.operations.perform.operation_sets import OperationSet, OperationSets

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemaguard.history.object_timeline import Op
    from schemaguard.location.location import Location


def operations_of(location: Location, holds: Callable[[Op], bool]) -> OperationSet:
    """The operations that `holds` accepts, and all operations of the migrations that theirs depend on."""
    return OperationSets(location.graph).all_that(holds).with_ancestors()


def state_of(location: Location, ops: OperationSet) -> ProjectState:
    """The models after these operations, in the order of the history; not rendered yet."""
    plan = location.graph.plan
    if ops.is_all:
        state = location.history.state  # the one that the walk came to
    else:
        state = TrackingState(real_apps=set(location.graph.loader.unmigrated_apps))
        for m, o in ops:
            plan[m].operations[o].state_forwards(plan[m].app_label, state)
    # Django's own kind from here on: its clones carry rendered models along.
    return ProjectState({key: each.clone() for key, each in state.models.items()}, set(state.real_apps))


def held(location: Location, m: int, o: int) -> bool:
    """Whether an operation is in the database, or taken to be.

    It is done, or it is invisible before one that is done. So is one that makes a model, though its table may be
    missing: Django has no state without a model at which a later one points.
    """
    operations = location.states.operations[m]
    if location.graph.recorded[m] or location.states.migrations[m] is State.PRESENT:
        return True
    there = (OperationState.DONE, OperationState.PARTIAL, OperationState.CONFLICTING)
    if operations[o] is OperationState.INVISIBLE or isinstance(location.graph.plan[m].operations[o], CreateModel):
        return any(state in there for state in operations[o:])
    return operations[o] in there
