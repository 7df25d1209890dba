"""The lock of a reconcile, in this process: who waits, who is told, and what is put back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from schemaguard.exceptions import Refused
from schemaguard.execution.keeping import SUFFIX, kept
from schemaguard.execution.locking import ADVISORY, Watcher, exclusive, patient, try_lock
from tests.database.sqlite_connections import sqlite_connection
from tests.harness import Database, connected


@pytest.fixture
def postgres_connection(postgres_database: Database, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), connected(postgres_database) as connection:
        yield connection


@pytest.fixture
def sqlite_file(tmp_path: Path, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), sqlite_connection(str(tmp_path / "db.sqlite3")) as connection:
        yield connection


def value(connection: Any, sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def released_soon(release: Any) -> threading.Timer:
    timer = threading.Timer(0.3, release)
    timer.start()
    return timer


# ----------------------------------------------------------------------------------------------------------- PostgreSQL
def test_whoever_keeps_the_lock_waits_for_the_one_that_has_it(postgres_connection: Any) -> None:
    other = postgres_connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        assert try_lock(cursor)
    timer = released_soon(other.connection.rollback)
    with kept(postgres_connection) as check:
        assert timer.finished.is_set()
        check()
        assert value(postgres_connection, f"SELECT pg_try_advisory_xact_lock({ADVISORY})") is False
    assert value(postgres_connection, f"SELECT pg_try_advisory_xact_lock({ADVISORY})") is True
    other.close()


def test_a_transaction_that_has_begun_keeps_its_isolation(postgres_connection: Any) -> None:
    isolation = "SHOW transaction_isolation"
    with transaction.atomic():
        with postgres_connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert value(postgres_connection, isolation) == "repeatable read"
        with exclusive(postgres_connection, 1.5):
            assert value(postgres_connection, isolation) == "repeatable read"
            assert value(postgres_connection, "SHOW lock_timeout") == "1500ms"
    assert value(postgres_connection, "SHOW lock_timeout") == "0"


def test_without_a_second_connection_there_is_no_name_to_give(postgres_connection: Any) -> None:
    value(postgres_connection, "SELECT 1")
    postgres_connection.settings_dict = {**postgres_connection.settings_dict, "PORT": "1"}
    with Watcher(postgres_connection) as watcher:
        value(postgres_connection, "SELECT 1 FROM pg_sleep(1)")
    assert watcher.blockers == []


def test_what_is_no_wait_for_a_lock_is_not_tried_again(postgres_connection: Any) -> None:
    tries = []

    def attempt(watcher: Watcher) -> None:
        tries.append(watcher)
        value(postgres_connection, "SELECT 1 / 0")

    with pytest.raises(DatabaseError, match="division by zero"):
        patient(postgres_connection, 1, attempt)
    assert len(tries) == 1


# --------------------------------------------------------------------------------------------------------------- SQLite
def test_two_that_want_the_lock_file_have_it_one_after_the_other(sqlite_file: Any) -> None:
    path = Path(sqlite_file.settings_dict["NAME"] + SUFFIX)
    had: list[str] = []

    def second() -> None:
        with kept(sqlite_file):
            had.append("second")

    thread = threading.Thread(target=second)
    with kept(sqlite_file) as check:
        thread.start()
        thread.join(0.3)
        check()
        had.append("first")
        assert path.exists()
    thread.join(10)
    assert had == ["first", "second"]
    assert not path.exists()


def test_a_lock_file_that_cannot_be_made(tmp_path: Path, django_db_blocker: Any) -> None:
    name = tmp_path / "nowhere" / "db.sqlite3"
    unblocked, connecting = django_db_blocker.unblock(), sqlite_connection(str(name))
    with unblocked, connecting as connection, pytest.raises(Refused) as refused, kept(connection):
        pass
    assert str(refused.value) == (
        f"cannot make the lock file {name}{SUFFIX}: no such file or directory; the steps so far are done and recorded"
    )


def test_a_database_in_memory_has_nobody_to_share_with(django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), sqlite_connection() as connection, kept(connection) as check:
        check()
        assert value(connection, "SELECT 1") == 1


def test_what_was_there_before_is_there_afterwards(sqlite_file: Any) -> None:
    begun = []

    def begin() -> None:
        begun.append("ours")
        sqlite_file.cursor().execute("BEGIN")

    sqlite_file._start_transaction_under_autocommit = begin
    busy = value(sqlite_file, "PRAGMA busy_timeout")
    with exclusive(sqlite_file, 1):
        assert (value(sqlite_file, "PRAGMA foreign_keys"), begun) == (0, [])
    assert (value(sqlite_file, "PRAGMA foreign_keys"), value(sqlite_file, "PRAGMA busy_timeout")) == (1, busy)
    with transaction.atomic(using=sqlite_file.alias):
        assert begun == ["ours"]


def test_inside_a_transaction_foreign_keys_stay_as_they_are(sqlite_file: Any) -> None:
    with transaction.atomic(using=sqlite_file.alias):
        with exclusive(sqlite_file, 1):
            assert value(sqlite_file, "PRAGMA foreign_keys") == 1
        assert value(sqlite_file, "PRAGMA foreign_keys") == 1
