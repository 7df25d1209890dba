"""What hangs on a table or a column and is no part of it: DROP refuses because of it, DROP … CASCADE takes it along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.schema.definitions import Hanging

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

PARTS = "('a', 'i', 'P', 'S')"
"""Kinds of pg_depend that make a thing a part of another (PostgreSQL's documentation, 53.18)."""
ON = """d.refclassid = p.classid AND d.refobjid = p.objid AND (p.objsubid = 0 OR d.refobjsubid = p.objsubid)"""
HANGING = f"""
WITH RECURSIVE roots AS (
    SELECT asked.number, 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid,
           coalesce(a.attnum, 0)::int AS objsubid
      FROM unnest(%s::int[], %s::text[], %s::text[]) AS asked(number, relation, name)
      JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(asked.relation)
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = asked.name AND NOT a.attisdropped
     WHERE asked.name IS NULL OR a.attnum IS NOT NULL
     UNION
    SELECT r.number, r.classid, i.inhrelid, heir.attnum
      FROM roots r
      JOIN pg_catalog.pg_inherits i ON i.inhparent = r.objid
      JOIN pg_catalog.pg_attribute a ON a.attrelid = r.objid AND a.attnum = r.objsubid
      JOIN pg_catalog.pg_attribute heir ON heir.attrelid = i.inhrelid AND heir.attname = a.attname
     WHERE r.objsubid <> 0 AND NOT heir.attislocal AND heir.attinhcount = 1
), parts AS (
    SELECT * FROM roots
     UNION
    SELECT p.number, d.classid, d.objid, d.objsubid
      FROM parts p JOIN pg_catalog.pg_depend d ON {ON} WHERE d.deptype IN {PARTS}
)
SELECT DISTINCT p.number,
       CASE WHEN r.rulename = '_RETURN'
            THEN pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, r.ev_class, 0)
            WHEN g.attgenerated <> ''
            THEN 'generated ' || pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, g.attrelid, g.attnum)
            ELSE pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) END,
       k.conname::text,
       CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname::text
            ELSE n.nspname || '"."' || c.relname END
  FROM parts p
  JOIN pg_catalog.pg_depend d ON {ON}
  LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
  LEFT JOIN pg_catalog.pg_attrdef v ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND v.oid = d.objid
  LEFT JOIN pg_catalog.pg_attribute g ON g.attrelid = v.adrelid AND g.attnum = v.adnum
  LEFT JOIN pg_catalog.pg_constraint k
    ON d.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = d.objid AND k.contype = 'f'
  LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE d.deptype = 'n'
   AND NOT EXISTS (SELECT FROM parts o
                    WHERE o.number = p.number AND o.classid = d.classid AND o.objid = d.objid
                      AND o.objsubid IN (0, d.objsubid))
 ORDER BY 1, 2"""

SCHEMA_OF = """
SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid = pg_catalog.to_regclass(%s)"""


def schema_of(connection: BaseDatabaseWrapper, table: str) -> str | None:
    """The schema of the table that a name leads to now."""
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA_OF, [connection.ops.quote_name(table)])
        row = cursor.fetchone()
    return str(row[0]) if row is not None else None


def hanging(
    connection: BaseDatabaseWrapper, sets: Sequence[Collection[tuple[str, str | None]]]
) -> tuple[tuple[Hanging, ...], ...]:
    """For each set of tables and columns what hangs on it, as one query. Names that are nothing's are passed over."""
    quote: Any = connection.ops.quote_name
    asked = [(number, quote(table), column) for number, dropped in enumerate(sets) for table, column in dropped]
    found: list[list[Hanging]] = [[] for _ in sets]
    with connection.cursor() as cursor:
        cursor.execute(HANGING, [[each[place] for each in asked] for place in range(3)])
        for number, text, key, table in cursor.fetchall():
            found[number].append(Hanging(text, table, key))
    return tuple(map(tuple, found))
