"""SQLite as a judge: the same, different, or nobody can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from schemaguard.database.sqlite import SQLiteBackend
from schemaguard.schema.questions import Question
from tests.database.sqlite_connections import run, sqlite_connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def connection(django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    with django_db_blocker.unblock(), sqlite_connection() as made:
        yield made


ANSWERS = [
    ('"a" >= 0', "(a) >= (0)", None, True),
    ("b <> 'x' -- why", "b != 'x'", None, True),
    ("t.a > 0", "a > 0", None, True),
    ("B='x'", "(b = 'x')", None, True),
    ("a >= 0", "a > 0", None, False),
    ("a | a & 3", "a | (a & 3)", None, False),
    ("length(b) > 3", "length(b) > 4", None, False),
    ("b LIKE 'a%'", "b LIKE 'b%'", None, False),
    ("b REGEXP '^a'", "b REGEXP '^b'", None, False),
    ("b IN ('x', 'y')", "b IN ('x', 'y', 'z')", None, False),
    ("a IS NULL", "n IS NULL", None, False),
    ("x'0041' = b", "x'0042' = b", None, False),
    ("a > 0.3", "a > 0.30000000000000004", None, False),
    ("a > 1000", "a > 1001", None, False),
    ("json(b) = 'x'", "json(b) = 'y'", None, False),
    ("json(b) > 1", "1 < json(b)", None, None),
    ("a >= 0", "0 <= a", None, None),
    ("a >= 0 -- no less, the 3rd", "0 <= a /* nor 'NULL */", None, None),
    ("a IN (1, 2)", "a = 1 OR a = 2", None, None),
    ("a > nowhere", "a > 0", None, None),
    ("a >", "a > 0", None, None),
    ("1", "'1'", "integer", True),
    ("1", "2", "integer", False),
    ("1", "1.0", None, None),
    ("CURRENT_TIMESTAMP", "datetime()", None, None),
]


@pytest.mark.parametrize(("expected", "actual", "cast", "answer"), ANSWERS)
def test_the_server_judges(
    connection: BaseDatabaseWrapper, expected: str, actual: str, cast: str | None, answer: bool | None
) -> None:
    run(connection, "CREATE TABLE t (a int, b text, n text COLLATE nocase)")
    question = Question("expression", "t", expected, actual, cast)
    backend = SQLiteBackend(connection)
    with backend.reading():
        assert backend.same([question, question]) == {question: answer}


def test_types_are_judged_by_their_spelling(connection: BaseDatabaseWrapper) -> None:
    same, different = Question("type", "t", "TEXT", "text"), Question("type", "t", "varchar(10)", "varchar(20)")
    assert SQLiteBackend(connection).same([same, different]) == {same: True, different: False}


TYPES = [
    ("varchar(254)", "varchar(254)"),
    ("VARCHAR ( 254 )", "varchar(254)"),
    ("bigint  unsigned", "bigint unsigned"),
    ("decimal(10,2)", "decimal(10, 2)"),
    ("text COLLATE nocase NOT NULL", "text"),
    ("double\nprecision", "double precision"),
    ("", ""),
]


@pytest.mark.parametrize(("written", "expected"), TYPES)
def test_types_have_one_spelling(connection: BaseDatabaseWrapper, written: str, expected: str) -> None:
    assert SQLiteBackend(connection).normal_type(written) == expected


def test_what_may_be_a_query_is_not_tried_out(connection: BaseDatabaseWrapper) -> None:
    run(connection, 'CREATE TABLE t ("select" int)')
    other = Question("expression", "t", '"select" > 0', '"select" > 1', None)
    turned = Question("expression", "t", '"select" > 0', '0 < "select"', None)
    assert SQLiteBackend(connection).same([other, turned]) == {other: False, turned: None}
