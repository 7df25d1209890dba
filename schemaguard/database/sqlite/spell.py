"""Constraints and indexes in SQL, by their shapes: for what SQL made, by hand or in a migration, and no model has."""

from __future__ import annotations

from schemaguard.database.spelling import Quote, column_list, key_of
from schemaguard.schema.objects import Check, Constraint, ForeignKey, Index, IndexPart


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


def spell_within(constraint: Constraint, quote: Quote) -> str | None:
    """A constraint as CREATE TABLE says it; None for what is no part of a table. Source: SQLite's CREATE TABLE."""
    match constraint:
        case Check() if constraint.expression.text is not None:
            text = f"CHECK ({constraint.expression.text})"
        case Index() if constraint.constraint:
            text = f"UNIQUE ({', '.join(filter(None, (_part(part, quote) for part in constraint.parts)))})"
        case ForeignKey():
            target = f"({column_list(constraint.target_columns, quote)})" if constraint.target_columns else ""
            text = f"FOREIGN KEY ({column_list(constraint.columns, quote)}) REFERENCES {quote(constraint.target)}"
            text += f" {target} ON DELETE {constraint.on_delete} ON UPDATE {constraint.on_update}"
            if constraint.deferrable:
                text += f" DEFERRABLE INITIALLY {'DEFERRED' if constraint.deferred else 'IMMEDIATE'}"
        case _:
            return None
    return f"CONSTRAINT {quote(constraint.name)} {text}" if constraint.name else text


def _part(part: IndexPart, quote: Quote) -> str | None:
    key = key_of(part, quote)
    collation = f" COLLATE {quote(part.collation)}" if part.collation else ""
    return f"{key}{collation}{' DESC' if part.descending else ''}" if key is not None else None
