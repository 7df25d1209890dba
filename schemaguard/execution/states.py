"""Project states as Django's executor would have them, for a database that holds some migrations and not others."""

from __future__ import annotations

from collections.abc import Callable

from django.db.migrations.state import ProjectState

from schemaguard.diagnosis.diagnose import Located
from schemaguard.diagnosis.model import OperationState, State
from schemaguard.history.timeline import Op


def state_of(located: Located, holds: Callable[[Op], bool]) -> ProjectState:
    """The models after all operations that `holds` names, in the order of the history; not rendered yet."""
    state = ProjectState(real_apps=set(located.graph.loader.unmigrated_apps))
    for m, migration in enumerate(located.graph.plan):
        for o, operation in enumerate(migration.operations):
            if holds((m, o)):
                operation.state_forwards(migration.app_label, state)
    return state


def held(located: Located, m: int, o: int) -> bool:
    """Whether an operation is in the database, or taken to be: done, or invisible before something that is done."""
    operations = located.states.operations[m]
    if located.graph.recorded[m] or located.states.migrations[m] is State.PRESENT:
        return True
    there = (OperationState.DONE, OperationState.PARTIAL, OperationState.CONFLICTING)
    if operations[o] is OperationState.INVISIBLE:
        return any(state in there for state in operations[o + 1 :])
    return operations[o] in there
