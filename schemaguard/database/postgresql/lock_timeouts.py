"""`lock_timeout` where nothing may be set for a session: behind a pooler it would stay with a connection of the server.

A statement that needs no transaction has none to set it for. So it is watched from another connection, and cancelled.
"""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import OperationalError

from schemaguard.database.locking import LockTimeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

SECONDS = 0.2
"""Between two looks."""
WAITING = """
    SELECT pid, query_start::text FROM pg_stat_activity
     WHERE query LIKE %s AND state = 'active' AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""


def is_behind_a_pooler(connection: Any) -> bool:
    """Whether the server's process is not the one that the driver was told of when it connected. PostgreSQL."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return bool(pid != connection.connection.info.backend_pid)


@contextmanager
def impatient(connection: BaseDatabaseWrapper, lock_timeout: float) -> Iterator[None]:
    """Raises LockTimeout for a statement that waits for a lock for longer (seconds)."""
    canceller = _Canceller(connection, lock_timeout)
    with connection.execute_wrapper(canceller.marked), canceller:
        yield


class _Canceller:
    """Statements bear a mark, in a comment, by which they are found on whatever connection the pooler gives them."""

    def __init__(self, connection: BaseDatabaseWrapper, lock_timeout: float) -> None:
        self.connection = connection
        self.lock_timeout = lock_timeout
        self.mark = f"/* schemaguard {secrets.token_hex(8)} */"
        self.has_cancelled = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join(timeout=1)

    def marked(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """A wrapper for Django's `execute_wrapper`."""
        self.has_cancelled = False
        try:
            return execute(f"{self.mark} {sql}" if isinstance(sql, str) else sql, params, many, context)
        except OperationalError as error:
            if self.has_cancelled:
                raise LockTimeout(f"waited for a lock for {self.lock_timeout:g} s") from error
            raise

    def _watch(self) -> None:
        other = self.connection.copy()
        since: dict[tuple[Any, ...], float] = {}
        try:
            while not self._stop.wait(SECONDS):
                with other.cursor() as cursor:
                    cursor.execute(WAITING, [f"{self.mark}%"])
                    waiting = cursor.fetchall()
                    since = {each: since.get(each, time.monotonic()) for each in waiting}
                    for each, begun in since.items():
                        if time.monotonic() - begun >= self.lock_timeout:
                            self.has_cancelled = True
                            cursor.execute("SELECT pg_cancel_backend(%s)", each[:1])
        except Exception:  # noqa: BLE001 (nobody can watch without another connection; the server ends the wait itself)
            return
        finally:
            other.close()
