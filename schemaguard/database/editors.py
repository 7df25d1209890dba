"""Django's schema editors, and what third parties put on top of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def transactional_editor(connection: BaseDatabaseWrapper, **options: Any) -> Any:
    """The connection's own, or Django's beneath it where that one works outside of transactions, whatever it is told.

    django-pg-zero-downtime-migrations' is one: CREATE INDEX CONCURRENTLY, and no way back.
    """
    own, plain = _own_and_plain(connection)
    keeps = own is plain or own(connection, atomic=True).atomic_migration or not connection.features.can_rollback_ddl
    return (own if keeps else plain)(connection, **options)


def collecting_editors(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """The connection's own, and Django's beneath it where there is one; neither executes anything."""
    for each in dict.fromkeys(_own_and_plain(connection)):
        yield each(connection, collect_sql=True)


def _own_and_plain(connection: BaseDatabaseWrapper) -> tuple[Any, Any]:
    own: Any = connection.SchemaEditorClass
    return own, next(each for each in own.__mro__ if each.__module__.startswith("django."))
