"""What `undo` can do, as values: written into the journal by a reconcile, read back with suspicion, made into SQL here.

No SQL stands in the journal but the text of expressions and, on SQLite, a table's own CREATE TABLE.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from schemaguard.database.base import Backend
from schemaguard.journal.constraint_values import Unreadable, as_value, constraint_of, name_in, names_in
from schemaguard.schema.names import beside
from schemaguard.schema.objects import Constraint, Index, Owner, Schema, Table
from schemaguard.schema.values import value

OURS = "schemaguard_"
ATTRIBUTES = ("comment", "logged", "row_security", "forced")
"""What of a table, beside its parts, can be set back."""


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
    """A constraint, or an index that is none."""

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
    """`attributes`: those of `ATTRIBUTES`, as they were."""

    table: str
    attributes: tuple[Any, ...]


@value(frozen=True, slots=True)
class Rebuild:
    """SQLite: the table as it was. `filled` goes with each column that is no more: see DropColumn."""

    table: str
    definition: str
    filled: tuple[tuple[str, str | None], ...]


Operation = DropTables | DropColumn | DropConstraint | DropTrigger | MakeConstraint | SetTable | Rebuild
KINDS: Mapping[str, type[Operation]] = {
    "drop_tables": DropTables, "drop_column": DropColumn, "drop_constraint": DropConstraint,
    "drop_trigger": DropTrigger, "make_constraint": MakeConstraint, "set_table": SetTable, "rebuild": Rebuild,
}  # fmt: skip


def operation_value(operation: Operation) -> dict[str, Any]:
    """The operation in what JSON knows."""
    kind = next(name for name, each in KINDS.items() if isinstance(operation, each))
    found = {each.name: getattr(operation, each.name) for each in fields(operation)}
    if isinstance(operation, MakeConstraint):
        found["shape"] = as_value(operation.shape)
    return {"do": kind, **found}


def operation_of(found: Any, dialect: str) -> Operation:
    """The operation back. Raises Unreadable for anything that `operation_value` does not make."""
    kind = KINDS.get(str(found.get("do"))) if isinstance(found, dict) else None
    if kind is None or set(found) != {"do", *(each.name for each in fields(kind))}:
        raise Unreadable("an operation that undo does not know")
    match kind.__name__, found:
        case "DropTables", {"tables": tables}:
            return DropTables(names_in(tables))
        case "DropColumn", {"table": table, "column": column, "filled": filled}:
            return DropColumn(name_in(table), name_in(column), _text(filled))
        case "DropConstraint", {"table": table, "constraint": constraint}:
            return DropConstraint(name_in(table), name_in(constraint))
        case "DropTrigger", {"trigger": trigger}:
            return DropTrigger(name_in(trigger))
        case "MakeConstraint", {"table": table, "shape": shape}:
            return MakeConstraint(name_in(table), constraint_of(shape, dialect))
        case "SetTable", {"table": table, "attributes": [comment, *switches]} if len(switches) == len(ATTRIBUTES) - 1:
            if not all(isinstance(each, bool) for each in switches):
                raise Unreadable("attributes of a table that undo does not know")
            return SetTable(name_in(table), (_text(comment), *switches))
        case "Rebuild", {"table": table, "definition": str(definition), "filled": list(filled)}:
            return Rebuild(name_in(table), definition, tuple((name_in(column), _text(text)) for column, text in filled))
    raise Unreadable("an operation of another form")


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


# ------------------------------------------------------------------------------------------------ against a live schema
def refuse_strangers(operation: Operation, schema: Schema) -> None:
    """Raises Unreadable where an operation is about what is not there, or not the project's to drop."""
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
        case DropTables(tables) if backend.drops_many:
            yield f"DROP TABLE {', '.join(map(quote, tables))}"
        case DropTables(tables):
            yield from (f"DROP TABLE {quote(each)}" for each in tables)
        case DropColumn(table, column, _):
            yield f"ALTER TABLE {quote(table)} DROP COLUMN {quote(column)}"
        case DropConstraint(table, constraint):
            live = _constraint(schema, table, constraint)
            spelt = backend.spell_drop(table, live) if live is not None else None
            if spelt is not None:
                yield spelt
            elif isinstance(live, Index) and not live.constraint:
                yield f"DROP INDEX {quote(beside(table, constraint))}"
            else:
                yield f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(constraint)}"
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
