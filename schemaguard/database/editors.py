"""Django's schema editors, and what third parties put on top of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from schemaguard.database import backend_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper


def transactional_editor(connection: BaseDatabaseWrapper, **options: Any) -> Any:
    """The connection's own, or Django's beneath it where that one works outside of transactions, whatever it is told.

    django-pg-zero-downtime-migrations' is one: CREATE INDEX CONCURRENTLY, and no way back.
    """
    own, plain = _own_and_plain(connection)
    keeps = own is plain or own(connection, atomic=True).atomic_migration or not connection.features.can_rollback_ddl
    return _careful(own if keeps else plain, backend_of(connection).editor_mixin)(connection, **options)


def outer_editor(connection: BaseDatabaseWrapper, **options: Any) -> Any:
    """The connection's own, for work outside of a transaction."""
    return _careful(_own_and_plain(connection)[0], backend_of(connection).editor_mixin)(connection, **options)


def collecting_editors(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """The connection's own, and Django's beneath it where there is one; neither executes anything."""
    for each in dict.fromkeys(_own_and_plain(connection)):
        yield each(connection, collect_sql=True)


@cache
def _careful(editor: Any, mixin: Any) -> Any:
    """The editor with what its backend puts before it."""
    return editor if mixin is None else type(editor.__name__, (mixin, editor), {"__module__": editor.__module__})


def _own_and_plain(connection: BaseDatabaseWrapper) -> tuple[Any, Any]:
    own: Any = connection.SchemaEditorClass
    return own, next(each for each in own.__mro__ if each.__module__.startswith("django."))
