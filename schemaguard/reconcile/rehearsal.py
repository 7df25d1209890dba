"""The locks that a rehearsal really takes, read from pg_locks, step by step."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

LOCKS = """
    SELECT l.mode, c.oid::regclass::text FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
     WHERE l.pid = pg_backend_pid() AND l.granted AND c.relkind IN ('r', 'p', 'm', 'v', 'i', 'I', 'S')
       AND l.mode <> 'AccessShareLock' AND c.relnamespace <> 'pg_catalog'::regnamespace
"""
STRENGTH = (
    "AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareLock", "ShareUpdateExclusiveLock",
    "RowExclusiveLock", "RowShareLock",
)  # fmt: skip
"""Strongest first (PostgreSQL's documentation, 13.3.1); AccessShareLock is in nobody's way but ACCESS EXCLUSIVE's."""


class Locks:
    """What one transaction holds: `more()` tells what has come since it was last asked."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.known: set[tuple[str, str]] = self._held()

    def more(self) -> tuple[str, ...]:
        """`AccessExclusiveLock on shop_order`, the strongest first; empty where the database has no such account."""
        new = self._held() - self.known
        self.known |= new
        ordered = sorted(new, key=lambda lock: (STRENGTH.index(lock[0]) if lock[0] in STRENGTH else 99, lock[1]))
        return tuple(f"{mode} on {relation}" for mode, relation in ordered)

    def _held(self) -> set[tuple[str, str]]:
        if self.connection.vendor != "postgresql":
            return set()
        with self.connection.cursor() as cursor:
            cursor.execute(LOCKS)
            return {(mode, relation) for mode, relation in cursor.fetchall()}
