"""The SQL that a migration holds as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations import RunSQL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper


def raw_sql(operation: Any) -> list[str] | None:
    """The statements of a RunSQL, or of those inside a SeparateDatabaseAndState. None where there is no SQL."""
    found: list[str] = []
    for each in getattr(operation, "database_operations", [operation]):
        sql = getattr(each, "sql", None)
        if isinstance(sql, str):
            found.append(sql)
        elif isinstance(sql, list | tuple):
            found += [part if isinstance(part, str) else part[0] for part in sql]
    return found or None


def statements(sql: Any) -> Iterable[tuple[str, bool]]:
    """The texts of a RunSQL, which is one string, or a list of strings and (string, parameters).

    And whether each is all that is sent; with parameters it is not.
    """
    for each in [sql] if isinstance(sql, str) else sql:
        if isinstance(each, str):
            yield each, True
        else:
            text, params = each
            yield text if params is None else text.replace("%%", "%"), not params


def sends(operation: Any, connection: BaseDatabaseWrapper) -> list[tuple[str, Any]]:
    """The (statement, parameters) that a RunSQL sends, one by one; nothing for any other operation.

    A list is sent as it is. A script is taken apart by Django.
    """
    if not isinstance(operation, RunSQL) or type(operation).database_forwards is not RunSQL.database_forwards:
        return []
    if isinstance(operation.sql, str):
        script = operation.sql
        return [(each, None) for each in connection.ops.prepare_sql_script(script)] if script else []
    return [(each, None) if isinstance(each, str) else (each[0], each[1]) for each in operation.sql]
