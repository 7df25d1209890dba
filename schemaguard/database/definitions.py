"""The server's own words for what hangs on a table: statements that make a constraint or an index again."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.backends.base.base import BaseDatabaseWrapper

CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = %s::regclass AND contype IN ('f', 'u', 'c', 'x')"""

INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = %s::regclass AND NOT i.indisprimary
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)"""


def definitions(connection: BaseDatabaseWrapper, table: str) -> Mapping[str, str]:
    """By name, the statement that makes each constraint and index of a table. SQLite tells indexes alone."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(CONSTRAINTS, [quote(table)])
            found = {
                name: f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)} {text}"
                for name, text in cursor.fetchall()
            }
            cursor.execute(INDEXES, [quote(table)])
        else:
            found = {}
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = %s",
                [table],
            )
        return {**found, **dict(cursor.fetchall())}


def table_text(connection: BaseDatabaseWrapper, table: str) -> str | None:
    """The CREATE TABLE that a table was made by, where the database keeps it (SQLite)."""
    if connection.vendor != "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        row = cursor.fetchone()
    return str(row[0]) if row is not None else None
