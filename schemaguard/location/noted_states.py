"""What `migrate` noted of operations of which the catalog shows nothing: code, and SQL that leaves no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations import RunSQL

from schemaguard.history.raw_sql import raw_sql
from schemaguard.location.state import OperationState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.migrations.operations.base import Operation

    from schemaguard.history.graph import Graph
    from schemaguard.history.noted import Noted
    from schemaguard.history.object_timeline import Op
    from schemaguard.history.walk import History
    from schemaguard.location.effects import Effects
    from schemaguard.location.story import Story


def runs_unseen(graph: Graph, history: History, effects: Effects, op: Op) -> bool:
    """Whether an operation runs code or SQL of which nothing can be seen."""
    if any(True for _ in effects.get(op, ())):
        return False
    m, o = op
    return history.runs_code(op) or bool(raw_sql(graph.plan[m].operations[o]))


def trusted(graph: Graph, story: Story) -> dict[int, Noted]:
    """The notes that the story agrees with, by the position of their migration.

    Somebody may have taken a half back by hand since: then the catalog is right.
    """
    return {m: noted for m, noted in graph.noted.items() if not noted.ran or (m, noted.ran - 1) in story.ran}


def noted_states(
    graph: Graph, history: History, effects: Effects, notes: Mapping[int, Noted]
) -> dict[Op, OperationState]:
    """Of the operations of which the notes alone tell something. One that may or may not have run is left out."""
    found = {}
    for m, noted in notes.items():
        for o in range(len(graph.plan[m].operations)):
            state = _state(noted, o, is_sql=goes_on(graph.plan[m].operations[o]))
            if state is not None and runs_unseen(graph, history, effects, (m, o)):
                found[m, o] = state
    return found


def goes_on(operation: Operation) -> bool:
    """Whether it is SQL of which the statements that are left can be run alone: none of them has parameters."""
    if not isinstance(operation, RunSQL):
        return False
    return isinstance(operation.sql, str) or all(isinstance(each, str) or not each[1] for each in operation.sql)


def _state(noted: Noted, o: int, *, is_sql: bool) -> OperationState | None:
    if o < noted.ran:
        return OperationState.DONE
    if o > noted.operation or (noted.done and not noted.statement):
        return OperationState.ABSENT
    if is_sql and noted.statements:
        return OperationState.PARTIAL
    if (
        noted.done or noted.statements or noted.is_open
    ):  # code that has no transaction was begun, or a statement that has none
        return None
    return OperationState.ABSENT
