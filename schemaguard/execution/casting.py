"""Values that come out as others when their column gets another type: cut off, rounded, or made a number of."""

from __future__ import annotations

from schemaguard.execution.counting import Counter
from schemaguard.schema.objects import Column

NO_NUMBERS = ("CHAR", "CLOB", "TEXT", "BLOB")
"""Words in a type whose columns SQLite leaves a text in as it is (sqlite.org/datatype3.html)."""


def changed(counter: Counter, table: str, expected: Column, actual: Column) -> str:
    """SQL for the rows whose value does not survive the alteration; empty where all surely do.

    All values must cast. They are compared there and back: as they are, or as text where the type has no equality. A
    value with no way back (a time was a timestamp, or is cut off) is compared as text with what is made of it.
    """
    column = counter.quote(actual.name)
    if counter.connection.vendor == "sqlite":
        return _other_number(column, expected.type)
    cast = f"{column}::{expected.type}"
    back = f"({cast})::{actual.type}"
    text = "jsonb" if actual.type == "json" else "text"  # json is the same however it is spelt
    for condition in (f"{back} IS DISTINCT FROM {column}", f"({back})::{text} IS DISTINCT FROM {column}::{text}"):
        if counter.tried(f"SELECT count(*) FROM {counter.quote(table)} WHERE {condition}") is not None:
            return condition
    return f"({cast})::text IS DISTINCT FROM {column}::text"


def _other_number(column: str, expected: str) -> str:
    """SQLite makes a number of a text that looks like one, which is then spelt otherwise: '007' becomes 7."""
    if any(word in expected.upper() for word in NO_NUMBERS):
        return ""
    number = f"CAST({column} AS numeric)"
    # Compared with a number, a text that looks like one counts as one. Zeros at the end of a fraction are no loss.
    spelt = f"CASE WHEN instr({column}, '.') THEN rtrim(rtrim({column}, '0'), '.') ELSE {column} END"
    return f"typeof({column}) = 'text' AND {number} = {column} AND {spelt} <> CAST({number} AS text)"
