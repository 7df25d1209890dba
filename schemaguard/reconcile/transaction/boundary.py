"""The edges of a transaction: nobody but us ends the one that we began, or else we know it.

A statement that would end it is refused before it runs, so that everything can be rolled back. What goes past Django (a
`commit()` of the driver) cannot be refused on PostgreSQL; there `holds` tells a transaction from the one after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import Any

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.exceptions import Refused
from schemaguard.history.graph import Key
from schemaguard.history.sql.control import ends_transaction

TRANSACTION = "concat(pg_backend_pid(), ' ', extract(epoch FROM now()))"
"""PostgreSQL: now() is the time at which the transaction began. Works on a standby, and no RESET changes it."""
SAVEPOINT = "schemaguard_boundary"


class End(Enum):
    """Of a transaction."""

    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"
    UNKNOWN = "unknown"


class EndsTransaction(Exception):
    """A migration was about to end the transaction: what it shares with others is rolled back, and it can run alone."""

    def __init__(self, key: Key, statement: str) -> None:
        super().__init__(f"{key[0]}.{key[1]}: {statement}")
        self.key = key
        self.statement = statement


class TransactionEnded(Refused):
    """Somebody ended the transaction all the same, and what was done until then is committed."""


class _Refusal(Error):
    """Raised in the face of whoever would end the transaction."""


class Boundary:
    """One transaction. `refused` is the last statement that would have ended it; `steps` are those begun in it."""

    def __init__(self, connection: BaseDatabaseWrapper, mark: str | None = None) -> None:
        self.connection = connection
        self.refused: str | None = None
        self.steps: list[Any] = []
        self._mark = mark
        self._number: int | None = None

    def begin_work(self) -> None:
        """Gives the transaction its number, by which the server tells afterwards what became of it."""
        if self._number is None and self.connection.vendor == "postgresql":
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT txid_current()")
                (self._number,) = cursor.fetchone()

    def end(self) -> End:
        """What became of it, asked once it is over for us."""
        if self._number is None:
            return End.ROLLED_BACK
        connection = self.connection
        try:
            connection.close_if_unusable_or_obsolete()
            with connection.cursor() as cursor:
                cursor.execute("SELECT txid_status(%s)", [self._number])
                (status,) = cursor.fetchone()
        except Error:
            return End.UNKNOWN
        return {"committed": End.COMMITTED, "aborted": End.ROLLED_BACK}.get(status, End.UNKNOWN)

    def holds(self) -> bool:
        """Whether the transaction is still the one that was begun."""
        if self.connection.vendor == "sqlite":
            return self._savepoint_is_there()
        return self._mark is None or self._mark == transaction_mark(self.connection)

    def refuse(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """A wrapper for Django's `execute_wrapper`."""
        text = sql if isinstance(sql, str) else _text_of(sql, self.connection)
        statement = ends_transaction(text, dialect=self.connection.vendor)
        if statement is not None:
            self.refused = " ".join(statement.split())
            raise _Refusal(f"{self.refused} would end the transaction that the migration shares with others")
        return execute(sql, params, many, context)

    def _savepoint_is_there(self) -> bool:
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
def guarded(connection: BaseDatabaseWrapper, mark: str | None = None) -> Iterator[Boundary]:
    """Within a transaction that has just begun. Raises TransactionEnded where it is another one at the end."""
    boundary = Boundary(connection, mark)
    with _denied(boundary), connection.execute_wrapper(boundary.refuse):
        yield boundary
        if not boundary.holds():
            raise TransactionEnded("something ended the transaction: what was done is committed and was not verified")


def transaction_mark(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {TRANSACTION}")
        (mark,) = cursor.fetchone()
    return str(mark)


@contextmanager
def _denied(boundary: Boundary) -> Iterator[None]:
    """SQLite refuses COMMIT and ROLLBACK itself: `executescript` begins by a COMMIT that Django never sees."""
    connection: Any = boundary.connection
    if connection.vendor != "sqlite":
        yield
        return
    import sqlite3

    transactions = 22  # SQLITE_TRANSACTION of sqlite3.h; the module has the name from Python 3.11 on

    def authorize(action: int, operation: str | None, *_rest: object) -> int:
        if action == transactions and operation in ("COMMIT", "ROLLBACK"):
            boundary.refused = operation
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    with connection.cursor() as cursor:
        cursor.execute(f"SAVEPOINT {SAVEPOINT}")
    driver = connection.connection
    driver.set_authorizer(authorize)
    try:
        yield
    finally:
        with suppress(sqlite3.ProgrammingError):  # code has closed the connection
            # Python 3.10 takes None for a function that refuses everything.
            driver.set_authorizer(lambda *_about: sqlite3.SQLITE_OK)


def left_open(connection: Any) -> bool:
    """Whether a transaction is open that Django knows nothing of; it is rolled back."""
    driver = connection.connection
    if driver is None or connection.in_atomic_block:
        return False
    if connection.vendor == "sqlite":
        is_open = bool(driver.in_transaction)
    elif connection.vendor == "postgresql":
        # 0 is IDLE, in libpq and so in both drivers.
        is_open = int(driver.info.transaction_status) != 0
    else:
        return False
    if is_open:
        with suppress(Error):
            connection.rollback()
    return is_open


def _text_of(sql: Any, connection: Any) -> str:
    """psycopg's composed SQL."""
    as_string = getattr(sql, "as_string", None)
    return str(as_string(connection.connection)) if as_string is not None else str(sql)
