"""From one type to another, as an expression of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

INTEGERS = ("smallint", "integer", "bigint")
ANY_KIND_OF_TEXT = ("text", "character varying", "character", "citext")
HAS_CAST = """
    SELECT a.oid = b.oid OR 'S' IN (a.typcategory, b.typcategory) OR 'd' IN (a.typtype, b.typtype)
           OR (a.typcategory = 'A' AND b.typcategory = 'A')
           OR EXISTS (SELECT FROM pg_catalog.pg_cast WHERE castsource = a.oid AND casttarget = b.oid)
      FROM pg_catalog.pg_type a, pg_catalog.pg_type b
     WHERE a.oid = pg_catalog.to_regtype(%s) AND b.oid = pg_catalog.to_regtype(%s)
"""


def cast(connection: BaseDatabaseWrapper, value: str, actual: str, expected: str) -> str:
    """SQL that makes a value of the type `expected` of one that is `actual`.

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
