"""The lock of a reconcile, held where no transaction can hold it: over steps that must run outside of one.

PostgreSQL: a second connection with an open transaction that has the advisory lock and does nothing else. A lock of the
session would do on the first connection, but behind PgBouncer it would stay with whatever server connection happened to
take it. The transaction has no snapshot, so CREATE INDEX CONCURRENTLY does not wait for it, and it ends, and the lock
with it, when the process does. SQLite: the lock file, which every transaction has held already.
MySQL and MariaDB: GET_LOCK, from the first step to the last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.database import backend_of
from schemaguard.database.mysql.locking import SessionLock, session_lock
from schemaguard.error_text import first_line
from schemaguard.exceptions import CannotStart, Refused
from schemaguard.reconcile.transaction.backoff import pause_for_the_other
from schemaguard.reconcile.transaction.lock_file import lock_file
from schemaguard.reconcile.transaction.lock_timeouts import impatient, is_behind_a_pooler
from schemaguard.reconcile.transaction.locking import TRANSACTION_TIMEOUT, milliseconds, try_lock

SECONDS = 5.0
"""To wait for a second connection, at least."""
LOST = "the connection that holds the lock was lost; the steps so far are done and recorded: run it again"
Check = Callable[[], None]
"""Raises Refused where the lock was lost."""


class Second:
    """The second connection, on PostgreSQL. It is opened before anything is committed, or nothing is."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.opened: Any = None

    def __enter__(self) -> Second:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.opened is not None:
            with suppress(Error):
                self.opened.rollback()
            self.opened.close()

    def open(self, seconds: float) -> None:
        """Raises CannotStart where the server, or a pooler before it, gives none within these seconds."""
        if self.connection.vendor != "postgresql" or self.opened is not None:
            return
        other: Any = self.connection.copy()
        failures: list[Exception] = []
        done = threading.Event()

        def begin() -> None:
            try:
                other.set_autocommit(False)
                _begin(other)
            except Exception as error:  # noqa: BLE001 (the thread that waits raises it)
                failures.append(error)
            done.set()

        other.inc_thread_sharing()
        # Nothing else ends the wait in a pooler's queue.
        threading.Thread(target=begin, daemon=True).start()
        if not done.wait(seconds):
            with suppress(Exception):
                other.connection.cancel()
            raise CannotStart(f"{self._needed}: none was to be had within {seconds:g} s; nothing was changed")
        if failures:
            raise CannotStart(f"{self._needed}: {first_line(failures[0])}; nothing was changed") from failures[0]
        self.opened = other

    @property
    def _needed(self) -> str:
        return (
            f'database "{self.connection.alias}": a step outside of a transaction needs a second connection, '
            "which holds the lock"
        )


@contextmanager
def kept(connection: BaseDatabaseWrapper, second: Second | None = None) -> Iterator[Check]:
    """Waits until no other reconcile has the lock, and keeps it; yields a function that sees whether it still is."""
    if connection.vendor == "postgresql":
        with nullcontext(second) if second is not None else Second(connection) as other:
            other.open(SECONDS)
            attempt = 0
            while not _has_lock(other.opened):
                other.opened.rollback()
                pause_for_the_other(attempt)
                attempt += 1
            yield lambda: _still(other.opened)
    elif connection.vendor == "sqlite":
        with lock_file(connection, needed=True):
            yield lambda: None
    elif backend_of(connection).goes_forward:
        with session_lock(connection, pause_for_the_other) as lock:
            yield lambda: _is_ours(lock)
    else:
        yield lambda: None


@contextmanager
def from_the_first(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Around the first transaction and what `kept` is around: nobody comes in between, where a file is the lock."""
    if connection.vendor == "sqlite":
        with lock_file(connection, needed=False):
            yield
    elif backend_of(connection).goes_forward:
        with session_lock(connection, pause_for_the_other):
            yield
    else:
        yield


@contextmanager
def timeouts(connection: BaseDatabaseWrapper, lock_timeout: float) -> Iterator[None]:
    """`lock_timeout` (seconds) where there is no transaction to set it for: for the session, put back afterwards.

    Not behind a pooler: the session may be another program's by the next statement.
    """
    if connection.vendor != "postgresql":
        yield
        return
    if is_behind_a_pooler(connection):
        with impatient(connection, lock_timeout):
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


def _is_ours(lock: SessionLock) -> None:
    if not lock.is_held():
        raise Refused(LOST)


def _begin(other: Any) -> None:
    """A transaction that is idle for as long as the steps take, and must not be ended for that."""
    with other.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        if other.pg_version >= TRANSACTION_TIMEOUT:
            cursor.execute("SET LOCAL transaction_timeout = 0")


def _has_lock(other: Any) -> bool:
    _begin(other)
    with other.cursor() as cursor:
        return try_lock(cursor)


def _still(other: Any) -> None:
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        raise Refused(LOST) from error
