"""The catalog queries for many schemas of one database at once, each with all that its schemas hold.

`schemas` are those that are looked at as a home of tables, `named` those that models name by themselves. What a name
means is not asked of the search path here: it leads to one of them at most.
"""

from schemaguard.database.postgresql import catalog
from schemaguard.database.postgresql.locking import ADVISORY

SCOPE = "n.nspname = ANY(%(schemas)s::text[] || %(named)s::text[])"


def _of_many(query: str) -> str:
    assert catalog.SCOPE in query
    return query.replace(catalog.SCOPE, SCOPE)


COLUMNS = _of_many(catalog.COLUMNS)
CONSTRAINTS = _of_many(catalog.CONSTRAINTS)
INDEXES = _of_many(catalog.INDEXES)
# Without this every default of the database is printed, to see which of them take numbers from a sequence.
_OF_THESE = """(SELECT k.oid FROM pg_catalog.pg_class k JOIN pg_catalog.pg_namespace s ON s.oid = k.relnamespace
                 WHERE s.nspname = ANY(%(schemas)s::text[] || %(named)s::text[]) AND k.relkind IN ('r', 'p'))"""
SEQUENCES = _of_many(
    catalog.SEQUENCES.replace(
        "AND d.refobjsubid > 0", f"AND d.refobjsubid > 0 AND d.refobjid IN {_OF_THESE}"
    ).replace(
        "WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass",
        f"WHERE f.adrelid IN {_OF_THESE} AND d.classid = 'pg_catalog.pg_attrdef'::regclass",
    )
)  # fmt: skip

OTHERS = """
WITH seen AS (
    SELECT n.oid, CASE WHEN n.nspname <> ALL(pg_catalog.current_schemas(false)::text[])
                         AND n.nspname = ANY(%(schemas)s::text[]) THEN n.nspname::text END AS home
      FROM pg_catalog.pg_namespace n
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
       AND n.nspname = ANY(%(schemas)s::text[] || %(named)s::text[] || pg_catalog.current_schemas(false)::text[]))
SELECT 'extension', extname::text, NULL FROM pg_catalog.pg_extension
UNION SELECT 'schema', n.nspname::text, NULL FROM pg_catalog.pg_namespace n
       WHERE n.nspname !~ '^pg_' AND NOT EXISTS (
             SELECT FROM pg_catalog.pg_class r WHERE r.relnamespace = n.oid AND r.relname = 'django_migrations')
UNION SELECT 'nondeterministic', collname::text, NULL FROM pg_catalog.pg_collation WHERE NOT collisdeterministic
UNION SELECT 'collation', collname::text, home FROM seen JOIN pg_catalog.pg_collation ON collnamespace = seen.oid
UNION SELECT 'type', typname::text, home FROM seen JOIN pg_catalog.pg_type t ON typnamespace = seen.oid
       WHERE typtype IN ('e', 'd', 'r', 'c')
UNION SELECT 'label', typname || '.' || enumlabel, home FROM seen JOIN pg_catalog.pg_type t ON typnamespace = seen.oid
        JOIN pg_catalog.pg_enum ON t.oid = enumtypid
UNION SELECT 'function', proname::text, home FROM seen JOIN pg_catalog.pg_proc ON pronamespace = seen.oid
UNION SELECT 'trigger', tgname::text, home FROM seen JOIN pg_catalog.pg_class c ON relnamespace = seen.oid
        JOIN pg_catalog.pg_trigger ON tgrelid = c.oid WHERE NOT tgisinternal
UNION SELECT 'rule', rulename::text, home FROM seen JOIN pg_catalog.pg_class c ON relnamespace = seen.oid
        JOIN pg_catalog.pg_rewrite w ON ev_class = c.oid WHERE rulename <> '_RETURN' AND w.oid >= 16384
UNION SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'view' END, relname::text, home
        FROM seen JOIN pg_catalog.pg_class ON relnamespace = seen.oid WHERE relkind IN ('v', 'm', 'S')"""
"""(kind, name, the schema that it is looked for in; NULL where it is for all, as what the search path leads to is)."""

BUSY = f"""
SELECT n.nspname::text, NULL
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = l.relation
  JOIN pg_catalog.pg_class c ON c.oid = coalesce(x.indrelid, l.relation)
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid()
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
UNION
SELECT n.nspname::text, coalesce(nullif(s.application_name, ''), 'process ' || l.pid)
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_namespace n ON l.objid::bigint = hashtext(n.nspname::text)::bigint & 4294967295
  LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.classid = {ADVISORY} AND l.objsubid = 2
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())"""
"""(schema, who) where a migrate or a reconcile is at work; (schema, NULL) where a table is kept from everybody."""

SCHEMAS = """
SELECT n.nspname::text, pg_catalog.has_schema_privilege(n.oid, 'USAGE'), c.oid IS NOT NULL,
       coalesce(pg_catalog.has_table_privilege(c.oid, 'SELECT'), true)
  FROM pg_catalog.pg_namespace n
  LEFT JOIN pg_catalog.pg_class c
    ON c.relnamespace = n.oid AND c.relname = 'django_migrations' AND c.relkind IN ('r', 'p')
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY 1"""


def _in_home(query: str) -> str:
    """The same with the name of the schema in the place of whether it is visible."""
    home = "(SELECT o.nspname::text FROM pg_catalog.pg_namespace o WHERE o.oid = {})"
    of_table = home.format("(SELECT k.relnamespace FROM pg_catalog.pg_class k WHERE k.oid = {})")
    return (
        query.replace("pg_catalog.pg_table_is_visible(c.oid)", home.format("c.relnamespace"))
        .replace("pg_catalog.pg_function_is_visible(p.oid)", home.format("p.pronamespace"))
        .replace("pg_catalog.pg_table_is_visible(t.tgrelid)", of_table.format("t.tgrelid"))
        .replace("pg_catalog.pg_table_is_visible(r.ev_class)", of_table.format("r.ev_class"))
    )


_FOUND = "found(word, name, sql, columns, enabled, home)"
DEFINITIONS = f"""
SELECT word, name, sql, columns, enabled, home FROM ({_in_home(catalog.DEFINITIONS)}) {_FOUND}
 WHERE home = ANY(%(schemas)s::text[])"""
