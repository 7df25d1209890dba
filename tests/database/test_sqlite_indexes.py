"""Indexes of SQLite: keys, directions, collations, expressions and predicates, from the text of CREATE INDEX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from schemaguard.database.sqlite import SQLiteBackend
from schemaguard.schema.objects import (
    Expression,
    Index,
    IndexPart,
    Schema,
)
from tests.database.sqlite_connections import run, sqlite_connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def connection(django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    with django_db_blocker.unblock(), sqlite_connection() as made:
        yield made


def read(connection: BaseDatabaseWrapper) -> Schema:
    backend = SQLiteBackend(connection)
    with backend.reading():
        return backend.read()


def text(sql: str, *names: str) -> Expression:
    return Expression(sql, frozenset(names))


UNTOLD = Expression(None)
INDEXES = [
    ("CREATE INDEX i ON t (a, b DESC)", (IndexPart(column="a"), IndexPart(column="b", descending=True)), None),
    ("CREATE INDEX i ON t (b COLLATE nocase)", (IndexPart(column="b", collation="nocase"),), None),
    (
        'CREATE INDEX i ON t ((("b" COLLATE "RTRIM")) desc)',
        (IndexPart(column="b", descending=True, collation="RTRIM"),),
        None,
    ),
    ("CREATE INDEX i ON t (n COLLATE NOCASE)", (IndexPart(column="n"),), None),
    ("CREATE INDEX i ON t (n COLLATE BINARY)", (IndexPart(column="n", collation="BINARY"),), None),
    ("CREATE INDEX i ON t ((lower(b)))", (IndexPart(expression=text("lower(b)", "b")),), None),
    (
        "CREATE INDEX i ON t ((lower(b) COLLATE nocase) DESC)",
        (IndexPart(expression=text("lower(b)", "b"), collation="nocase", descending=True),),
        None,
    ),
    (
        "CREATE INDEX i ON t (a = b COLLATE nocase)",
        (IndexPart(expression=text("a = b COLLATE nocase", "a", "b")),),
        None,
    ),
    (
        "CREATE INDEX IF NOT EXISTS i ON t(a+1, coalesce(b, ',)'))WHERE(b = ' WHERE ') -- why",
        (IndexPart(expression=text("a+1", "a")), IndexPart(expression=text("coalesce(b, ',)')", "b"))),
        text("(b = ' WHERE ')", "b"),
    ),
]


@pytest.mark.parametrize(("sql", "parts", "condition"), INDEXES)
def test_indexes(
    connection: BaseDatabaseWrapper, sql: str, parts: tuple[IndexPart, ...], condition: Expression | None
) -> None:
    run(connection, "CREATE TABLE t (a int, b text, n text COLLATE nocase)", sql)
    assert read(connection).tables["t"].constraints == (Index(name="i", parts=parts, condition=condition),)


@pytest.mark.parametrize(("sql", "parts", "condition"), INDEXES)
def test_an_index_spelt_is_that_index_again(
    connection: BaseDatabaseWrapper, sql: str, parts: tuple[IndexPart, ...], condition: Expression | None
) -> None:
    run(connection, "CREATE TABLE t (a int, b text, n text COLLATE nocase)")
    unique = Index(name="i", parts=parts, condition=condition, unique=True)
    statement = SQLiteBackend(connection).spell("t", unique)
    assert statement is not None
    run(connection, statement)
    assert read(connection).tables["t"].constraints == (unique,)


def test_what_belongs_to_its_table_or_cannot_be_told_is_not_spelt(connection: BaseDatabaseWrapper) -> None:
    backend, column = SQLiteBackend(connection), (IndexPart(column="a"),)
    assert backend.spell("t", Index(name="i", parts=column, unique=True, constraint=True)) is None
    assert backend.spell("t", Index(name=None, parts=column)) is None
    assert backend.spell("t", Index(name="i", parts=(IndexPart(expression=UNTOLD),))) is None
    assert backend.spell("t", Index(name="i", parts=column, condition=UNTOLD)) is None
