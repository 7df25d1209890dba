"""What is read on PostgreSQL is one snapshot, and provably read-only; the connection is afterwards what it was."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, transaction

from schemaguard.database import backend_of
from schemaguard.database.postgresql import PostgreSQLBackend
from schemaguard.database.postgresql import backend as module
from schemaguard.schema.objects import Owner
from tests.harness import Database, connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.history.test_timeline import Connect

SHOWN = "SELECT current_setting('transaction_read_only'), current_setting('transaction_isolation')"
INSIDE, OUTSIDE = ("on", "repeatable read"), ("off", "read committed")


def shown(connection: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(SHOWN)
        return cursor.fetchone()


@contextmanager
def counted(connection: Any) -> Iterator[Any]:
    asked = []

    def count(execute: Any, sql: str, params: Any, many: int, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield asked


@contextmanager
def another_driver(connection: Any) -> Iterator[Any]:
    """As psycopg2 is seen: it has to be told by a statement."""
    yield False


@pytest.mark.parametrize(("begun", "statements"), [(None, 0), (another_driver, 1)], ids=["psycopg 3", "psycopg2"])
def test_a_read_only_snapshot(
    connect: Connect, postgres_database: Database, monkeypatch: pytest.MonkeyPatch, begun: Any, statements: int
) -> None:
    postgres_database.execute("CREATE TABLE here (id integer)")
    if begun is not None:
        monkeypatch.setattr(module, "begun_read_only", begun)
    with connect(postgres_database) as connection:
        backend = PostgreSQLBackend(connection)
        for _ in range(2):
            with counted(connection) as asked, backend.reading():
                assert shown(connection) == INSIDE
            assert len(asked) == statements + 1
        refused = pytest.raises(DatabaseError, match="read-only transaction")
        with refused, backend.reading(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO here VALUES (1)")
        assert shown(connection) == OUTSIDE
        with transaction.atomic(), connection.cursor() as cursor:
            assert shown(connection) == OUTSIDE
            cursor.execute("INSERT INTO here VALUES (1)")
    assert postgres_database.execute("SELECT id FROM here") == [(1,)]


def test_inside_a_transaction_of_the_callers(connect: Connect, postgres_database: Database) -> None:
    with connect(postgres_database) as connection, transaction.atomic(), PostgreSQLBackend(connection).reading():
        assert shown(connection) == OUTSIDE


def test_a_connection_that_was_lost_meanwhile(connect: Connect, postgres_database: Database) -> None:
    with connect(postgres_database) as connection:
        lost = pytest.raises(DatabaseError)
        with lost, PostgreSQLBackend(connection).reading(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        connection.close()
        assert shown(connection) == OUTSIDE


STRANGERS = """
    CREATE TABLE of_an_extension (id integer);
    ALTER EXTENSION plpgsql ADD TABLE of_an_extension;
    CREATE FOREIGN DATA WRAPPER elsewhere;
    CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
    CREATE FOREIGN TABLE of_another_server (id integer) SERVER elsewhere;
"""


def test_tables_that_belong_to_somebody(postgres_database: Database, django_db_blocker: Any) -> None:
    postgres_database.script(STRANGERS)
    with django_db_blocker.unblock(), connected(postgres_database) as connection:
        tables = backend_of(connection).read().tables
    assert tables["of_an_extension"].owner is Owner.EXTENSION
    assert tables["of_another_server"].owner is Owner.FOREIGN
