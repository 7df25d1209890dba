"""The two tables that this package keeps in a project's database. No migration of the project knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.database.editors import transactional_editor

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def is_there(connection: BaseDatabaseWrapper, table: str) -> bool:
    with connection.cursor() as cursor:
        return table in connection.introspection.table_names(cursor)


def ensure(connection: BaseDatabaseWrapper, model: Any) -> bool:
    """Makes the table of a model where there is none. Whether it did."""
    if is_there(connection, model._meta.db_table):
        return False
    with transactional_editor(connection) as editor:
        editor.create_model(model)
    return True
