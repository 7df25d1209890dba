"""PostgreSQL: a transaction-scoped advisory lock survives PgBouncer and vanishes with its transaction.

Timeouts are set for the transaction alone, so there is nothing to put back. Nobody waits inside a statement for the
advisory lock: it is tried again and again. A session that waits in one holds a snapshot, and CREATE INDEX CONCURRENTLY,
run by whoever has the lock, waits for every snapshot to go.

Over steps outside of a transaction a second connection holds the lock: its open transaction does nothing else. A lock
of the session would do on the first connection, but behind PgBouncer it would stay with whatever server connection
happened to take it. The transaction has no snapshot, so CREATE INDEX CONCURRENTLY does not wait for it, and it ends,
and the lock with it, when the process does.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
import threading
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from django.db import Error, OperationalError, transaction

from schemaguard.database.backoff import Holder, Patience, pause_for_the_other, this_process
from schemaguard.database.locking import LOST, Check, End, Locking, Second, Transaction, held, holding
from schemaguard.database.postgresql.judge import sqlstate
from schemaguard.database.postgresql.lock_timeouts import impatient, is_behind_a_pooler
from schemaguard.error_text import first_line
from schemaguard.exceptions import CannotStart, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

ADVISORY = 0x7363_6867
"""The first key of the advisory lock: 'schg'. The second is the schema's: two tenants do not wait for each other."""
SCHEMA_KEY = "hashtext(coalesce(%s, current_schema()::text, ''))"
SECONDS = 5.0
"""To wait for a second connection, at least."""
TRANSACTION_TIMEOUT = 170000
"""PostgreSQL 17 has transaction_timeout."""
UNDISTURBED = {"idle_in_transaction_session_timeout": "0", "DateStyle": "ISO"}
"""Of a transaction that waits for the project's code; and psycopg 3 reads dates in no other style."""
MARK = "concat(pg_backend_pid(), ' ', extract(epoch FROM now()))"
"""now() is the time at which the transaction began. Works on a standby, and no RESET changes it."""
LOCK_NOT_AVAILABLE = "55P03"
BLOCKERS = """
    SELECT pid, coalesce(usename, '?'), coalesce(nullif(application_name, ''), '-'), coalesce(state, '?')
      FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(%s))
"""
LOCKS = """
    SELECT l.mode, c.oid::regclass::text FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
     WHERE l.pid = pg_backend_pid() AND l.granted AND c.relkind IN ('r', 'p', 'm', 'v', 'i', 'I', 'S')
       AND l.mode <> 'AccessShareLock' AND c.relnamespace <> 'pg_catalog'::regnamespace
"""
HOLDER = f"""
    SELECT a.application_name, a.pid, coalesce(a.client_hostname, host(a.client_addr)), a.xact_start
      FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objsubid = 2
       AND l.objid::bigint = {SCHEMA_KEY}::bigint & 4294967295
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Of another role's sessions nobody but a member of pg_read_all_stats sees more than the pid."""
NAMED = re.compile(r"schemaguard: (process \d+) on (.+)")
NAME_BYTES = 63
"""So many of an application_name the server keeps."""
STRENGTH = (
    "AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareLock", "ShareUpdateExclusiveLock",
    "RowExclusiveLock", "RowShareLock",
)  # fmt: skip
"""Strongest first (PostgreSQL's documentation, 13.3.1); AccessShareLock is in nobody's way but ACCESS EXCLUSIVE's."""


class PostgreSQLTransaction(Transaction):
    """Known by its mark. What became of it the server tells by its number."""

    def __init__(self, connection: BaseDatabaseWrapper, mark: str) -> None:
        super().__init__(connection)
        self._mark = mark
        self._number: int | None = None

    def begin_work(self) -> None:
        if self._number is None:
            self._number = int(_value(self.connection, "SELECT txid_current()"))

    def end(self) -> End:
        if self._number is None:
            return End.ROLLED_BACK
        try:
            self.connection.close_if_unusable_or_obsolete()
            status = _value(self.connection, "SELECT txid_status(%s)", [self._number])
        except Error:
            return End.UNKNOWN
        return {"committed": End.COMMITTED, "aborted": End.ROLLED_BACK}.get(status, End.UNKNOWN)

    def holds(self) -> bool:
        return self._mark == str(_value(self.connection, f"SELECT {MARK}"))


class SecondConnection(Second):
    """`purpose`: what needs it."""

    def __init__(self, connection: BaseDatabaseWrapper, purpose: str = "a step outside of a transaction needs") -> None:
        super().__init__(connection)
        self.purpose = purpose

    def __exit__(self, *exception: object) -> None:
        if self.opened is not None:
            with suppress(Error):
                self.opened.rollback()
            self.opened.close()

    def open(self, seconds: float) -> None:
        """Raises CannotStart where the server, or a pooler before it, gives none within these seconds."""
        if self.opened is not None or held(self.connection) is not None:
            return
        other: Any = self.connection.copy()
        failures: list[Exception] = []
        done, abandoned = threading.Event(), threading.Event()

        def begin() -> None:
            try:
                other.set_autocommit(False)
                if abandoned.is_set():
                    other.close()
                else:
                    _begin(other)
            except Exception as error:  # noqa: BLE001 (it is raised in the thread that waits)
                failures.append(error)
            done.set()

        other.inc_thread_sharing()
        # Nothing else ends the wait in a pooler's queue.
        threading.Thread(target=begin, daemon=True).start()
        if not done.wait(seconds):
            abandoned.set()
            _hang_up(other)
            raise CannotStart(f"{self._needed}: none was to be had within {seconds:g} s; nothing was changed")
        if failures:
            raise CannotStart(f"{self._needed}: {first_line(failures[0])}; nothing was changed") from failures[0]
        self.opened = other

    @property
    def _needed(self) -> str:
        return f'database "{self.connection.alias}": {self.purpose} a second connection, which holds the lock'


class PostgreSQLLocking(Locking):
    @contextmanager
    def exclusive(self, lock_timeout: float, *, kept: bool = False) -> Iterator[Transaction]:
        for attempt in itertools.count():  # pragma: no branch - it has no end
            outer = self.connection.in_atomic_block
            with transaction.atomic(using=self.connection.alias):
                if self._is_ours(kept, outer):
                    yield PostgreSQLTransaction(self.connection, self._settle(lock_timeout))
                    return
            pause_for_the_other(attempt)

    @contextmanager
    def kept(self, second: Second | None = None) -> Iterator[Check]:
        has_it = held(self.connection)
        if has_it is not None:
            yield lambda: _still(has_it)
            return
        with nullcontext(second) if second is not None else self.second() as other:
            home = self._home()
            other.open(SECONDS)
            attempt = 0
            while not _has_lock(other.opened, home):
                other.opened.rollback()
                pause_for_the_other(attempt)
                attempt += 1
            yield lambda: _still(other.opened)

    def second(self) -> Second:
        return SecondConnection(self.connection)

    @contextmanager
    def throughout(self, patience: Patience) -> Iterator[None]:
        """The second connection is opened while the first has one of the pool's, or the first might get none later.

        Not before the lock is free: those who wait need one connection, and leave the rest to whoever has the lock.
        """
        if held(self.connection) is not None:
            yield
            return
        second = SecondConnection(self.connection, "one migrate at a time needs")
        with second:
            while not self._hands_over(second):
                patience.pause(lambda: self.holder() or Holder())
            with holding(self.connection, second.opened):
                yield

    def _hands_over(self, second: SecondConnection) -> bool:
        """Takes the lock for the second connection; False where somebody else has it."""
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            if not try_lock(cursor):
                return False
            home = self._home()
            second.open(SECONDS)
        if _has_lock(second.opened, home):
            return True
        second.opened.rollback()
        return False

    def holder(self) -> Holder | None:
        with self.connection.cursor() as cursor:
            cursor.execute(HOLDER, [ADVISORY, None])
            name, pid, address, since = cursor.fetchone() or (None, None, None, None)
        if pid is None:
            return None
        named = NAMED.match(name or "")
        if named:
            return Holder(process=named[1], host=named[2], since=since, noted=True)
        return Holder(process=f"process {pid} of the server", host=address or "", since=since)

    def _home(self) -> str | None:
        """The schema in which this connection makes tables; another connection may begin in another one."""
        home = _value(self.connection, "SELECT current_schema()::text")
        return str(home) if home is not None else None

    def _is_ours(self, kept: bool, outer: bool) -> bool:
        """Takes the lock, if nobody has it, for the transaction that has just begun."""
        with self.connection.cursor() as cursor:
            if not outer:
                # Under REPEATABLE READ everything would be read as it was before the other one committed.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            return kept or held(self.connection) is not None or try_lock(cursor)

    def _settle(self, lock_timeout: float) -> str:
        """Sets for this transaction what it needs, whatever the session has; returns the transaction's mark."""
        wanted = {"lock_timeout": f"{milliseconds(lock_timeout)}ms", **UNDISTURBED}
        if self.connection.pg_version >= TRANSACTION_TIMEOUT:
            wanted["transaction_timeout"] = "0"
        settings = "".join(f", set_config('{name}', %s, true)" for name in wanted)
        return str(_value(self.connection, f"SELECT {MARK}{settings}", list(wanted.values())))

    # ------------------------------------------------------------------------------------------------ waiting for locks
    @contextmanager
    def bounded(self, lock_timeout: float) -> Iterator[None]:
        with transaction.atomic(using=self.connection.alias):
            self._settle(lock_timeout)
            yield

    @contextmanager
    def statement_waits(self, lock_timeout: float) -> Iterator[None]:
        """For the session, put back afterwards. Behind a pooler that may be another program's by the next statement."""
        if is_behind_a_pooler(self.connection):
            with impatient(self.connection, lock_timeout):
                yield
            return
        set_timeout = "SELECT set_config('lock_timeout', %s, false)"
        before = _value(self.connection, "SHOW lock_timeout")
        _value(self.connection, set_timeout, [f"{milliseconds(lock_timeout)}ms"])
        try:
            yield
        finally:
            with suppress(Error):
                _value(self.connection, set_timeout, [before])

    def hold(self, table: str) -> None:
        """By the lock that dropping or altering takes: of two that come one after the other, each holding the weaker
        one, neither would get the stronger."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {self.connection.ops.quote_name(table)} IN ACCESS EXCLUSIVE MODE")

    def is_timeout(self, error: BaseException) -> bool:
        return super().is_timeout(error) or (
            isinstance(error, OperationalError) and sqlstate(error) == LOCK_NOT_AVAILABLE
        )

    # ----------------------------------------------------------------------------------------------- what is to be seen
    def session(self) -> int:
        return int(_value(self.connection, "SELECT pg_backend_pid()"))

    def blockers(self, session: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(BLOCKERS, [session])
            return [f"process {pid} ({user}, {program}, {state})" for pid, user, program, state in cursor.fetchall()]

    def held(self) -> list[tuple[str, str]]:
        with self.connection.cursor() as cursor:
            cursor.execute(LOCKS)
            found = {(mode, relation) for mode, relation in cursor.fetchall()}
        return sorted(found, key=lambda lock: (STRENGTH.index(lock[0]) if lock[0] in STRENGTH else 99, lock[1]))

    def has_open_transaction(self) -> bool:
        # 0 is IDLE, in libpq and so in both drivers.
        return int(self.connection.connection.info.transaction_status) != 0


def milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def try_lock(cursor: Any, home: str | None = None) -> bool:
    """The advisory lock, for this transaction; False where somebody else has it. Those who wait see who has it.

    `home`: the schema that is locked, where the connection of the cursor may lead to another one.
    """
    sql = f"SELECT pg_try_advisory_xact_lock(%s, {SCHEMA_KEY}), set_config('application_name', %s, true)"
    cursor.execute(sql, [ADVISORY, home, _our_name()])
    return bool(cursor.fetchone()[0])


def _begin(other: Any) -> None:
    """A transaction that is idle for as long as the steps take, and must not be ended for that."""
    if hasattr(other, "lead"):
        other.lead()
    with other.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        if other.pg_version >= TRANSACTION_TIMEOUT:
            cursor.execute("SET LOCAL transaction_timeout = 0")


def _our_name() -> str:
    """What the server shows of us to those who wait."""
    me = this_process()
    return f"schemaguard: {me.process} on {me.host}".encode()[:NAME_BYTES].decode(errors="ignore")


def _hang_up(other: Any) -> None:
    """Ends a connection in which a thread waits. A pooler would give it a connection of the server some time later, and
    the transaction that it begins there would keep that from us."""
    with suppress(Exception):
        other.connection.cancel()
    with suppress(Exception), socket.socket(fileno=os.dup(other.connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def _has_lock(other: Any, home: str | None) -> bool:
    _begin(other)
    with other.cursor() as cursor:
        return try_lock(cursor, home)


def _still(other: Any) -> None:
    try:
        _value(other, "SELECT 1")
    except Error as error:
        raise Refused(LOST) from error


def _value(connection: Any, sql: str, params: list[Any] | None = None) -> Any:
    """The first column of the one row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
