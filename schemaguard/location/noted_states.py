"""What `migrate` noted of operations of which the catalog does not show all: code, and SQL of several statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.raw_sql import raw_sql, sends
from schemaguard.location.makers import maker_of
from schemaguard.location.state import OperationState
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemaguard.database.base import Backend
    from schemaguard.history.graph import Graph
    from schemaguard.history.noted import Noted
    from schemaguard.history.object_timeline import Op
    from schemaguard.history.walk import History
    from schemaguard.location.effects import Effects
    from schemaguard.location.matching import MatchResult
    from schemaguard.location.story import Story


def runs_unseen(graph: Graph, history: History, effects: Effects, op: Op) -> bool:
    """Whether an operation runs code or SQL of which nothing can be seen."""
    if any(True for _ in effects.get(op, ())):
        return False
    m, o = op
    return history.runs_code(op) or bool(raw_sql(graph.plan[m].operations[o]))


def trusted(graph: Graph, story: Story) -> dict[int, Noted]:
    """The notes that the story agrees with, by the position of their migration.

    Somebody may have taken a half back by hand since, or run the rest of it: then the catalog is right.
    """
    return {
        m: noted
        for m, noted in graph.noted.items()
        if not story.has_run(m) and (not noted.ran or (m, noted.ran - 1) in story.ran)
    }


def noted_states(
    graph: Graph, history: History, effects: Effects, notes: Mapping[int, Noted]
) -> dict[Op, OperationState]:
    """Of the operations of which the notes alone tell something. One that may or may not have run is left out."""
    found = {}
    for m, noted in notes.items():
        for o in range(len(graph.plan[m].operations)):
            state = _state(noted, o)
            if state is not None and runs_unseen(graph, history, effects, (m, o)):
                found[m, o] = state
    return found


def _state(noted: Noted, o: int) -> OperationState | None:
    if o < noted.ran:
        return OperationState.DONE
    if o > noted.operation or (noted.done and not noted.statement):
        return OperationState.ABSENT
    # Else code that has no transaction was begun, or a statement that has none.
    return OperationState.ABSENT if noted.atomic and not noted.statements else None


@value(frozen=True, slots=True)
class SqlProgress:
    """How many statements are done of SQL in which a run was cut off: the first ones of so many."""

    done: int
    size: int

    @property
    def state(self) -> OperationState:
        return OperationState.DONE if self.done == self.size else OperationState.PARTIAL


def sql_progress(
    graph: Graph, effects: Effects, matched: MatchResult, notes: Mapping[int, Noted], backend: Backend
) -> dict[Op, SqlProgress]:
    """Of the SQL of which a run has done some statements by its notes.

    Left out is SQL of which the catalog says otherwise: then somebody has worked on it since.
    """
    found = {}
    for m, noted in notes.items():
        operations, o = graph.plan[m].operations, noted.operation
        if noted.ran > o or o >= len(operations):
            continue
        statements = [text for text, _ in sends(operations[o], backend.connection)]
        # What was begun may have ended before its note could say so.
        begun = [noted.statement] if noted.statement > noted.statements and not noted.atomic else []
        for done in (noted.statements, *begun):
            if 0 < done <= len(statements) and _is_as_noted(effects, matched, (m, o), statements, done, backend):
                found[m, o] = SqlProgress(done, len(statements))
                break
    return found


def _is_as_noted(
    effects: Effects, matched: MatchResult, op: Op, statements: Sequence[str], done: int, backend: Backend
) -> bool:
    """Whether what the done statements make is there, and nothing is of what the others make."""
    made = {effect.timeline for effect in effects.get(op, ()) if effect.after}
    there = {timeline for timeline in made if matched.places[timeline].actual is not None}
    absent = made - there
    return not (
        (absent and any(map(maker_of(backend, absent), statements[:done])))
        or (there and any(map(maker_of(backend, there), statements[done:])))
    )
