"""What PostgreSQL does not let a column be altered under, and nobody makes anew behind its owner's back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

# Before PostgreSQL 15 it is the generated column itself that depends on another, and not its expression.
READERS = """
SELECT DISTINCT w.name, w.column_name,
       CASE WHEN r.rulename = '_RETURN'
                 THEN pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, r.ev_class, 0)
            WHEN ga.attname IS NOT NULL THEN 'generated column ' || ga.attname
            ELSE pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) END,
       ga.attname
  FROM unnest(%(names)s::text[], %(tables)s::text[], %(columns)s::text[]) w(name, relation, column_name)
  JOIN pg_catalog.pg_attribute a
    ON a.attrelid = pg_catalog.to_regclass(w.relation) AND a.attname = w.column_name
  JOIN pg_catalog.pg_depend d
    ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
  LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
  LEFT JOIN pg_catalog.pg_attrdef g
    ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND g.oid = d.objid AND g.adnum <> a.attnum
  LEFT JOIN pg_catalog.pg_attribute ga
    ON (ga.attrelid = g.adrelid AND ga.attnum = g.adnum)
    OR (d.classid = 'pg_catalog.pg_class'::regclass AND ga.attrelid = d.objid AND ga.attnum = d.objsubid
        AND ga.attgenerated <> '')
 WHERE r.oid IS NOT NULL OR ga.attname IS NOT NULL
    OR d.classid IN ('pg_catalog.pg_policy'::regclass, 'pg_catalog.pg_trigger'::regclass,
                     'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_publication_rel'::regclass)
 ORDER BY 1, 2, 3
"""


def readers(
    connection: BaseDatabaseWrapper, columns: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str, str, str | None]]:
    """(table, column, what reads it, its name where that is a generated column) of these (table, column)."""
    asked: list[Any] = list(columns)
    names = [table for table, _ in asked]
    tables = [connection.ops.quote_name(table) for table in names]
    with connection.cursor() as cursor:
        cursor.execute(READERS, {"names": names, "tables": tables, "columns": [column for _, column in asked]})
        yield from cursor.fetchall()
