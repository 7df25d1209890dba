"""The statements that are left of a RunSQL in which `migrate` was cut off, by its own notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations import RunSQL

from schemaguard.location.noted_states import goes_on
from schemaguard.operations import tasks as t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.object_timeline import Op
    from schemaguard.location.location import Location


def left_of_sql(location: Location, op: Op) -> Iterator[t.RunSql]:
    """A task for them; none where no statement of it is known to be done.

    A list of statements, and a script that Django takes apart, are numbered as Django's RunSQL runs them. What the
    catalog shows of the operation is made by what is missing there.
    """
    m, o = op
    operation, noted = location.graph.plan[m].operations[o], location.notes.get(m)
    is_there = noted is not None and noted.operation == o and noted.statements
    if noted is None or not is_there or not goes_on(operation) or location.effects_at(op):
        return
    assert isinstance(operation, RunSQL)
    sql = operation.sql
    if isinstance(sql, str):
        statements = list(location.backend.connection.ops.prepare_sql_script(sql))
    else:
        statements = [each if isinstance(each, str) else each[0] for each in sql]
    if left := tuple(statements[noted.statements :]):
        yield t.RunSql(op, left)
