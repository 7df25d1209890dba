"""Statements that take a name and nothing else. Plans, pushes and undo spell them here.

What a server spells otherwise is asked of its backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.names import beside
from schemaguard.schema.objects import Constraint, Index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemaguard.database.base import Backend


def stands_alone(constraint: Constraint) -> bool:
    """Whether it is an index that is no part of its table's definition."""
    return isinstance(constraint, Index) and not constraint.constraint


def drop_tables(backend: Backend, names: Sequence[str]) -> Iterator[str]:
    """Drops tables together where the server can, since they may point at each other."""
    quoted = [backend.connection.ops.quote_name(name) for name in names]
    if backend.drops_many:
        yield f"DROP TABLE {', '.join(quoted)}"
    else:
        yield from (f"DROP TABLE {name}" for name in quoted)


def drop_column(backend: Backend, table: str, column: str) -> str:
    quote = backend.connection.ops.quote_name
    return f"ALTER TABLE {quote(table)} DROP COLUMN {quote(column)}"


def drop_constraint(
    backend: Backend, table: str, actual: Constraint, names: Sequence[str] = (), *, concurrently: bool = False
) -> str:
    """Drops a live constraint or index by its name."""
    spelt = backend.spell_drop(table, actual, names)
    if spelt is not None:
        return spelt
    quote, name = backend.connection.ops.quote_name, actual.name or ""
    if stands_alone(actual):
        return f"DROP INDEX{' CONCURRENTLY' if concurrently else ''} {quote(beside(table, name))}"
    return f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(name)}"


def rename_constraint(backend: Backend, table: str, actual: Constraint, new_name: str) -> str | None:
    """Renames a constraint. None where the server has no such statement: then it is dropped, and made anew."""
    spelt = backend.spell_rename(table, actual, new_name)
    if spelt is not None or backend.remakes_tables or backend.restates_columns:
        return spelt
    quote, name = backend.connection.ops.quote_name, actual.name or ""
    if stands_alone(actual):
        return f"ALTER INDEX {quote(beside(table, name))} RENAME TO {quote(new_name)}"
    return f"ALTER TABLE {quote(table)} RENAME CONSTRAINT {quote(name)} TO {quote(new_name)}"
