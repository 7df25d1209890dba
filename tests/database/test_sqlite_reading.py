"""Reading SQLite: read-only, one snapshot, and everything as it was afterwards."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.db import DatabaseError, transaction
from django.test.utils import CaptureQueriesContext

from schemaguard.database.sqlite import SQLiteBackend
from tests.database.sqlite_connections import ALIAS, run, sqlite_connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.objects import Schema


@pytest.fixture
def connection(django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    with django_db_blocker.unblock(), sqlite_connection() as made:
        yield made


def read(connection: BaseDatabaseWrapper) -> Schema:
    backend = SQLiteBackend(connection)
    with backend.reading():
        return backend.read()


def test_the_number_of_queries_does_not_grow(connection: BaseDatabaseWrapper) -> None:
    counts = []
    for first in (0, 50):
        for number in range(first, first + 10):
            run(connection, f"CREATE TABLE t{number} (a int UNIQUE REFERENCES t0, b text CHECK (b > a))")
        with CaptureQueriesContext(connection) as captured:
            SQLiteBackend(connection).read()
        counts.append(len(captured))
    assert counts == [4, 4]


def test_reading_cannot_write_and_puts_everything_back(connection: BaseDatabaseWrapper) -> None:
    run(connection, "CREATE TABLE t (a int)")
    backend = SQLiteBackend(connection)
    with backend.reading(), pytest.raises(DatabaseError, match="readonly"), transaction.atomic(using=ALIAS):
        run(connection, "INSERT INTO t VALUES (1)")
    run(connection, "INSERT INTO t VALUES (1)", "PRAGMA query_only = ON")
    with backend.reading():
        pass
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA query_only").fetchone() == (1,)
        assert cursor.execute("SELECT count(*) FROM t").fetchone() == (1,)


def test_reading_after_an_error_and_within_a_transaction(connection: BaseDatabaseWrapper) -> None:
    backend = SQLiteBackend(connection)
    with pytest.raises(DatabaseError), backend.reading():
        run(connection, "SELECT * FROM nowhere")
    with transaction.atomic(using=ALIAS):
        run(connection, "CREATE TABLE t (a int)")
        with backend.reading():
            assert set(backend.read().tables) == {"t"}
        run(connection, "INSERT INTO t VALUES (1)")
    assert set(read(connection).tables) == {"t"}


@pytest.mark.parametrize("mode", ["IMMEDIATE", None])
def test_a_file_that_may_only_be_read(tmp_path: Path, django_db_blocker: Any, mode: str | None) -> None:
    path = tmp_path / "shop.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE t (a int)")
    made.close()
    path.chmod(0o444)
    options = {"transaction_mode": mode} if django.VERSION >= (5, 1) else {}
    with django_db_blocker.unblock(), sqlite_connection(f"file:{path}?mode=ro", **options) as connection:
        assert set(read(connection).tables) == {"t"}
        assert getattr(connection, "transaction_mode", mode) == (mode if options else None)


def test_one_snapshot(tmp_path: Path, django_db_blocker: Any) -> None:
    path = tmp_path / "shop.sqlite3"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (a int)")
    with django_db_blocker.unblock(), sqlite_connection(str(path)) as connection:
        backend = SQLiteBackend(connection)
        with backend.reading():
            before = backend.read()
            writer.execute("CREATE TABLE u (a int)")
            assert backend.read() == before
        assert set(backend.read().tables) == {"t", "u"}
    writer.close()
