"""One `migrate` at a time: it holds the lock of `reconcile` from before it reads the records until its end.

Where nothing is pending and in test runs no lock is taken. Nor is it in a transaction of the caller's: nobody else sees
what is done there before that ends, and whoever has the lock might wait for a lock of that transaction.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from django.db import Error

from schemaguard.checks import in_a_test_run
from schemaguard.exceptions import CannotStart, LockHeld, Refused
from schemaguard.guard import MigrateStopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.migration import Migration

    from schemaguard.guard import Guard
    from schemaguard.journal.noting import Noting


@contextmanager
def one_at_a_time(guard: Guard) -> Iterator[LateNotes | None]:
    """Around the guard and `migrate` itself, with what notes how far that gets, where it may have to.

    Raises MigrateStopped where somebody else has the lock for too long.
    """
    asked = guard.asked
    is_ours = (asked.lock or asked.record_progress) and not in_a_test_run() and not guard.connection.in_atomic_block
    with ExitStack() as stack:
        notes = None
        if is_ours and guard.has_something_to_run():
            if asked.lock:
                _take(guard, stack)
                guard.forget()
            if asked.record_progress:
                notes = LateNotes(guard.connection, stack)
        yield notes


class LateNotes:
    """Notes how far `migrate` gets, from the first migration on that cannot be rolled back."""

    def __init__(self, connection: Any, stack: ExitStack) -> None:
        self.connection = connection
        self._stack = stack
        self._noting: Noting | None = None

    def note(self, action: str, migration: Migration | None, *, fake: bool) -> None:
        """What Django's executor tells of its progress."""
        if migration is None or fake or action not in ("apply_start", "apply_success"):
            return
        if self._noting is None and not (self.connection.features.can_rollback_ddl and migration.atomic):
            from schemaguard.journal.noting import Noting

            self._noting = self._stack.enter_context(Noting(self.connection, beside=True))
        if self._noting is not None:
            self._noting.note_migration(migration, begins=action == "apply_start")


def _take(guard: Guard, stack: ExitStack) -> None:
    """Enters the lock. Where there can be none, that is a warning, and `migrate` goes on as it would without us."""
    from schemaguard.database import backend_of
    from schemaguard.database.backoff import Patience

    patience = Patience(guard.asked.lock_timeout, lambda text: _warn(guard, text))
    try:
        stack.enter_context(backend_of(guard.connection).locking.throughout(patience))
    except LockHeld as held:
        raise MigrateStopped(_visible(f"migrate did not begin: {held}")) from held
    except (CannotStart, Refused, Error) as error:
        if isinstance(error, Error) and patience.has_waited:
            raise  # there is a lock, and somebody has it
        from schemaguard.failures import told

        why = told(error, guard.asked.alias).removesuffix("; nothing was changed")
        _warn(guard, f"{why}; migrate goes on, and nothing keeps a second one waiting")


def _warn(guard: Guard, text: str) -> None:
    guard.warn(_visible(f"schemaguard: {text}"))


def _visible(text: str) -> str:
    from schemaguard.report.escape import visible

    return visible(text)
