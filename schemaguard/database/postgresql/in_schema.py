"""A connection whose bare names mean the tables of one schema, transaction by transaction.

The search path is set at the begin of each transaction, for that transaction alone. So it works behind a pooler that
hands out server connections by the transaction, and one connection serves many schemas, one after the other.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction

from schemaguard.database.postgresql.lock_timeouts import is_behind_a_pooler
from schemaguard.exceptions import CannotStart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OF_ROWS = re.compile(r"\s*(?:SELECT|EXPLAIN|SHOW|WITH|VALUES|TABLE|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
"""What may be in a transaction, whoever runs it outside of one."""
SETS = re.compile(r"\s*(?:SET|RESET)\b", re.IGNORECASE)
TABLES_OF_IT = "SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.current_schema()::regnamespace"


class InSchema:
    """Put before the class of a connection. `schema` is None until somebody sets it: then nothing is different.

    `others` are the schemas that the search path of the settings leads to, in which types and functions are found.
    """

    schema: str | None = None
    others: tuple[str, ...] = ()
    tenant_types: Mapping[str, str | None] | None = None

    def set_autocommit(self: Any, autocommit: bool, *args: Any, **options: Any) -> None:
        super().set_autocommit(autocommit, *args, **options)  # type: ignore[misc]
        if not autocommit:
            self.lead()

    def lead(self: Any) -> None:
        """Sets the search path of the transaction that has begun, or that begins by this."""
        if self.schema is not None:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL search_path TO {self.path}")

    def copy(self: Any, alias: str | None = None) -> Any:
        other = super().copy(alias)  # type: ignore[misc]
        other.others = self.others
        other.execute_wrappers.append(_in_a_transaction)
        enter(other, self.schema)
        return other

    def backend_in_schema(self: Any) -> Any:
        """What reads the schema; None where it is in none."""
        if self.schema is None:
            return None
        from schemaguard.database.postgresql.many import SchemaBackend

        return SchemaBackend(self, self.schema)

    @property
    def path(self: Any) -> str:
        """The search path, as SQL."""
        names = dict.fromkeys((self.schema, *self.others))
        return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def in_schemas(alias: str) -> Any:
    """Puts a connection that can be in any schema in the place of this thread's connection of that alias."""
    present: Any = connections[alias]
    if isinstance(present, InSchema):
        return present
    present.close()
    base: Any = type(present)
    found: Any = _class(base)(present.settings_dict, alias)
    found.execute_wrappers.append(_in_a_transaction)
    connections[alias] = found
    with found.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.current_schemas(false)::text[]")
        found.others = tuple(cursor.fetchone()[0])
    return found


def enter(connection: Any, schema: str | None) -> None:
    """From the next transaction on, bare names mean the tables of this schema."""
    connection.schema = schema
    if is_of_tenants(connection):  # its routers, and its own search path, go by that
        if schema is None:
            connection.set_schema_to_public()
        else:
            connection.set_schema(schema, tenant_type=_types(connection).get(schema))


def is_of_tenants(connection: Any) -> bool:
    """Whether it is a connection of django-tenants."""
    return hasattr(connection, "set_schema_to_public")


def tenants(connection: Any) -> Mapping[str, str | None] | None:
    """The schemas of django-tenants, and the type of each where there are several; None where it is not in use."""
    if not is_of_tenants(connection):
        return None
    from django_tenants.utils import (
        get_multi_type_database_field_name,
        get_public_schema_name,
        get_tenant_model,
        has_multi_type_tenants,
    )

    fields = ["schema_name", *([get_multi_type_database_field_name()] if has_multi_type_tenants() else [])]
    public = get_public_schema_name()
    model = get_tenant_model()
    with connection.cursor() as cursor:
        if model._meta.db_table not in connection.introspection.table_names(cursor):
            return {public: public}
    rows = model._base_manager.using(connection.alias).values_list(*fields)
    found = {row[0]: row[1] if len(row) > 1 else None for row in rows}
    return {**found, public: public}


def _types(connection: Any) -> Mapping[str, str | None]:
    if connection.tenant_types is None:
        connection.tenant_types = {}  # the question below is asked in no schema
        connection.schema, before = None, connection.schema
        connection.set_schema_to_public()
        connection.tenant_types = tenants(connection) or {}
        connection.schema = before
    found: Mapping[str, str | None] = connection.tenant_types
    return found


@cache
def _class(base: Any) -> Any:
    own = type("Introspection", (_Introspection, base.introspection_class), {})
    return type("DatabaseWrapper", (InSchema, base), {"introspection_class": own, "__module__": base.__module__})


class _Introspection:
    """Django's, which finds a table wherever the search path leads. Here a table of another schema is another table."""

    def get_table_list(self: Any, cursor: Any) -> Any:
        found = super().get_table_list(cursor)  # type: ignore[misc]
        if self.connection.schema is None:
            return found
        cursor.execute(TABLES_OF_IT)
        names = {name for (name,) in cursor.fetchall()}
        return [each for each in found if each.name in names]


def _in_a_transaction(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    """A statement outside of a transaction gets one, since only a transaction has the search path."""
    connection = context["connection"]
    if connection.schema is None or connection.in_atomic_block or not connection.get_autocommit():
        return execute(sql, params, many, context)
    if SETS.match(str(sql)):  # django-tenants sets the path of the session too, to the same
        return execute(sql, params, many, context)
    if connections[connection.alias] is not connection:
        return _by_itself(connection, lambda: execute(sql, params, many, context))
    if OF_ROWS.match(str(sql)):
        with transaction.atomic(using=connection.alias):
            return execute(sql, params, many, context)
    return _in_the_session(connection, lambda: execute(sql, params, many, context))


_in_a_transaction.of_the_connection = True  # type: ignore[attr-defined]  # who leaves wrappers out leaves it in


def _by_itself(connection: Any, execute: Callable[[], Any]) -> Any:
    """A statement of a second connection, which Django's `atomic` does not know."""
    connection.set_autocommit(False)
    try:
        found = execute()
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.set_autocommit(True)
    return found


def _in_the_session(connection: Any, execute: Callable[[], Any]) -> Any:
    """One that may not be in a transaction, as CREATE INDEX CONCURRENTLY: the session has the path meanwhile."""
    if is_behind_a_pooler(connection):
        raise CannotStart(
            f'database "{connection.alias}": a step outside of a transaction in schema {connection.schema} needs a '
            "session of its own, and a pooler gives none; connect to the server itself"
        )
    with connection.connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {connection.path}")
        try:
            return execute()
        finally:
            cursor.execute("RESET search_path")
