"""Values that a column of another type stores as others. None is refused: SQLite casts nothing."""

from __future__ import annotations

AFFINITIES = (
    ("integer", ("INT",)),
    ("text", ("CHAR", "CLOB", "TEXT")),
    ("blob", ("BLOB",)),
    ("real", ("REAL", "FLOA", "DOUB")),
)
"""By the first of these words that a type has; numeric otherwise (sqlite.org/datatype3.html, 3.1)."""


def changed_values(column: str, expected: str, actual: str) -> str:
    """SQL for the values that a column of another affinity stores as others; empty where it stores all as they are.

    Numbers become text, with fifteen digits; texts that look like a number become one, which may be spelt otherwise
    ('007' becomes 7); and where the affinity is REAL, large integers are rounded. All else is kept.
    """
    affinity = _affinity(expected)
    if affinity == _affinity(actual) or affinity == "blob":
        return ""
    if affinity == "text":
        return f"typeof({column}) = 'real' AND CAST(CAST({column} AS text) AS real) <> {column}"
    number = f"CAST({column} AS numeric)"
    # Zeros at the end of a fraction are no loss.
    spelt = f"CASE WHEN instr({column}, '.') THEN rtrim(rtrim({column}, '0'), '.') ELSE {column} END"
    other = f"(typeof({column}) = 'text' AND {spelt} <> CAST({number} AS text))"
    if affinity == "real":
        other = f"({other} OR CAST({column} AS real) <> {number})"
    # Compared with a number, a text that looks like one counts as one.
    return f"{number} = {column} AND {other}"


def _affinity(type_: str) -> str:
    if not type_:
        return "blob"
    return next((each for each, words in AFFINITIES if any(word in type_.upper() for word in words)), "numeric")
