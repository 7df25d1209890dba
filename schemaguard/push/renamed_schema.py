"""A schema as renames would leave it: for a server on which they cannot be done and rolled back."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemaguard.exhaustive import assert_never
from schemaguard.operations import tasks as t
from schemaguard.schema.objects import Constraint, ForeignKey, Schema
from schemaguard.schema.renaming import renamed, with_columns_renamed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.operations.hazards.row_counts import Counter


def renamed_schema(schema: Schema, renames: Iterable[t.RenameTask]) -> Schema:
    """The schema after tasks that rename tables and columns. What the server spells anew with them is not known."""
    for task in renames:
        match task:
            case t.RenameTable(_, name, new_name):
                schema = _with_table_renamed(schema, name, new_name)
            case t.RenameColumn(_, table, name, new_name):
                schema = _with_column_renamed(schema, table, name, new_name)
            case _:
                assert_never(task)
    return schema


def note_renames(counter: Counter, schema: Schema, renames: Iterable[t.RenameTask]) -> None:
    """Lets the counter look for rows under the names of today. `schema` is the live one."""
    for task in renames:
        match task:
            case t.RenameTable(_, name, new_name):
                live = schema.find(name)
                counter.note_renamed_table(name, new_name, live.columns if live is not None else ())
            case t.RenameColumn(_, table, name, new_name):
                live = schema.find(table)
                counter.note_renamed_column(table, name, new_name, live.columns if live is not None else ())
            case _:
                assert_never(task)


def _with_table_renamed(schema: Schema, name: str, new_name: str) -> Schema:
    tables = {}
    for each, table in schema.tables.items():
        constraints = tuple(_pointing_at(constraint, name, new_name) for constraint in table.constraints)
        key = new_name if each == name else each
        tables[key] = replace(table, name=key, constraints=constraints)
    return replace(schema, tables=MappingProxyType(tables))


def _pointing_at(constraint: Constraint, name: str, new_name: str) -> Constraint:
    if isinstance(constraint, ForeignKey) and constraint.target == name:
        return replace(constraint, target=new_name)
    return constraint


def _with_column_renamed(schema: Schema, table: str, name: str, new_name: str) -> Schema:
    tables = {}
    for each, live in schema.tables.items():
        own = with_columns_renamed(live, {name: new_name}) if live.name == table else live
        constraints = tuple(_over_renamed(constraint, table, name, new_name) for constraint in own.constraints)
        tables[each] = replace(own, constraints=constraints)
    return replace(schema, tables=MappingProxyType(tables))


def _over_renamed(constraint: Constraint, table: str, name: str, new_name: str) -> Constraint:
    if isinstance(constraint, ForeignKey) and constraint.target == table:
        return replace(constraint, target_columns=renamed(constraint.target_columns, name, new_name))
    return constraint
