"""Column types as Django's schema editor and people write them, in the spelling of format_type."""

from __future__ import annotations

from typing import Any

import pytest

from schemaguard.database.postgresql.types import normal_type
from tests.harness import Database, connected

TYPES = [
    ("varchar(254)", "character varying(254)"),
    ("int4", "integer"),
    ("numeric(10, 2)[3]", "numeric(10,2)[]"),
    ("numeric(10)", "numeric(10,0)"),
    ("char", "character(1)"),
    ("bit", "bit(1)"),
    ("bit(3)", "bit(3)"),
    ("timestamptz", "timestamp with time zone"),
    ("timestamptz(3)", "timestamp(3) with time zone"),
    ("timestamp(0)", "timestamp(0) without time zone"),
    ("time  WITH time zone", "time with time zone"),
    ("timestamp(6) with time zone", "timestamp(6) with time zone"),
    ("double  precision", "double precision"),
    ('"char"', '"char"'),
    ('"Odd one"(3)', '"Odd one"(3)'),
]


@pytest.mark.parametrize(("written", "expected"), TYPES)
def test_a_type_has_one_spelling(written: str, expected: str) -> None:
    assert normal_type(f" {written} ") == expected
    assert normal_type(expected) == expected


def test_the_server_spells_them_the_same_way(postgres_database: Database, django_db_blocker: Any) -> None:
    written = [each for each, _ in TYPES if "Odd" not in each]
    with django_db_blocker.unblock(), connected(postgres_database) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE t ({', '.join(f'c{n} {kind}' for n, kind in enumerate(written))})")
        cursor.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum"
        )
        assert [kind for (kind,) in cursor.fetchall()] == [normal_type(each) for each in written]
