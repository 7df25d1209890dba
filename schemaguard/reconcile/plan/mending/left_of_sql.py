"""The statements that are left of a RunSQL in which `migrate` was cut off, by its own notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations import RunSQL

from schemaguard.location.noted_states import goes_on
from schemaguard.operations import tasks as t
from schemaguard.reconcile.plan.mending.raw_sql import maker_of

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import Op
    from schemaguard.location.location import Location


def left_of_sql(location: Location, op: Op) -> t.RunSql | None:
    """A task for them; none where no statement of it is known to be done.

    A list of statements, and a script that Django takes apart, are numbered as Django's RunSQL runs them. The catalog
    may say otherwise of what they make: then somebody has worked on it since, and what is missing there is made.
    """
    m, o = op
    operation, noted = location.graph.plan[m].operations[o], location.notes.get(m)
    is_there = noted is not None and noted.operation == o and noted.statements
    if noted is None or not is_there or not goes_on(operation):
        return None
    assert isinstance(operation, RunSQL)
    sql = operation.sql
    if isinstance(sql, str):
        statements = list(location.backend.connection.ops.prepare_sql_script(sql))
    else:
        statements = [each if isinstance(each, str) else each[0] for each in sql]
    done, left = statements[: noted.statements], statements[noted.statements :]
    return t.RunSql(op, tuple(left)) if left and _agrees(location, op, done, left) else None


def _agrees(location: Location, op: Op, done: list[str], left: list[str]) -> bool:
    """Whether what the done statements make is there, and nothing is of what the others make."""
    made = {effect.timeline for effect in location.effects_at(op) if effect.after}
    there = {timeline for timeline in made if location.live(timeline) is not None}
    return not (any(map(maker_of(location, made - there), done)) or any(map(maker_of(location, there), left)))
