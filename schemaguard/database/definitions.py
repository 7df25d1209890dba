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


TYPES = """
WITH RECURSIVE used AS (
    SELECT coalesce(nullif(t.typelem, 0), t.oid) AS oid, 0 AS depth
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT t.typbasetype, u.depth + 1 FROM used u JOIN pg_type t ON t.oid = u.oid WHERE t.typtype = 'd')
SELECT format_type(t.oid, NULL), CASE t.typtype
       WHEN 'e' THEN 'AS ENUM (' ||
           (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
              FROM pg_enum WHERE enumtypid = t.oid) || ')'
       ELSE concat('AS ', format_type(t.typbasetype, t.typtypmod), ' DEFAULT ' || t.typdefault,
           CASE WHEN t.typnotnull THEN ' NOT NULL' END,
           (SELECT string_agg(format(' CONSTRAINT %%I %%s', conname, pg_get_constraintdef(c.oid)), '' ORDER BY conname)
              FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c')) END,
       t.typtype = 'e'
  FROM used u JOIN pg_type t ON t.oid = u.oid
 WHERE t.typtype IN ('e', 'd')
   AND NOT EXISTS (
       SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.classid = 'pg_type'::regclass AND d.deptype = 'e')
 ORDER BY u.depth DESC, 1"""


def type_definitions(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    """Statements that make the enum types and domains of a table's columns, where they are not there already."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(TYPES, [connection.ops.quote_name(table)])
        found = cursor.fetchall()
    # CREATE TYPE knows no IF NOT EXISTS, and other tables may be of the same types.
    return [
        f"DO $$ BEGIN CREATE {'TYPE' if enum else 'DOMAIN'} {name} {text}; "
        "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        for name, text, enum in dict.fromkeys(found)
    ]
