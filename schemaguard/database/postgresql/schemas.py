"""Reading one schema of many: for one transaction, its name comes first in the search path.

The connection is the project's own, and the other schemas of its path stay visible: a foreign key may point there. What
also writes in a schema, or reads many of them, has a connection of its own that sees that one alone (`in_schema`).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from schemaguard.exceptions import CannotStart

if TYPE_CHECKING:
    from collections.abc import Iterator

USABLE = """
SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') FROM pg_catalog.pg_namespace n WHERE n.nspname = %s"""
LEAD = """
SELECT pg_catalog.set_config('search_path',
                             CASE WHEN %s = '' THEN quote_ident(%s) ELSE quote_ident(%s) || ', ' || %s END, true)"""


def refuse_unusable(connection: Any, schema: str) -> None:
    """Raises CannotStart where there is no such schema, or this role may not use it."""
    with connection.cursor() as cursor:
        cursor.execute(USABLE, [schema])
        row = cursor.fetchone()
    if row is None:
        raise CannotStart(f'database "{connection.alias}" has no schema "{schema}"')
    if not row[0]:
        raise CannotStart(f'database "{connection.alias}": this role may not use schema "{schema}"')


@contextmanager
def leading_into(connection: Any, schema: str | None) -> Iterator[None]:
    """Puts a schema before the others, within the transaction at hand: this goes through a pooler, too."""
    if schema is None:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.current_setting('search_path')")
        (before,) = cursor.fetchone()
        cursor.execute(LEAD, [before, schema, schema, before])
    yield  # where this fails, the savepoint or the transaction puts the path back
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.set_config('search_path', %s, true)", [before])


@contextmanager
def as_tenant(connection: Any, schema: str) -> Iterator[None]:
    """django-tenants sets the path anew before every query: there, the schema is a tenant's."""
    if not hasattr(connection, "set_schema"):
        yield
        return
    before = connection.schema_name
    connection.set_schema(schema)
    try:
        yield
    finally:
        connection.set_schema(before)
