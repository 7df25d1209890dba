"""The locks that a rehearsal really takes, as the server tells them, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.database import backend_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Locks:
    """The locks that one transaction holds. `more()` returns those that have come since it was last called."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.locking = backend_of(connection).locking
        self.known = set(self.locking.held())

    def more(self) -> tuple[str, ...]:
        """`AccessExclusiveLock on shop_order`, the strongest first; empty where the database has no such account."""
        new = [lock for lock in self.locking.held() if lock not in self.known]
        self.known.update(new)
        return tuple(f"{mode} on {relation}" for mode, relation in new)
