"""Which schema editor works inside of a transaction."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def schema_editor(connection: BaseDatabaseWrapper, **options: Any) -> Any:
    """The connection's own, or Django's beneath it where that one works outside of transactions, whatever it is told.

    django-pg-zero-downtime-migrations' is one: CREATE INDEX CONCURRENTLY, and no way back.
    """
    own: Any = connection.SchemaEditorClass
    plain: Any = next(each for each in own.__mro__ if each.__module__.startswith("django."))
    keeps = own is plain or own(connection, atomic=True).atomic_migration or not connection.features.can_rollback_ddl
    return (own if keeps else plain)(connection, **options)
