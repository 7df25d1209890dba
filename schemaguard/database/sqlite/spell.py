"""The statement that makes an index of a given shape: for what SQL in a migration once made, and no model has."""

from __future__ import annotations

from collections.abc import Callable

from schemaguard.schema.objects import Constraint, Index, IndexPart

Quote = Callable[[str], str]


def spell(table: str, constraint: Constraint, quote: Quote) -> str | None:
    """CREATE INDEX; None for what is part of its table's own definition, and where an expression cannot be told.

    `table` is the table's key; `quote` is Django's `quote_name`. Source: SQLite's CREATE INDEX.
    """
    if not isinstance(constraint, Index) or constraint.constraint or not constraint.name:
        return None
    parts = [_part(part, quote) for part in constraint.parts]
    condition = constraint.condition
    if None in parts or (condition is not None and condition.text is None):
        return None
    unique = "UNIQUE " if constraint.unique else ""
    where = f" WHERE {condition.text}" if condition is not None else ""
    keys = ", ".join(filter(None, parts))
    return f"CREATE {unique}INDEX {quote(constraint.name)} ON {quote(table)} ({keys}){where}"


def _part(part: IndexPart, quote: Quote) -> str | None:
    if part.column is None and (part.expression is None or part.expression.text is None):
        return None
    key = quote(part.column) if part.column is not None else f"({part.expression.text})" if part.expression else ""
    collation = f" COLLATE {quote(part.collation)}" if part.collation else ""
    return f"{key}{collation}{' DESC' if part.descending else ''}"
