"""The lock of a reconcile, held where no transaction can hold it: over steps that must run outside of one.

PostgreSQL: a second connection with an open transaction that has the advisory lock and does nothing else. A lock of the
session would do on the first connection, but behind PgBouncer it would stay with whatever server connection happened to
take it. The transaction has no snapshot, so CREATE INDEX CONCURRENTLY does not wait for it, and it ends, and the lock
with it, when the process does. SQLite: the lock file, which every transaction has held already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.exceptions import Refused
from schemaguard.execution.lock_file import lock_file
from schemaguard.execution.locking import milliseconds, try_lock
from schemaguard.execution.waiting import pause_for_the_other

TRANSACTION_TIMEOUT = 170000
"""PostgreSQL 17 has transaction_timeout."""
Check = Callable[[], None]
"""Raises Refused where the lock was lost."""


@contextmanager
def kept(connection: BaseDatabaseWrapper) -> Iterator[Check]:
    """Waits until no other reconcile has the lock, and keeps it; yields a function that sees whether it still is."""
    if connection.vendor == "postgresql":
        with _on_another_connection(connection) as check:
            yield check
    elif connection.vendor == "sqlite":
        with lock_file(connection, needed=True):
            yield lambda: None
    else:
        yield lambda: None


@contextmanager
def from_the_first(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Around the first transaction and what `kept` is around: nobody comes in between, where a file is the lock."""
    if connection.vendor == "sqlite":
        with lock_file(connection, needed=False):
            yield
    else:
        yield


@contextmanager
def timeouts(connection: BaseDatabaseWrapper, lock_timeout: float) -> Iterator[None]:
    """`lock_timeout` (seconds) for the session, put back afterwards: there is no transaction to set it for."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{milliseconds(lock_timeout)}ms"])
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])


@contextmanager
def _on_another_connection(connection: Any) -> Iterator[Check]:
    other: Any = connection.copy()
    try:
        other.set_autocommit(False)
        attempt = 0
        while not _has_lock(other):
            other.rollback()
            pause_for_the_other(attempt)
            attempt += 1
        yield lambda: _still(other)
    finally:
        with suppress(Error):
            other.rollback()
        other.close()


def _has_lock(other: Any) -> bool:
    """Begins the transaction. It is idle for as long as the steps take, and must not be ended for that."""
    with other.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        if other.pg_version >= TRANSACTION_TIMEOUT:
            cursor.execute("SET LOCAL transaction_timeout = 0")
        return try_lock(cursor)


def _still(other: Any) -> None:
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        raise Refused(
            "the connection that holds the lock was lost; the steps so far are done and recorded: run it again"
        ) from error
