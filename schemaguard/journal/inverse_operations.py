"""What `undo` can do, as values. A reconcile writes them into the journal; they are checked and made into SQL here.

No SQL stands in the journal but the text of expressions and, on SQLite, a table's own CREATE TABLE.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.exhaustive import assert_never
from schemaguard.journal.constraint_values import Unreadable, as_value, constraint_of, name_in, names_in
from schemaguard.operations.spelling import drop_column, drop_constraint, drop_tables
from schemaguard.schema.objects import Constraint, Owner, Schema, Table
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.database.base import Backend

OURS = "schemaguard_"
ATTRIBUTES = ("comment", "logged", "row_security", "forced")
"""The attributes of a table that can be set back."""


@value(frozen=True, slots=True)
class DropTables:
    tables: tuple[str, ...]


@value(frozen=True, slots=True)
class DropColumn:
    """`filled`: the one value, as text, that the reconcile itself put into every row."""

    table: str
    column: str
    filled: str | None


@value(frozen=True, slots=True)
class DropConstraint:
    """Drops a constraint or an index."""

    table: str
    constraint: str


@value(frozen=True, slots=True)
class DropTrigger:
    trigger: str


@value(frozen=True, slots=True)
class MakeConstraint:
    table: str
    shape: Constraint


@value(frozen=True, slots=True)
class SetTable:
    """`attributes`: the values of `ATTRIBUTES` as they were."""

    table: str
    attributes: tuple[Any, ...]


@value(frozen=True, slots=True)
class Rebuild:
    """SQLite: makes the table again as it was. `filled` is as in DropColumn, for each column that goes."""

    table: str
    definition: str
    filled: tuple[tuple[str, str | None], ...]


Operation = DropTables | DropColumn | DropConstraint | DropTrigger | MakeConstraint | SetTable | Rebuild


def operation_value(operation: Operation) -> dict[str, Any]:
    """The operation as strings, numbers, lists and dictionaries, which JSON knows."""
    match operation:
        case DropTables(tables):
            return {"do": "drop_tables", "tables": tables}
        case DropColumn(table, column, filled):
            return {"do": "drop_column", "table": table, "column": column, "filled": filled}
        case DropConstraint(table, constraint):
            return {"do": "drop_constraint", "table": table, "constraint": constraint}
        case DropTrigger(trigger):
            return {"do": "drop_trigger", "trigger": trigger}
        case MakeConstraint(table, shape):
            return {"do": "make_constraint", "table": table, "shape": as_value(shape)}
        case SetTable(table, attributes):
            return {"do": "set_table", "table": table, "attributes": attributes}
        case Rebuild(table, definition, filled_columns):
            return {"do": "rebuild", "table": table, "definition": definition, "filled": filled_columns}
        case _:
            assert_never(operation)


def operation_of(found: Any, dialect: str) -> Operation:
    """The operation back. Raises Unreadable for anything that `operation_value` does not make."""
    match found:
        case {"do": "drop_tables", "tables": tables, **more} if not more:
            return DropTables(names_in(tables))
        case {"do": "drop_column", "table": table, "column": column, "filled": filled, **more} if not more:
            return DropColumn(name_in(table), name_in(column), _text(filled))
        case {"do": "drop_constraint", "table": table, "constraint": constraint, **more} if not more:
            return DropConstraint(name_in(table), name_in(constraint))
        case {"do": "drop_trigger", "trigger": trigger, **more} if not more:
            return DropTrigger(name_in(trigger))
        case {"do": "make_constraint", "table": table, "shape": shape, **more} if not more:
            return MakeConstraint(name_in(table), constraint_of(shape, dialect))
        case {"do": "set_table", "table": table, "attributes": [comment, *switches], **more} if not more:
            if len(switches) != len(ATTRIBUTES) - 1 or not all(isinstance(each, bool) for each in switches):
                raise Unreadable("attributes of a table that undo does not know")
            return SetTable(name_in(table), (_text(comment), *switches))
        case {"do": "rebuild", "table": table, "definition": str(text), "filled": list(filled), **more} if not more:
            return Rebuild(name_in(table), text, tuple((name_in(column), _text(value)) for column, value in filled))
    raise Unreadable("an operation that undo does not know")


def _text(found: Any) -> str | None:
    if found is not None and not isinstance(found, str):
        raise Unreadable(f"{found!r} is no text")
    return found


def described(operation: Operation) -> str:
    """What it does, in a line."""
    match operation:
        case DropTables(tables):
            return f"drop table {', '.join(tables)}"
        case DropColumn(table, column, _):
            return f"drop column {table}.{column}"
        case DropConstraint(table, constraint):
            return f"drop {constraint} of {table}"
        case DropTrigger(trigger):
            return f"drop trigger {trigger}"
        case MakeConstraint(table, shape):
            return f"make {shape.kind.words} {shape.name} of {table} as it was"
        case SetTable(table, _):
            return f"set comment, row level security and the like of {table} as they were"
        case Rebuild(table, _, _):
            return f"make {table} as it was, with its rows"
        case _:
            assert_never(operation)


# ------------------------------------------------------------------------------------------------ against a live schema
def refuse_strangers(operation: Operation, schema: Schema) -> None:
    """Raises Unreadable where an operation is about an object that is not there, or that no undo may drop."""
    match operation:
        case DropTables(tables):
            found = [schema.tables.get(each) for each in tables]
            if any(each is None or each.owner is not Owner.NOBODY or each.name.startswith(OURS) for each in found):
                raise Unreadable(f"{', '.join(tables)} cannot be dropped")
        case DropColumn(table, column, _):
            if column not in _table(schema, table).columns:
                raise Unreadable(f"{table}.{column} is not there")
        case DropConstraint(table, constraint):
            if _constraint(schema, table, constraint) is None:
                raise Unreadable(f"{constraint} of {table} is not there")
        case MakeConstraint(table, _) | SetTable(table, _) | Rebuild(table, _, _):
            _table(schema, table)
        case DropTrigger():
            return
        case _:
            assert_never(operation)


def _table(schema: Schema, name: str) -> Table:
    found = schema.tables.get(name)
    if found is None or found.owner is Owner.VIEW:
        raise Unreadable(f"{name} is not there")
    return found


def _constraint(schema: Schema, table: str, name: str) -> Constraint | None:
    return next((each for each in _table(schema, table).constraints if each.name == name), None)


def statements(operation: Operation, schema: Schema, backend: Backend) -> Iterator[str]:
    """The SQL of anything but Rebuild. `schema` is the database before the first operation."""
    quote = backend.connection.ops.quote_name
    match operation:
        case DropTables(tables):
            yield from drop_tables(backend, tables)
        case DropColumn(table, column, _):
            yield drop_column(backend, table, column)
        case DropConstraint(table, constraint):
            live = _constraint(schema, table, constraint)
            if live is None:
                raise Unreadable(f"{constraint} of {table} is not there")
            yield drop_constraint(backend, table, live)
        case DropTrigger(trigger):
            yield f"DROP TRIGGER {quote(trigger)}"
        case MakeConstraint(table, shape):
            sql = backend.spell(table, shape)
            if sql is None:
                raise Unreadable(f"{shape.name} cannot be made by itself")
            yield sql
        case SetTable(table, attributes):
            live_table = _table(schema, table)
            before = replace(live_table, **dict(zip(ATTRIBUTES, attributes, strict=True)))
            if before.comment != live_table.comment:
                yield backend.spell_comment(table, before.comment)
            yield from backend.spell_table(table, before, live_table)
        case Rebuild():
            raise AssertionError("undo_rebuild makes these")
        case _:
            assert_never(operation)
