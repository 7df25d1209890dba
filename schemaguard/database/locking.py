"""How one reconcile keeps others off a database, and waits for no lock without an end: one class a server family.

What has no lock raises. None of these answers that it has one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.db import OperationalError

from schemaguard.exceptions import CannotStart

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.backoff import Holder, Patience

Check = Callable[[], None]
"""Raises Refused where the lock was lost."""
LOST = "the connection that holds the lock was lost; the steps so far are done and recorded: run it again"


class LockTimeout(OperationalError):
    """A statement waited for a lock for too long."""


class End(Enum):
    """Of a transaction."""

    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"
    UNKNOWN = "unknown"


_held: dict[tuple[str, ...], Any] = {}


def held(connection: BaseDatabaseWrapper) -> Any:
    """The connection by which this thread has the lock of a database already, so that it does not wait for itself."""
    return _held.get(place_of(connection))


@contextmanager
def holding(connection: BaseDatabaseWrapper, other: Any) -> Iterator[None]:
    """While `other`, a second connection, holds the lock for this thread."""
    _held[place_of(connection)] = other
    try:
        yield
    finally:
        _held.pop(place_of(connection), None)


def place_of(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """A database, whatever its alias, and this thread: two aliases may be one database."""
    where = (str(connection.settings_dict.get(key) or "") for key in ("HOST", "PORT", "NAME"))
    return (connection.vendor, *where, str(threading.get_ident()))


class Transaction:
    """One transaction that has begun, as its server knows it; by default the server tells nothing of it."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection: Any = connection

    def begin_work(self) -> None:
        """Has the server remember what becomes of it."""
        return

    def end(self) -> End:
        """What became of it, asked once it is over for us."""
        return End.ROLLED_BACK

    def holds(self) -> bool:
        """Whether the transaction is still the one that was begun."""
        return True

    def denying(self, note: Callable[[str], None]) -> AbstractContextManager[None]:
        """Refuses what would end it and goes past Django, and notes that; where a driver can."""
        return nullcontext()


class Second:
    """The second connection, where one holds the lock. It is opened before anything is committed, or nothing is."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.opened: Any = None

    def __enter__(self) -> Second:
        return self

    def __exit__(self, *exception: object) -> None:
        return

    def open(self, seconds: float) -> None:
        """Raises CannotStart where none is to be had within these seconds. By default none is needed."""
        return


class Locking:
    """Of one database. `lock_timeout` is in seconds throughout."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection: Any = connection

    # ------------------------------------------------------------------------------------------ the lock of a reconcile
    def exclusive(self, lock_timeout: float, *, kept: bool = False) -> AbstractContextManager[Transaction]:
        """One transaction that no other reconcile shares; `lock_timeout` holds for every lock inside it.

        `kept`: this process has the lock already (`Locking.kept`). Raises CannotStart where there is no lock.
        """
        raise self._none()

    def kept(self, second: Second | None = None) -> AbstractContextManager[Check]:
        """The lock where no transaction can hold it, over steps that must run outside of one.

        Waits until no other reconcile has it; yields a function that sees whether it still is ours. Raises CannotStart
        where there is no lock.
        """
        raise self._none()

    def throughout(self, patience: Patience) -> AbstractContextManager[None]:
        """The lock over a whole command of somebody else's, on a connection of its own.

        What we do ourselves under it, in the same thread, does not wait for it. Raises LockHeld, and CannotStart or
        Refused where there is no lock.
        """
        raise self._none()

    def holder(self) -> Holder | None:
        """Who has the lock now; None where nobody has it, or where there is none. Takes nothing."""
        return None

    def from_the_first(self) -> AbstractContextManager[None]:
        """Around the first transaction and what `kept` is around, where a transaction would let others in between."""
        return nullcontext()

    def second(self) -> Second:
        """What `kept` needs, to be opened in the first transaction; nothing, where this thread has the lock."""
        return Second(self.connection)

    @contextmanager
    def notebook(self) -> Iterator[tuple[Any, int | None]]:
        """The connection through which `migrate` notes how far it got, so that no transaction takes it back.

        With it comes the number by which those who wait find the notes of the one that has the lock, where they need
        it. By default the connection itself, between its transactions.
        """
        yield self.connection, None

    def aside(self) -> BaseDatabaseWrapper | None:
        """The connection that holds the lock, to write what no transaction takes back; where each statement commits."""
        return None

    def _none(self) -> CannotStart:
        return CannotStart(
            f'database "{self.connection.alias}": there is no lock here that keeps a second run of schemaguard waiting '
            f"on {self.connection.vendor}; nothing was changed"
        )

    # ------------------------------------------------------------------------------------------------ waiting for locks
    def bounded(self, lock_timeout: float) -> AbstractContextManager[None]:
        """Around what only reads and may come upon locks: no wait is longer. By default nobody who reads waits."""
        return nullcontext()

    def waits(self, lock_timeout: float) -> AbstractContextManager[None]:
        """No wait of the session is longer, until the end; by default each transaction is told."""
        return nullcontext()

    def statement_waits(self, lock_timeout: float) -> AbstractContextManager[None]:
        """The same around a step outside of a transaction, where `waits` does not say it already."""
        return nullcontext()

    def hold(self, table: str) -> None:
        """Keeps everybody from writing into a table until the transaction ends. Raises CannotStart where it cannot."""
        raise self._none()

    def is_timeout(self, error: BaseException) -> bool:
        """Whether a statement gave up waiting for a lock."""
        return isinstance(error, LockTimeout)

    # ----------------------------------------------------------------------------------------------- what is to be seen
    def session(self) -> Any:
        """By what another connection finds this one among those who wait; None where nobody is to be seen."""
        return None

    def blockers(self, session: Any) -> Sequence[str]:
        """Who keeps that session waiting, in words; asked through this connection."""
        return ()

    def held(self) -> Sequence[tuple[str, str]]:
        """(mode, relation) of every lock that this transaction has, the strongest first; none where none are told."""
        return ()

    def has_open_transaction(self) -> bool:
        """Whether the driver is in a transaction, Django's or not."""
        return False
