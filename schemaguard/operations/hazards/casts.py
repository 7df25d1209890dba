"""Values that do not survive when their column gets another type: they do not cast, or become other values.

It is the one answer for `reconcile` and `push`. If the new type holds whatever the old one holds, no row is looked at.
For any other pair every value is tried. A value that cannot be compared counts as changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.schema.text import length_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.model import Hazard
    from schemaguard.schema.objects import Column

INTEGERS = ("smallint", "integer", "bigint")
ANY_TEXT = ("text", "character varying")
"""PostgreSQL spells any value as text, in a way that it reads again."""
OF_ONE_MEANING = ("uuid", "inet")
"""Types of which a text may be spelled in several ways that mean the same: nothing but the spelling is lost."""
TEXT = re.compile(r"(?:text|citext|character varying|varchar|character|char)(?:\(\d+\))?")
KEYS = r"""regexp_replace({}, '"(\\.|[^"\\])*"|[^:]', '', 'g')"""
"""SQL that counts the keys of a JSON text, by the colon after each."""


def retyped(counter: Counter, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
    """The hazards of giving the column `actual` the type of `expected`."""
    length = narrowed(expected, actual)
    if length is not None:
        yield from _cut(counter, table, expected, actual, length)
    yield from changed(counter, table, expected, actual)


def refused(counter: Counter, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
    """Only those over which the server would fail. A value that it makes another one of is none."""
    if not counter.backend.casts_in_queries:
        return
    length = narrowed(expected, actual)
    if length is not None:
        yield from _cut(counter, table, expected, actual, length)
    elif not castable(counter, table, expected, actual):
        yield from uncastable(counter, table, expected, actual)


def _cut(counter: Counter, table: str, expected: Column, actual: Column, length: int) -> Iterator[Hazard]:
    what = f"are longer than {expected.type} allows"
    condition = f"{counter.backend.length(counter.quote(actual.name), expected.type, actual.type)} > {length}"
    yield from counter.rows(_rows("too_long", table, actual, what, condition))


def changed(counter: Counter, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
    """The hazards without strings that are too long: SQLite cuts off none by itself."""
    if (known := counter.backend.changed_values(counter.quote(actual.name), expected.type, actual.type)) is not None:
        condition = known
    elif _holds_all(expected, actual):
        return
    elif not castable(counter, table, expected, actual):
        yield from uncastable(counter, table, expected, actual)
        return
    else:
        condition = _cast_to_another(counter, table, expected, actual)
    if condition:
        refused = counter.backend.refuses_casts(expected.type, actual.type)
        kind, what = ("cast_fails", "cannot become") if refused else ("too_long", "would not keep their value as")
        yield from counter.rows(_rows(kind, table, actual, f"{what} {expected.type}", condition))


def narrowed(expected: Column, actual: Column) -> int | None:
    """The length above which a string is cut off; None where the new type takes any that the old one does."""
    new, old = length_of(expected.type), length_of(actual.type)
    return new if new is not None and (old is None or old > new) else None


def castable(counter: Counter, table: str, expected: Column, actual: Column) -> bool:
    """Whether the server casts every value to the type of `expected`."""
    made = counter.backend.cast(counter.quote(actual.name), actual.type, expected.type)
    return counter.tried(f"SELECT count({made}) FROM {counter.quote(table)}") is not None


def _rows(kind: str, table: str, actual: Column, what: str, condition: str) -> Rows:
    return Rows(kind=kind, table=table, columns=(actual.name,), what=what, condition=condition)


# ----------------------------------------------------------------------------------------------------------- PostgreSQL
def _holds_all(expected: Column, actual: Column) -> bool:
    """Whether the type of `expected` holds whatever that of `actual` does, apart from lengths."""
    new, old = expected.type, actual.type
    if new in INTEGERS and old in INTEGERS:
        return INTEGERS.index(new) >= INTEGERS.index(old)
    return new in ANY_TEXT or length_of(new) is not None


def uncastable(counter: Counter, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
    """Exactly the rows that do not cast, where the server can tell them; else all that have a value."""
    is_valid = counter.backend.is_valid(counter.quote(actual.name), expected.type)
    if is_valid is not None and TEXT.fullmatch(actual.type):
        condition = f"NOT {is_valid}"
        rows = _rows("cast_fails", table, actual, f"cannot be cast to {expected.type}", condition)
        found = tuple(counter.rows(rows, surely=False))
        if found:
            yield from found
            return
    what = f"may not be cast to {expected.type}"
    yield from counter.rows(_rows("cast_fails", table, actual, what, counter.has_value(actual.name)))


def _cast_to_another(counter: Counter, table: str, expected: Column, actual: Column) -> str:
    """SQL for the rows that would get another value; empty where there can be none. All of them must cast.

    A value is cast there and back, and compared; as text, where the type has no equality. Where there is no way back
    (from a time to a timestamp), the new value is compared as text with the old one.
    """
    column = counter.quote(actual.name)
    made = counter.backend.cast(column, actual.type, expected.type)
    back = counter.backend.cast(f"({made})", expected.type, actual.type)
    is_text = TEXT.fullmatch(actual.type) is not None
    if is_text and expected.type in OF_ONE_MEANING:
        return ""
    if expected.type == "jsonb" and (is_text or actual.type == "json"):  # where a key comes twice, the last one is kept
        return f"{KEYS.format(f'{column}::text')} <> {KEYS.format(f'{made}::text')}"
    for condition in (f"{back} IS DISTINCT FROM {column}", f"({back})::text IS DISTINCT FROM {column}::text"):
        if counter.tried(f"SELECT count(*) FROM {counter.quote(table)} WHERE {condition}") is not None:
            return condition
    return f"({made})::text IS DISTINCT FROM {column}::text"
