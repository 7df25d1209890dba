"""The tasks that need no model: one or two statements, spelled from the values of the task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.database import backend_of
from schemaguard.exhaustive import assert_never
from schemaguard.operations import tasks as t
from schemaguard.operations.perform.sql_objects import remaking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

Spelt = (
    t.ValidateConstraint | t.MoveTable | t.RenameColumn | t.PromoteIndex | t.AlterTable | t.MakeOther | t.SequenceTask
)


def statements(connection: BaseDatabaseWrapper, task: Spelt) -> Iterator[str]:
    quote = connection.ops.quote_name
    match task:
        case t.ValidateConstraint(_, table, actual):
            yield backend_of(connection).spell_validation(table, actual)
        case t.MoveTable(_, name, schema):
            yield f"ALTER TABLE {quote(name)} SET SCHEMA {quote(schema)}"
        case t.RenameColumn(_, table, name, new_name):
            yield f"ALTER TABLE {quote(table)} RENAME COLUMN {quote(name)} TO {quote(new_name)}"
        case t.PromoteIndex(_, table, name, new_name):
            yield f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(new_name)} UNIQUE USING INDEX {quote(name)}"
        case t.AlterTable(timeline, table, expected, shape):
            yield from backend_of(connection).spell_table(table, expected, shape, timeline.names)
        case t.MakeOther():
            yield from remaking(connection, task)
        case t.RenameSequence(name, new_name):
            yield f"ALTER SEQUENCE {quote(name)} RENAME TO {quote(new_name)}"
        case t.NumberColumn(table, column, sequence):
            yield from backend_of(connection).spell_numbers(table, column, sequence)
        case t.SetSequence(sequence, table, column):
            yield backend_of(connection).spell_sequence(sequence, table, column, task.by)
        case _:
            assert_never(task)
