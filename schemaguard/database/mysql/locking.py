"""The lock of a reconcile: GET_LOCK, on a connection of its own that does nothing else.

DDL commits, so no transaction can hold the lock. It goes with its session, and so with its process.
"""

from __future__ import annotations

import hashlib
import itertools
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from django.db import Error, OperationalError, transaction

from schemaguard.database.backoff import Holder, Patience, pause_for_the_other
from schemaguard.database.locking import LOST, Check, Locking, Second, Transaction, place_of
from schemaguard.exceptions import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

LONGEST = 64
"""So many characters a lock's name may have (MySQL 5.7 and later)."""
WAITED_TOO_LONG = 1205
SET_WAITS = "SET SESSION lock_wait_timeout = %s, SESSION innodb_lock_wait_timeout = %s"
A_LONG_TIME = 365 * 24 * 3600
"""In seconds: the session that has the lock is idle for as long as the steps take."""


def lock_name(connection: BaseDatabaseWrapper) -> str:
    """One for each database: the server knows the locks of all of them by name."""
    database = str(connection.settings_dict["NAME"])
    name = f"schemaguard:{database}"
    return name if len(name) <= LONGEST else f"schemaguard:{hashlib.sha256(database.encode()).hexdigest()[:40]}"


def try_lock(other: Any, name: str) -> bool:
    """Takes the lock for the session; False where another session has it."""
    with other.cursor() as cursor:
        cursor.execute("SET SESSION wait_timeout = %s", [A_LONG_TIME])
        cursor.execute("SELECT GET_LOCK(%s, 0)", [name])
        (taken,) = cursor.fetchone()
    return bool(taken == 1)


def has_lock(other: Any, name: str) -> bool:
    """Whether the session has it still. Raises django.db.Error where the session is gone."""
    with other.cursor() as cursor:
        cursor.execute("SELECT IS_USED_LOCK(%s) = CONNECTION_ID()", [name])
        (ours,) = cursor.fetchone()
    return bool(ours == 1)


class SessionLock:
    """The lock, held by `other`, a second connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.other: Any = connection.copy()
        self.name = lock_name(connection)

    def is_held(self) -> bool:
        """False also where the connection was lost, and the lock with it."""
        try:
            return has_lock(self.other, self.name)
        except Error:
            return False


_held: dict[tuple[str, ...], SessionLock] = {}
"""By database and thread: whoever has the lock already does not wait for it."""


def held(connection: BaseDatabaseWrapper) -> SessionLock | None:
    """The lock that this thread holds on a database."""
    return _held.get(place_of(connection))


@contextmanager
def session_lock(connection: BaseDatabaseWrapper, patience: Patience | None = None) -> Iterator[SessionLock]:
    """Waits until nobody else has the lock, and keeps it. `patience`: how long, if not for as long as it takes."""
    there = held(connection)
    if there is not None:
        yield there
        return
    lock = SessionLock(connection)
    key = place_of(connection)
    try:
        for attempt in itertools.count():  # pragma: no branch - it has no end
            if try_lock(lock.other, lock.name):
                break
            if patience is None:
                pause_for_the_other(attempt)
            else:
                patience.pause(lambda: holder_of(lock.other, lock.name) or Holder())
        _held[key] = lock
        yield lock
    finally:
        _held.pop(key, None)
        with suppress(Error):
            lock.other.close()


def holder_of(connection: Any, name: str) -> Holder | None:
    """Who has the lock, as it has noted itself; else its session, which is idle for as long as it has it.

    None where nobody has it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT IS_USED_LOCK(%s)", [name])
        (session,) = cursor.fetchone()
    if session is None:
        return None
    with suppress(Error, ValueError), connection.cursor() as cursor:
        cursor.execute(NOTED_HOLDER, [name])
        found = cursor.fetchone()
        if found is not None:
            return Holder(process=found[0], host=found[1], since=datetime.fromisoformat(found[2]), noted=True)
    with connection.cursor() as cursor:
        cursor.execute(HOLDER, [name])
        number, host, seconds = cursor.fetchone() or (None, None, None)
    if number is None:
        return Holder()  # this role does not see it
    since = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(seconds=int(seconds or 0))
    return Holder(process=f"connection {number} of the server", host=str(host or ""), since=since)


class MySQLLocking(Locking):
    @contextmanager
    def exclusive(self, lock_timeout: float, *, kept: bool = False) -> Iterator[Transaction]:
        with (
            session_lock(self.connection),
            self.waits(lock_timeout),
            transaction.atomic(using=self.connection.alias),
        ):
            yield Transaction(self.connection)

    @contextmanager
    def kept(self, second: Second | None = None) -> Iterator[Check]:
        with session_lock(self.connection) as lock:
            yield lambda: _is_ours(lock)

    @contextmanager
    def throughout(self, patience: Patience) -> Iterator[None]:
        with session_lock(self.connection, patience):
            yield

    def holder(self) -> Holder | None:
        return None if held(self.connection) is not None else holder_of(self.connection, lock_name(self.connection))

    @contextmanager
    def from_the_first(self) -> Iterator[None]:
        """From the first step to the last."""
        with session_lock(self.connection):
            yield

    @contextmanager
    def notebook(self) -> Iterator[tuple[Any, int | None]]:
        """The connection that holds the lock; one of its own, where there is no lock."""
        lock = held(self.connection)
        other = lock.other if lock is not None else self.connection.copy()
        try:
            other.ensure_connection()
            with other.cursor() as cursor:
                cursor.execute("SELECT CONNECTION_ID()")
                (session,) = cursor.fetchone()
            if not other.get_autocommit():
                other.set_autocommit(True)
            yield other, int(session)
        finally:
            if lock is None:
                other.close()

    def aside(self) -> BaseDatabaseWrapper | None:
        lock = held(self.connection)
        return lock.other if lock is not None else None

    @contextmanager
    def waits(self, lock_timeout: float) -> Iterator[None]:
        """lock_wait_timeout is a day by default; put back afterwards."""
        whole = max(1, int(lock_timeout))
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT @@SESSION.lock_wait_timeout, @@SESSION.innodb_lock_wait_timeout")
            before = cursor.fetchone()
            cursor.execute(SET_WAITS, [whole, whole])
        try:
            yield
        finally:
            with suppress(Error), self.connection.cursor() as cursor:
                cursor.execute(SET_WAITS, list(before))

    def session(self) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT CONNECTION_ID()")
            return cursor.fetchone()[0]

    def blockers(self, session: Any) -> Sequence[str]:
        """Who has a lock on the same table; where the server does not tell, every transaction that is open there."""
        for sql in (METADATA_LOCKS, OPEN_TRANSACTIONS) if self._tells_locks() else (OPEN_TRANSACTIONS,):
            with suppress(Error), self.connection.cursor() as cursor:
                cursor.execute(sql, [session])
                found = cursor.fetchall()
                if found:
                    return [f"connection {number} ({user}, {host}, {command})" for number, user, host, command in found]
        return ()

    def is_timeout(self, error: BaseException) -> bool:
        return isinstance(error, OperationalError) and bool(error.args) and error.args[0] == WAITED_TOO_LONG

    def _tells_locks(self) -> bool:
        connection: Any = self.connection
        return bool(connection.mysql_is_mariadb or connection.mysql_version >= LOCKS_ARE_READ_SAFELY)


HOLDER = "SELECT id, host, time FROM information_schema.processlist WHERE id = IS_USED_LOCK(%s)"

NOTED_HOLDER = (
    "SELECT `process`, `host`, `since` FROM `schemaguard_progress` WHERE `session` = IS_USED_LOCK(%s) ORDER BY id DESC"
)

LOCKS_ARE_READ_SAFELY = (8, 0, 28)
"""Of MySQL. One that is older may crash over metadata_locks while any session alters a table with a foreign key.

Seen on 8.0.19, and never on 8.0.28; Percona Server mended it as PS-7665, after 8.0.23.
"""

# performance_schema is on by default on MySQL, and off on MariaDB.
METADATA_LOCKS = """
SELECT DISTINCT t.processlist_id, t.processlist_user, t.processlist_host, t.processlist_command
  FROM performance_schema.metadata_locks AS w
  JOIN performance_schema.threads AS mine ON mine.thread_id = w.owner_thread_id
  JOIN performance_schema.metadata_locks AS h
    ON h.object_type = w.object_type AND h.object_schema = w.object_schema AND h.object_name = w.object_name
   AND h.lock_status = 'GRANTED' AND h.owner_thread_id <> w.owner_thread_id
  JOIN performance_schema.threads AS t ON t.thread_id = h.owner_thread_id
 WHERE w.lock_status = 'PENDING' AND mine.processlist_id = %s"""

OPEN_TRANSACTIONS = """
SELECT p.id, p.user, p.host, p.command
  FROM information_schema.innodb_trx AS t
  JOIN information_schema.processlist AS p ON p.id = t.trx_mysql_thread_id
  JOIN information_schema.processlist AS mine ON mine.id = %s
 WHERE p.db = DATABASE() AND p.id <> mine.id AND mine.state LIKE 'Waiting%%'"""


def _is_ours(lock: SessionLock) -> None:
    if not lock.is_held():
        raise Refused(LOST)
