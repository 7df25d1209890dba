"""One reconcile at a time, and no wait without an end. How that is done is up to each backend (`Backend.locking`)."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import Error

from schemaguard.database import backend_of
from schemaguard.database.backoff import pause
from schemaguard.exceptions import CannotStart, Refused
from schemaguard.operations.boundary import Boundary, guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

SECONDS = 5.0
"""Seconds to wait for a lock, where nobody has said otherwise."""
TRIES = 3
Result = TypeVar("Result")


@contextmanager
def exclusive(connection: BaseDatabaseWrapper, lock_timeout: float, *, kept: bool = False) -> Iterator[Boundary]:
    """One transaction that no other reconcile shares; `lock_timeout` (seconds) holds for every lock inside it.

    `kept`: this process has the lock already (`Locking.kept`). Raises CannotStart where there is no lock, or where
    nothing would be committed. Raises TransactionEnded where it is another transaction at the end.
    """
    refuse_without_autocommit(connection)
    with (
        backend_of(connection).locking.exclusive(lock_timeout, kept=kept) as begun,
        guarded(connection, begun) as boundary,
    ):
        yield boundary


@contextmanager
def alone(connection: BaseDatabaseWrapper, lock_timeout: float) -> Iterator[None]:
    """The lock; with a transaction around what is done under it, where DDL can be rolled back (`exclusive`)."""
    backend = backend_of(connection)
    if not backend.goes_forward:
        with exclusive(connection, lock_timeout):
            yield
        return
    with backend.locking.from_the_first(), backend.locking.waits(lock_timeout):
        yield


def bounded(connection: BaseDatabaseWrapper, lock_timeout: float) -> AbstractContextManager[None]:
    """Around what only reads, and may meet locks."""
    return backend_of(connection).locking.bounded(lock_timeout)


def is_lock_timeout(connection: BaseDatabaseWrapper, error: BaseException) -> bool:
    """Whether a statement gave up waiting for a lock."""
    return backend_of(connection).locking.is_timeout(error)


def refuse_without_autocommit(connection: BaseDatabaseWrapper) -> None:
    """Raises CannotStart where nobody would commit: with `"AUTOCOMMIT": False` Django leaves that to the project."""
    if not connection.in_atomic_block and not connection.get_autocommit():
        raise CannotStart(
            f'database "{connection.alias}": with "AUTOCOMMIT": False in settings.DATABASES nothing would be '
            "committed; take it out to change the database"
        )


class Watcher:
    """Watches, from a second connection, who blocks the first. `blockers` holds what was seen last."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.blockers: list[str] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Watcher:
        session = backend_of(self.connection).locking.session()
        if session is not None:
            self._thread = threading.Thread(target=self._watch, args=(session,), daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=1)  # in the queue of a pooler it would wait for us

    def _watch(self, session: Any) -> None:
        if self._stop.wait(0.4):  # most runs have ended by then, and need no connection
            return
        other = self.connection.copy()
        locking = backend_of(other).locking
        try:
            while not self._stop.wait(0.2):
                self.blockers = list(locking.blockers(session)) or self.blockers
        except Exception:  # noqa: BLE001 (the watcher is a convenience: without a second connection it has no name to give)
            return
        finally:
            other.close()


def no_lock(lock_timeout: float, watcher: Watcher, end: str) -> Refused:
    """The refusal after the last try. It names who holds the lock, and ends with `end`."""
    who = f"; blocked by {', '.join(watcher.blockers)}" if watcher.blockers else ""
    return Refused(f"a lock was not to be had within {lock_timeout:g} s, {TRIES} times; {end}{who}")


def patient(connection: BaseDatabaseWrapper, lock_timeout: float, attempt: Callable[[Watcher], Result]) -> Result:
    """Tries a whole transaction a few times until a lock is free. Raises Refused, naming who holds it."""
    for number in range(TRIES):
        watcher = Watcher(connection)
        try:
            return attempt(watcher)
        except Error as error:
            if not is_lock_timeout(connection, error):
                raise
            if number + 1 == TRIES:
                raise no_lock(lock_timeout, watcher, "nothing was changed") from error
        pause(number)
    raise AssertionError  # pragma: no cover  # the loop returns or raises
