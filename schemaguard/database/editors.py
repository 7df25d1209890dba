"""Django's schema editors, and what third parties put on top of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper


def transactional_editor(connection: BaseDatabaseWrapper, **options: Any) -> Any:
    """The connection's own, or Django's beneath it where that one works outside of transactions, whatever it is told.

    django-pg-zero-downtime-migrations' is one: CREATE INDEX CONCURRENTLY, and no way back.
    """
    own, plain = _own_and_plain(connection)
    keeps = own is plain or own(connection, atomic=True).atomic_migration or not connection.features.can_rollback_ddl
    return _forgiving(own if keeps else plain)(connection, **options)


def outer_editor(connection: BaseDatabaseWrapper, **options: Any) -> Any:
    """The connection's own, for work outside of a transaction."""
    return _forgiving(_own_and_plain(connection)[0])(connection, **options)


def collecting_editors(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """The connection's own, and Django's beneath it where there is one; neither executes anything."""
    for each in dict.fromkeys(_own_and_plain(connection)):
        yield each(connection, collect_sql=True)


class _Forgiving:
    """SQLite's editor ends by a check of every foreign key in the database: of what fails it, only the new counts.

    Rows that point nowhere are usual in a database of before Django 2.0, which enforced no foreign key there.
    """

    connection: Any

    def __enter__(self) -> Any:
        entered: Any = super().__enter__()  # type: ignore[misc]
        self._before = self._broken()
        return entered

    def __exit__(self, *failure: Any) -> None:
        check = self.connection.check_constraints

        def check_what_is_new() -> None:
            if self._before is not None and failure[0] is None:  # else it would hide what has failed
                after = self._broken()
                new = after - self._before if after is not None else None
                if new is None or new:
                    check(None if new is None else sorted({table for table, _ in new}))

        self.connection.check_constraints = check_what_is_new
        try:
            super().__exit__(*failure)  # type: ignore[misc]
        finally:
            del self.connection.check_constraints

    def _broken(self) -> Counter[tuple[str, str]] | None:
        """How many rows of a table point at none of another, by the two; None where the keys themselves are broken."""
        with self.connection.cursor() as cursor:
            try:
                cursor.execute("PRAGMA foreign_key_check")
            except DatabaseError:
                return None
            return Counter((table, target) for table, _, target, _ in cursor.fetchall())


@cache
def _forgiving(editor: Any) -> Any:
    if not any(each.__module__ == "django.db.backends.sqlite3.schema" for each in editor.__mro__):
        return editor
    return type(editor.__name__, (_Forgiving, editor), {"__module__": editor.__module__})


def _own_and_plain(connection: BaseDatabaseWrapper) -> tuple[Any, Any]:
    own: Any = connection.SchemaEditorClass
    return own, next(each for each in own.__mro__ if each.__module__.startswith("django."))
