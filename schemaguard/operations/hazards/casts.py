"""Values that do not survive when their column gets another type: they do not cast, or come out as others.

The one answer for `reconcile` and `push`. A type that holds whatever the other one holds needs no look at the rows;
about any other pair every value is asked, and one that cannot be compared is one that is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.diagnosis.model import Hazard
from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.schema.objects import Column
from schemaguard.schema.text import length_of, literal

INTEGERS = ("smallint", "integer", "bigint")
ANY_TEXT = ("text", "character varying")
"""PostgreSQL spells any value as text, in a way that it reads again."""
OF_ONE_MEANING = ("uuid", "inet")
"""However a text spells one of these, no part of the text is lost but the spelling."""
TEXT = re.compile(r"(?:text|citext|character varying|varchar|character|char)(?:\(\d+\))?")
KEYS = r"""regexp_replace({}, '"(\\.|[^"\\])*"|[^:]', '', 'g')"""
"""Of a JSON text, the colon after each key."""
ANY_KIND_OF_TEXT = (*ANY_TEXT, "character", "citext")
HAS_CAST = """
    SELECT a.oid = b.oid OR 'S' IN (a.typcategory, b.typcategory) OR 'd' IN (a.typtype, b.typtype)
           OR (a.typcategory = 'A' AND b.typcategory = 'A')
           OR EXISTS (SELECT FROM pg_catalog.pg_cast WHERE castsource = a.oid AND casttarget = b.oid)
      FROM pg_catalog.pg_type a, pg_catalog.pg_type b
     WHERE a.oid = pg_catalog.to_regtype(%s) AND b.oid = pg_catalog.to_regtype(%s)
"""
AFFINITIES = (
    ("integer", ("INT",)),
    ("text", ("CHAR", "CLOB", "TEXT")),
    ("blob", ("BLOB",)),
    ("real", ("REAL", "FLOA", "DOUB")),
)
"""By the first of these words that a type has; numeric otherwise (sqlite.org/datatype3.html, 3.1)."""


def retyped(counter: Counter, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
    """What the rows have in them that the type of `expected` does not hold, the column being `actual` now."""
    length = narrowed(expected, actual)
    if length is not None:
        what = f"are longer than {expected.type} allows"
        condition = f"{counter.backend.length(counter.quote(actual.name))} > {length}"
        yield from counter.rows(_rows("too_long", table, actual, what, condition))
    yield from changed(counter, table, expected, actual)


def changed(counter: Counter, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
    """The same without strings that are too long: SQLite cuts off none by itself."""
    if counter.backend.keeps_any_value:
        condition = _stored_otherwise(counter.quote(actual.name), expected.type, actual.type)
    elif (known := counter.backend.changed_values(counter.quote(actual.name), expected.type, actual.type)) is not None:
        condition = known
    elif _holds_all(expected, actual):
        return
    elif not castable(counter, table, expected, actual):
        yield from uncastable(counter, table, expected, actual)
        return
    else:
        condition = _cast_to_another(counter, table, expected, actual)
    if condition:
        what = f"would not keep their value as {expected.type}"
        yield from counter.rows(_rows("too_long", table, actual, what, condition))


def narrowed(expected: Column, actual: Column) -> int | None:
    """The length above which a string is cut off; None where the new type takes any that the old one does."""
    new, old = length_of(expected.type), length_of(actual.type)
    return new if new is not None and (old is None or old > new) else None


def cast(connection: BaseDatabaseWrapper, value: str, actual: str, expected: str) -> str:
    """SQL of PostgreSQL that makes a value of the type `expected` of one that is `actual`.

    Where the server has no cast between the two, it goes by way of integer (smallint to boolean) or else of text. The
    server refuses the values that have no such meaning.
    """
    if _is_plain(actual, expected) or _has_cast(connection, actual, expected):
        return f"{value}::{expected}"
    is_boolean = "boolean" in (actual, expected)
    by_way_of = "integer" if is_boolean and _has_cast(connection, actual, "integer") else "text"
    return f"{value}::{by_way_of}::{expected}"


def _is_plain(actual: str, expected: str) -> bool:
    """Whether nobody has to be asked: a cast is there for sure."""
    bases = [kind.partition("(")[0] for kind in (actual, expected)]
    texts = [base in ANY_KIND_OF_TEXT for base in bases]
    return bases[0] == bases[1] or any(texts) or (bases[0] in INTEGERS and bases[1] in INTEGERS)


def _has_cast(connection: BaseDatabaseWrapper, actual: str, expected: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(HAS_CAST, [actual, expected])
        row = cursor.fetchone()
    return row is None or bool(row[0])


def castable(counter: Counter, table: str, expected: Column, actual: Column) -> bool:
    """Whether PostgreSQL casts every value to the type of `expected`."""
    made = cast(counter.connection, counter.quote(actual.name), actual.type, expected.type)
    return counter.tried(f"SELECT count({made}) FROM {counter.quote(table)}") is not None


def _rows(kind: str, table: str, actual: Column, what: str, condition: str) -> Rows:
    return Rows(kind=kind, table=table, columns=(actual.name,), what=what, condition=condition)


# ----------------------------------------------------------------------------------------------------------- PostgreSQL
def _holds_all(expected: Column, actual: Column) -> bool:
    """Whether the type of `expected` holds whatever that of `actual` does; a length was looked at before."""
    new, old = expected.type, actual.type
    if new in INTEGERS and old in INTEGERS:
        return INTEGERS.index(new) >= INTEGERS.index(old)
    return new in ANY_TEXT or length_of(new) is not None


def uncastable(counter: Counter, table: str, expected: Column, actual: Column) -> Iterator[Hazard]:
    """The very rows where the server can tell them, or else all that have a value."""
    if counter.backend.knows_what_casts and TEXT.fullmatch(actual.type):
        condition = f"NOT pg_input_is_valid({counter.quote(actual.name)}::text, {literal(expected.type)})"
        rows = _rows("cast_fails", table, actual, f"cannot be cast to {expected.type}", condition)
        found = tuple(counter.rows(rows, surely=False))
        if found:
            yield from found
            return
    what = f"may not be cast to {expected.type}"
    yield from counter.rows(_rows("cast_fails", table, actual, what, counter.has_value(actual.name)))


def _cast_to_another(counter: Counter, table: str, expected: Column, actual: Column) -> str:
    """SQL for the rows that come out with another value; empty where none can.

    All must cast. They are compared there and back: as they are, or as text where the type has no equality. A value
    with no way back (a time was a timestamp) is compared as text with what is made of it.
    """
    column = counter.quote(actual.name)
    made = cast(counter.connection, column, actual.type, expected.type)
    back = cast(counter.connection, f"({made})", expected.type, actual.type)
    is_text = TEXT.fullmatch(actual.type) is not None
    if is_text and expected.type in OF_ONE_MEANING:
        return ""
    if expected.type == "jsonb" and (is_text or actual.type == "json"):  # of a key that comes twice, the last is kept
        return f"{KEYS.format(f'{column}::text')} <> {KEYS.format(f'{made}::text')}"
    for condition in (f"{back} IS DISTINCT FROM {column}", f"({back})::text IS DISTINCT FROM {column}::text"):
        if counter.tried(f"SELECT count(*) FROM {counter.quote(table)} WHERE {condition}") is not None:
            return condition
    return f"({made})::text IS DISTINCT FROM {column}::text"


# --------------------------------------------------------------------------------------------------------------- SQLite
def _stored_otherwise(column: str, expected: str, actual: str) -> str:
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
