"""Django's schema editors, and what third parties put on top of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
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
    return _careful(own if keeps else plain)(connection, **options)


def outer_editor(connection: BaseDatabaseWrapper, **options: Any) -> Any:
    """The connection's own, for work outside of a transaction."""
    return _careful(_own_and_plain(connection)[0])(connection, **options)


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


CASCADE = " CASCADE"


class _Sparing:
    """PostgreSQL's editor drops with CASCADE, which takes what no model knows of: this one drops nothing else.

    `before_drop(editor, table, column)` is told before a table (the column is None) or a column goes.
    """

    connection: Any
    before_drop: Callable[[Any, str, str | None], None] | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("sql_delete_table", "sql_delete_column"):
            template = getattr(self, name)
            if isinstance(template, str):  # a third party's editor may have something else there
                setattr(self, name, template.removesuffix(CASCADE))

    def delete_model(self, model: Any) -> None:
        meta = model._meta
        many = meta.local_many_to_many
        for field in many:
            if field.remote_field.through._meta.auto_created:
                self.delete_model(field.remote_field.through)
        meta.local_many_to_many = []
        try:
            self._dropping(meta.db_table, None)
            super().delete_model(model)  # type: ignore[misc]
        finally:
            meta.local_many_to_many = many

    def remove_field(self, model: Any, field: Any) -> None:
        many = field.many_to_many and field.remote_field.through._meta.auto_created
        if not many and field.db_parameters(connection=self.connection)["type"] is not None:
            self._dropping(model._meta.db_table, field.column)
        super().remove_field(model, field)  # type: ignore[misc]

    def _alter_column_type_sql(self, model: Any, old_field: Any, new_field: Any, *rest: Any) -> Any:
        """What was a serial leaves its sequence, which is dropped with its own default, and with nobody else's."""
        fragment, others = super()._alter_column_type_sql(model, old_field, new_field, *rest)  # type: ignore[misc]
        made: list[tuple[Any, Any]] = []
        for sql, params in others:
            if str(sql).startswith("DROP SEQUENCE") and str(sql).endswith(CASCADE):
                names = {"table": model._meta.db_table, "column": new_field.column}
                names = {key: self.connection.ops.quote_name(name) for key, name in names.items()}
                made.append(("ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT".format(**names), []))
                sql = str(sql).removesuffix(CASCADE)
            made.append((sql, params))
        return fragment, made

    def _dropping(self, table: str, column: str | None) -> None:
        if self.before_drop is not None:
            self.before_drop(self, table, column)


MIXINS = {
    "django.db.backends.sqlite3.schema": _Forgiving,
    "django.db.backends.postgresql.schema": _Sparing,
}


@cache
def _careful(editor: Any) -> Any:
    """The editor with what Django's own beneath it needs."""
    mixins = tuple(MIXINS[each.__module__] for each in editor.__mro__ if each.__module__ in MIXINS)
    return type(editor.__name__, (*mixins, editor), {"__module__": editor.__module__}) if mixins else editor


def _own_and_plain(connection: BaseDatabaseWrapper) -> tuple[Any, Any]:
    own: Any = connection.SchemaEditorClass
    return own, next(each for each in own.__mro__ if each.__module__.startswith("django."))
