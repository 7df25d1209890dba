"""SQLite: the lock file, and BEGIN IMMEDIATE, which lets nobody else write until the transaction ends."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, transaction

from schemaguard.database.locking import Check, Locking, Second, Transaction
from schemaguard.database.sqlite.lock_file import holder_of, lock_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemaguard.database.backoff import Holder, Patience

SAVEPOINT = "schemaguard_boundary"


class SQLiteTransaction(Transaction):
    """Known by a savepoint that is set at its beginning."""

    def holds(self) -> bool:
        driver: Any = self.connection.connection
        if driver is None:
            return False
        try:
            if not driver.in_transaction:
                return False
            driver.execute(f"RELEASE {SAVEPOINT}")
            driver.execute(f"SAVEPOINT {SAVEPOINT}")
        except (driver.OperationalError, driver.ProgrammingError):  # the latter where code has closed the connection
            return False
        return True

    @contextmanager
    def denying(self, note: Callable[[str], None]) -> Iterator[None]:
        """SQLite refuses COMMIT and ROLLBACK itself: `executescript` begins by a COMMIT that Django never sees."""
        import sqlite3

        transactions = 22  # SQLITE_TRANSACTION of sqlite3.h; the module has the name from Python 3.11 on

        def authorize(action: int, operation: str | None, *rest: object) -> int:
            if action == transactions and operation in ("COMMIT", "ROLLBACK"):
                note(operation)
                return sqlite3.SQLITE_DENY
            return sqlite3.SQLITE_OK

        with self.connection.cursor() as cursor:
            cursor.execute(f"SAVEPOINT {SAVEPOINT}")
        driver = self.connection.connection
        driver.set_authorizer(authorize)
        try:
            yield
        finally:
            with suppress(sqlite3.ProgrammingError):  # code has closed the connection
                # Python 3.10 takes None for a function that refuses everything.
                driver.set_authorizer(lambda *about: sqlite3.SQLITE_OK)


class SQLiteLocking(Locking):
    @contextmanager
    def exclusive(self, lock_timeout: float, *, kept: bool = False) -> Iterator[Transaction]:
        with lock_file(self.connection, needed=False), self._immediate(lock_timeout):
            yield SQLiteTransaction(self.connection)

    @contextmanager
    def kept(self, second: Second | None = None) -> Iterator[Check]:
        """The lock file, which every transaction has held already."""
        with lock_file(self.connection, needed=True):
            yield lambda: None

    def holder(self) -> Holder | None:
        return holder_of(self.connection)

    def from_the_first(self) -> AbstractContextManager[None]:
        return lock_file(self.connection, needed=False)

    def throughout(self, patience: Patience) -> AbstractContextManager[None]:
        """The lock file: no connection is needed."""
        return lock_file(self.connection, needed=True, patience=patience)

    @contextmanager
    def waits(self, lock_timeout: float) -> Iterator[None]:
        """Put back afterwards."""
        with self.connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            (before,) = cursor.fetchone()
            cursor.execute(f"PRAGMA busy_timeout = {max(1, int(lock_timeout * 1000))}")
        try:
            yield
        finally:
            with self.connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {before}")

    def hold(self, table: str) -> None:
        """Nobody else writes as it is."""

    def is_timeout(self, error: BaseException) -> bool:
        return isinstance(error, OperationalError) and "database is locked" in str(error)

    def has_open_transaction(self) -> bool:
        return bool(self.connection.connection.in_transaction)

    @contextmanager
    def _immediate(self, lock_timeout: float) -> Iterator[None]:
        """BEGIN IMMEDIATE, foreign keys off outside of it (inside, the pragma does nothing)."""
        connection = self.connection
        checked = connection.disable_constraint_checking()
        own = connection.__dict__.get("_start_transaction_under_autocommit")
        connection._start_transaction_under_autocommit = lambda: connection.cursor().execute("BEGIN IMMEDIATE")
        try:
            with self.waits(lock_timeout), transaction.atomic(using=connection.alias):
                yield
        finally:
            if own is None:
                connection.__dict__.pop("_start_transaction_under_autocommit", None)
            else:
                connection._start_transaction_under_autocommit = own
            if checked:
                connection.enable_constraint_checking()
