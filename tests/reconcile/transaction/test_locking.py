"""The lock of a reconcile, in this process: who waits, who is told, and what is put back."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, transaction

from schemaguard.database import backend_of
from schemaguard.database.postgresql.locking import ADVISORY, try_lock
from schemaguard.database.sqlite import lock_file
from schemaguard.database.sqlite.lock_file import SUFFIX
from schemaguard.exceptions import Refused
from schemaguard.operations.locking import Watcher, exclusive, patient
from tests.database.sqlite_connections import sqlite_connection
from tests.harness import Database, connected

if TYPE_CHECKING:
    from schemaguard.database.locking import Check


@pytest.fixture
def postgres_connection(postgres_database: Database, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), connected(postgres_database) as connection:
        yield connection


@pytest.fixture
def sqlite_file(tmp_path: Path, django_db_blocker: Any) -> Iterator[Any]:
    with django_db_blocker.unblock(), sqlite_connection(str(tmp_path / "db.sqlite3")) as connection:
        yield connection


def kept(connection: Any) -> AbstractContextManager[Check]:
    return backend_of(connection).locking.kept()


def from_the_first(connection: Any) -> AbstractContextManager[None]:
    return backend_of(connection).locking.from_the_first()


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
        assert (
            value(postgres_connection, f"SELECT pg_try_advisory_xact_lock({ADVISORY}, hashtext(current_schema()))")
            is False
        )
    assert (
        value(postgres_connection, f"SELECT pg_try_advisory_xact_lock({ADVISORY}, hashtext(current_schema()))") is True
    )
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
Lock = Callable[[Any], AbstractContextManager[Any]]
LOCKS = pytest.mark.parametrize("lock", [kept, from_the_first, lambda connection: exclusive(connection, 1)])


def path_of(connection: Any) -> Path:
    return Path(f"{connection.settings_dict['NAME']}{SUFFIX}")


def is_taken(path: Path) -> bool:
    """Whether somebody else would have to wait."""
    file = lock_file._tried(str(path))
    if file is not None:
        os.close(file)
        path.unlink()
    return file is None


@LOCKS
def test_two_that_want_the_lock_file_have_it_one_after_the_other(sqlite_file: Any, lock: Lock) -> None:
    has = threading.Event()
    had: list[str] = []

    def first() -> None:
        other = sqlite_file.copy()
        with kept(other) as check:
            has.set()
            time.sleep(0.3)
            check()
            had.append("first")
        other.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert has.wait(10)
    with lock(sqlite_file):
        had.append("second")
    thread.join(10)
    assert had == ["first", "second"]
    assert not path_of(sqlite_file).exists()


def test_whoever_has_the_lock_file_has_it_until_all_is_done(sqlite_file: Any) -> None:
    path = path_of(sqlite_file)
    with from_the_first(sqlite_file):
        with exclusive(sqlite_file, 1):
            assert is_taken(path)
        assert is_taken(path)
        with kept(sqlite_file), exclusive(sqlite_file, 1, kept=True):
            assert is_taken(path)
        assert is_taken(path)
    assert not path.exists()


def test_a_database_named_by_a_uri_has_a_lock_file_too(tmp_path: Path, django_db_blocker: Any) -> None:
    uri = f"file:{tmp_path}/db.sqlite3?mode=rwc"
    with django_db_blocker.unblock(), sqlite_connection(uri, uri=True) as connection, exclusive(connection, 1):
        assert is_taken(tmp_path / f"db.sqlite3{SUFFIX}")


def test_a_lock_file_that_cannot_be_made(tmp_path: Path, django_db_blocker: Any) -> None:
    """One transaction needs none, what comes after it does."""
    name = tmp_path / f"{'d' * 233}.sqlite3"
    with django_db_blocker.unblock(), sqlite_connection(str(name)) as connection:
        with from_the_first(connection), exclusive(connection, 1):
            assert value(connection, "SELECT 1") == 1
        with pytest.raises(Refused) as refused, kept(connection):
            pass
    assert str(refused.value) == (
        f"cannot make the lock file {name}{SUFFIX}: file name too long; the steps so far are done and recorded"
    )


def test_a_file_system_without_locks(sqlite_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(file: int) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(lock_file, "_lock", fail)
    with exclusive(sqlite_file, 1):
        assert value(sqlite_file, "SELECT 1") == 1
    with pytest.raises(Refused, match="operation not supported; the steps so far"), kept(sqlite_file):
        pass


def test_a_lock_file_that_another_user_has_made(sqlite_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be opened for reading, and be locked; or not at all, and then nobody knows whether it is locked."""
    path, may_read, system = path_of(sqlite_file), True, os.open

    def opened(name: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT or not may_read:
            raise PermissionError(errno.EACCES, "Permission denied")
        return system(name, flags, mode)

    monkeypatch.setattr(os, "open", opened)
    with exclusive(sqlite_file, 1):
        assert not path.exists()
    path.write_bytes(b"")
    with exclusive(sqlite_file, 1):
        assert is_taken(path)
    path.write_bytes(b"")
    may_read = False
    with pytest.raises(Refused) as refused, exclusive(sqlite_file, 1):
        pass
    assert str(refused.value) == f"cannot make the lock file {path}: permission denied; nothing was changed"


@pytest.mark.parametrize("made_again", [False, True])
def test_a_lock_file_that_was_taken_away_meanwhile(
    sqlite_file: Any, monkeypatch: pytest.MonkeyPatch, made_again: bool
) -> None:
    """Whoever had the lock lets it go after the file was opened here: what is locked is the lock of nobody."""
    path, system, tries = path_of(sqlite_file), lock_file._lock, []

    def lock(file: int) -> None:
        tries.append(file)
        if len(tries) == 1:
            path.unlink()
            if made_again:
                path.touch()
        system(file)

    monkeypatch.setattr(lock_file, "_lock", lock)
    with kept(sqlite_file):
        assert len(tries) == 2
        assert is_taken(path)


def test_a_process_made_by_fork_does_not_have_the_lock(sqlite_file: Any) -> None:
    """Nor does it let go what its parent has."""
    path = path_of(sqlite_file)
    holding = kept(sqlite_file)
    with holding:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                holding.__exit__(None, None, None)
                code = 0 if is_taken(path) else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert is_taken(path)
    assert not path.exists()


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
    with exclusive(sqlite_file, 1.5):
        assert (value(sqlite_file, "PRAGMA foreign_keys"), begun) == (0, [])
        assert value(sqlite_file, "PRAGMA busy_timeout") == 1500
    assert (value(sqlite_file, "PRAGMA foreign_keys"), value(sqlite_file, "PRAGMA busy_timeout")) == (1, busy)
    with transaction.atomic(using=sqlite_file.alias):
        assert begun == ["ours"]


def test_inside_a_transaction_foreign_keys_stay_as_they_are(sqlite_file: Any) -> None:
    with transaction.atomic(using=sqlite_file.alias):
        with exclusive(sqlite_file, 1):
            assert value(sqlite_file, "PRAGMA foreign_keys") == 1
        assert value(sqlite_file, "PRAGMA foreign_keys") == 1
