"""One reconcile at a time, and no wait without an end.

PostgreSQL: a transaction-scoped advisory lock survives PgBouncer and vanishes with its transaction. Timeouts are set
for the transaction alone, so there is nothing to put back. SQLite: the lock file, and then BEGIN IMMEDIATE.

Nobody waits inside a statement for the advisory lock: it is tried again and again. A session that waits in one holds a
snapshot, and CREATE INDEX CONCURRENTLY, run by whoever has the lock, waits for every snapshot to go.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import Error, OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.database import backend_of
from schemaguard.database.mysql.locking import session_lock, waited_too_long, waits
from schemaguard.exceptions import CannotStart, Refused
from schemaguard.reconcile.transaction.backoff import pause, pause_for_the_other
from schemaguard.reconcile.transaction.boundary import TRANSACTION, Boundary, guarded
from schemaguard.reconcile.transaction.lock_file import lock_file
from schemaguard.reconcile.transaction.lock_timeouts import LockTimeout

ADVISORY = 0x7363_6867
"""The key of the advisory lock: 'schg'."""
SECONDS = 5.0
"""To wait for a lock, where nobody has said another time."""
TRIES = 3
TRANSACTION_TIMEOUT = 170000
"""PostgreSQL 17 has transaction_timeout."""
UNDISTURBED = {"idle_in_transaction_session_timeout": "0", "DateStyle": "ISO"}
"""Of a transaction that waits for the project's code; and psycopg 3 reads dates in no other style."""
Result = TypeVar("Result")


@contextmanager
def exclusive(connection: BaseDatabaseWrapper, lock_timeout: float, *, kept: bool = False) -> Iterator[Boundary]:
    """One transaction that no other reconcile shares; `lock_timeout` (seconds) holds for every lock inside it.

    `kept`: this process has the lock already, on another connection (`keeping.kept`). Raises CannotStart where nothing
    would be committed, and TransactionEnded where the transaction is not the one that was begun, at its end.
    """
    refuse_without_autocommit(connection)
    if connection.vendor == "sqlite":
        with (
            lock_file(connection, needed=False),
            _immediate(connection, lock_timeout),
            guarded(connection) as boundary,
        ):
            yield boundary
        return
    if backend_of(connection).goes_forward:
        with (
            session_lock(connection, pause_for_the_other),
            waits(connection, lock_timeout),
            transaction.atomic(using=connection.alias),
            guarded(connection) as boundary,
        ):
            yield boundary
        return
    for attempt in itertools.count():  # pragma: no branch - it has no end
        outer = connection.in_atomic_block
        with transaction.atomic(using=connection.alias):
            if _is_ours(connection, kept, outer):
                with guarded(connection, _settle(connection, lock_timeout)) as boundary:
                    yield boundary
                return
        pause_for_the_other(attempt)


@contextmanager
def bounded(connection: BaseDatabaseWrapper, lock_timeout: float) -> Iterator[None]:
    """One transaction for what only reads and may come upon locks; elsewhere than on PostgreSQL it needs none."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(using=connection.alias):
        _settle(connection, lock_timeout)
        yield


def refuse_without_autocommit(connection: BaseDatabaseWrapper) -> None:
    """Raises CannotStart where Django leaves the end of every transaction to somebody who is not there."""
    if not connection.in_atomic_block and not connection.get_autocommit():
        raise CannotStart(
            f'database "{connection.alias}": with "AUTOCOMMIT": False in settings.DATABASES nothing would be '
            "committed; take it out to change the database"
        )


def _is_ours(connection: BaseDatabaseWrapper, kept: bool, outer: bool) -> bool:
    """Takes the lock, if nobody has it, for the transaction that has just begun."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        if not outer:
            # Under REPEATABLE READ everything would be read as it was before the other one committed.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        return kept or try_lock(cursor)


def _settle(connection: Any, lock_timeout: float) -> str | None:
    """Sets for this transaction what it needs, whatever the session has; returns the transaction's mark."""
    if connection.vendor != "postgresql":
        return None
    wanted = {"lock_timeout": f"{milliseconds(lock_timeout)}ms", **UNDISTURBED}
    if connection.pg_version >= TRANSACTION_TIMEOUT:
        wanted["transaction_timeout"] = "0"
    with connection.cursor() as cursor:
        settings = "".join(f", set_config('{name}', %s, true)" for name in wanted)
        cursor.execute(f"SELECT {TRANSACTION}{settings}", list(wanted.values()))
        return str(cursor.fetchone()[0])


def try_lock(cursor: Any) -> bool:
    """The advisory lock, for this transaction; False where somebody else has it. PostgreSQL."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY])
    (ours,) = cursor.fetchone()
    return bool(ours)


def hold(connection: BaseDatabaseWrapper, table: str) -> None:
    """Keeps everybody from a table until the transaction ends; on SQLite nobody else writes as it is.

    The lock is the one that dropping or altering takes: of two that come one after the other, each holding the weaker
    one, neither would get the stronger.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {connection.ops.quote_name(table)} IN ACCESS EXCLUSIVE MODE")


def milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


@contextmanager
def busy_timeout(connection: BaseDatabaseWrapper, lock_timeout: float) -> Iterator[None]:
    """`lock_timeout` (seconds) for every lock on SQLite, MySQL and MariaDB, put back afterwards."""
    if backend_of(connection).goes_forward:
        with waits(connection, lock_timeout):
            yield
        return
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (before,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds(lock_timeout)}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {before}")


@contextmanager
def _immediate(connection: Any, lock_timeout: float) -> Iterator[None]:
    """BEGIN IMMEDIATE, foreign keys off outside of it (inside, the pragma does nothing)."""
    checked = connection.disable_constraint_checking()
    own = connection.__dict__.get("_start_transaction_under_autocommit")
    connection._start_transaction_under_autocommit = lambda: connection.cursor().execute("BEGIN IMMEDIATE")
    try:
        with busy_timeout(connection, lock_timeout), transaction.atomic(using=connection.alias):
            yield
    finally:
        if own is None:
            connection.__dict__.pop("_start_transaction_under_autocommit", None)
        else:
            connection._start_transaction_under_autocommit = own
        if checked:
            connection.enable_constraint_checking()


def is_lock_timeout(error: BaseException) -> bool:
    """Whether a statement gave up waiting for a lock."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return (
        isinstance(error, LockTimeout)
        or waited_too_long(error)
        or (isinstance(error, OperationalError) and (state == "55P03" or "database is locked" in str(error)))
    )


class Watcher:
    """Watches, from a second connection, who blocks the first. `blockers` holds what was seen last."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.blockers: list[str] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Watcher:
        if self.connection.vendor == "postgresql":
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (pid,) = cursor.fetchone()
            self._thread = threading.Thread(target=self._watch, args=(pid,), daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=1)  # in a pooler's queue it waits for us

    def _watch(self, pid: int) -> None:
        if self._stop.wait(0.4):  # most runs are over by then, and never pay for a connection
            return
        other = self.connection.copy()
        try:
            while not self._stop.wait(0.2):
                with other.cursor() as cursor:
                    cursor.execute(
                        "SELECT pid, coalesce(usename, '?'), coalesce(nullif(application_name, ''), '-'),"
                        " coalesce(state, '?') FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(%s))",
                        [pid],
                    )
                    rows = cursor.fetchall()
                if rows:
                    self.blockers = [f"process {p} ({user}, {program}, {state})" for p, user, program, state in rows]
        except Exception:  # noqa: BLE001 (the watcher is a convenience: without a second connection it has no name to give)
            return
        finally:
            other.close()


def no_lock(lock_timeout: float, watcher: Watcher, end: str) -> Refused:
    """What is said after the last try, `end` and who holds the lock included."""
    who = f"; blocked by {', '.join(watcher.blockers)}" if watcher.blockers else ""
    return Refused(f"a lock was not to be had within {lock_timeout:g} s, {TRIES} times; {end}{who}")


def patient(connection: BaseDatabaseWrapper, lock_timeout: float, attempt: Callable[[Watcher], Result]) -> Result:
    """Tries a whole transaction a few times while a lock is not to be had. Raises Refused, naming who holds it."""
    for number in range(TRIES):
        watcher = Watcher(connection)
        try:
            return attempt(watcher)
        except Error as error:
            if not is_lock_timeout(error):
                raise
            if number + 1 == TRIES:
                raise no_lock(lock_timeout, watcher, "nothing was changed") from error
        pause(number)
    raise AssertionError  # pragma: no cover  # the loop returns or raises
