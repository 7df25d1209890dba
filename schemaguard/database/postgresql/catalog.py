"""The catalog queries: one for each kind of object, whatever the number of tables.

Some functions wait for a lock: each is asked last, and not for the relations of `locked`, which somebody keeps from
everybody. A default needs none: it reads no column, so that it is printed without its table.

Written for PostgreSQL 13 to 18. `{scope}` limits each to the relations that the search path finds, and to the schemas
that the project names. Needs no privilege beyond what every role has on pg_catalog.
"""

from schemaguard.schema.kinds import Kind

SCOPE = """n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
       AND (pg_catalog.pg_table_is_visible(c.oid) OR n.nspname = ANY(%(schemas)s))"""

SERIAL = r"^nextval\('.*'::regclass\)$"
"""The default that takes the next number of a sequence and nothing else, as pg_get_expr spells it."""
_SERIAL_LITERAL = SERIAL.replace("'", "''")

# Before anything that waits is asked; of a transaction of our own, and no longer than that.
SETTINGS = """
(SELECT set_config('idle_in_transaction_session_timeout', '0', true) AS idle,
        set_config('lock_timeout', CASE current_setting('lock_timeout') WHEN '0' THEN '{seconds}s'
                                   ELSE current_setting('lock_timeout') END, true) AS locks{more}) settings
 CROSS JOIN"""

COLUMNS = f"""
SELECT c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text, pg_catalog.pg_table_is_visible(c.oid),
       c.relispartition, i.inhrelid IS NOT NULL, e.objid IS NOT NULL, m.description,
       a.attnum, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity::text, a.attgenerated::text,
       CASE WHEN d.adrelid = ANY(%(locked)s::oid[]) AND a.attgenerated <> '' THEN NULL
            ELSE pg_catalog.pg_get_expr(d.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE d.adrelid END) END,
       CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END,
       am.description,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
       c.relpersistence <> 'u', c.relrowsecurity, c.relforcerowsecurity,
       c.relrowsecurity AND pg_catalog.row_security_active(c.oid),
       CASE WHEN c.relrowsecurity THEN ARRAY(SELECT o.polname::text FROM pg_catalog.pg_policy o
               WHERE o.polrelid = c.oid ORDER BY 1) END
  FROM {{settings}} pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
  LEFT JOIN pg_catalog.pg_description m
    ON m.objoid = c.oid AND m.classoid = 'pg_catalog.pg_class'::regclass AND m.objsubid = 0
  LEFT JOIN pg_catalog.pg_description am
    ON am.objoid = c.oid AND am.classoid = 'pg_catalog.pg_class'::regclass AND am.objsubid = a.attnum
  LEFT JOIN (SELECT DISTINCT inhrelid FROM pg_catalog.pg_inherits) i ON i.inhrelid = c.oid
  LEFT JOIN (SELECT DISTINCT objid FROM pg_catalog.pg_depend
              WHERE classid = 'pg_catalog.pg_class'::regclass AND deptype = 'e') e ON e.objid = c.oid
 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {SCOPE}
 ORDER BY c.oid, a.attnum"""

CONSTRAINTS = f"""
SELECT k.conrelid::bigint, k.conname::text, k.contype::text, k.conkey::int[], k.confrelid::bigint,
       fn.nspname::text, f.relname::text,
       ARRAY(SELECT x.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(num, pos)
               JOIN pg_catalog.pg_attribute x ON x.attrelid = k.confrelid AND x.attnum = u.num ORDER BY u.pos),
       k.condeferrable, k.condeferred, k.convalidated, k.confdeltype::text, k.confupdtype::text,
       CASE WHEN k.contype = 'c' AND k.conrelid <> ALL(%(locked)s::oid[])
            THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END, k.conindid::bigint,
       CASE WHEN k.contype = 'x' THEN ARRAY(SELECT o.oprname::text FROM unnest(k.conexclop) WITH ORDINALITY u(num, pos)
               JOIN pg_catalog.pg_operator o ON o.oid = u.num ORDER BY u.pos) END,
       {{enforced}} AND off.tgconstraint IS NULL
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
  LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
  LEFT JOIN (SELECT DISTINCT tgconstraint FROM pg_catalog.pg_trigger
              WHERE tgisinternal AND tgenabled IN ('D', 'R')) off ON off.tgconstraint = k.oid AND k.contype = 'f'
 WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND {SCOPE}
 ORDER BY k.conrelid, k.conname"""

INDEXES = f"""
SELECT x.indrelid::bigint, x.indexrelid::bigint, ic.relname::text, am.amname::text, x.indisunique, x.indisprimary,
       x.indisvalid AND x.indisready, x.indnkeyatts, x.indkey::int2[]::int[], x.indoption::int2[]::int[],
       CASE WHEN x.indrelid <> ALL(%(locked)s::oid[]) THEN pg_catalog.pg_get_expr(x.indpred, x.indrelid) END,
       CASE WHEN x.indexprs IS NOT NULL AND x.indrelid <> ALL(%(locked)s::oid[]) THEN
            ARRAY(SELECT pg_catalog.pg_get_indexdef(x.indexrelid, s, false) FROM generate_series(1, x.indnkeyatts) s)
       END,
       k.classes,
       CASE WHEN NOT x.indcollation::oid[] <@ '{{{{0,100}}}}' THEN
            ARRAY(SELECT coalesce(l.collname::text, '') FROM unnest(x.indcollation::oid[]) WITH ORDINALITY u(num, pos)
                    LEFT JOIN pg_catalog.pg_collation l ON l.oid = u.num ORDER BY u.pos)
       END,
       {{nulls_not_distinct}}, x.indpred IS NOT NULL
  FROM pg_catalog.pg_index x
  JOIN (SELECT y.indexrelid,
               array_agg(CASE WHEN o.opcdefault THEN '' ELSE '!' END || o.opcname ORDER BY u.pos) AS classes
          FROM pg_catalog.pg_index y
          CROSS JOIN unnest(y.indclass::oid[]) WITH ORDINALITY u(num, pos)
          JOIN pg_catalog.pg_opclass o ON o.oid = u.num
         GROUP BY y.indexrelid) k ON k.indexrelid = x.indexrelid
  JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
  JOIN pg_catalog.pg_class ic ON ic.oid = x.indexrelid
  JOIN pg_catalog.pg_am am ON am.oid = ic.relam
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition AND NOT x.indisprimary AND {SCOPE}
 ORDER BY x.indrelid, ic.relname"""


def for_version(query: str, version: int) -> str:
    """CONSTRAINTS or INDEXES with what a server knows: 150000 is PostgreSQL 15."""
    return query.format(
        enforced="k.conenforced" if version >= 180000 else "true",
        nulls_not_distinct="x.indnullsnotdistinct" if version >= 150000 else "false",
    )


KINDS = frozenset(
    {
        Kind.EXTENSION, Kind.SCHEMA, Kind.COLLATION, Kind.TYPE, Kind.LABEL, Kind.FUNCTION, Kind.TRIGGER, Kind.RULE,
        Kind.SEQUENCE, Kind.VIEW, Kind.VIEW_INDEX,
    }
)  # fmt: skip
"""What OTHERS looks for, and INDEXES for those of materialized views."""
OTHERS = """
SELECT 'extension', extname::text FROM pg_catalog.pg_extension
UNION SELECT 'schema', nspname::text FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_'
UNION SELECT 'collation', collname::text FROM pg_catalog.pg_collation
       WHERE collnamespace <> 'pg_catalog'::regnamespace
UNION SELECT 'nondeterministic', collname::text FROM pg_catalog.pg_collation WHERE NOT collisdeterministic
UNION SELECT 'type', typname::text FROM pg_catalog.pg_type t
       WHERE typtype IN ('e', 'd', 'r', 'c') AND typnamespace NOT IN (SELECT oid FROM pg_catalog.pg_namespace
             WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))
UNION SELECT 'label', typname || '.' || enumlabel FROM pg_catalog.pg_enum JOIN pg_catalog.pg_type t ON t.oid = enumtypid
UNION SELECT 'function', proname::text FROM pg_catalog.pg_proc
       WHERE pronamespace NOT IN (SELECT oid FROM pg_catalog.pg_namespace
             WHERE nspname IN ('pg_catalog', 'information_schema'))
UNION SELECT 'trigger', tgname::text FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
UNION SELECT 'rule', rulename::text FROM pg_catalog.pg_rewrite WHERE rulename <> '_RETURN' AND oid >= 16384
UNION SELECT CASE relkind WHEN 'S' THEN 'sequence' ELSE 'view' END, relname::text FROM pg_catalog.pg_class
       WHERE relkind IN ('v', 'm', 'S') AND relnamespace NOT IN (SELECT oid FROM pg_catalog.pg_namespace
             WHERE nspname IN ('pg_catalog', 'information_schema'))
UNION SELECT 'nowhere', pg_catalog.current_setting('search_path') WHERE pg_catalog.current_schema() IS NULL
UNION SELECT 'unusable', n.nspname::text
  FROM pg_catalog.regexp_split_to_table(pg_catalog.current_setting('search_path'), ',') named
  JOIN pg_catalog.pg_namespace n
    ON n.nspname = pg_catalog.replace(pg_catalog.btrim(named, ' "'), '$user', CURRENT_USER::text)
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'django_migrations'
 WHERE NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')"""
"""The last two say why this role sees nothing, or not where the records are."""

DEFINITIONS = """
SELECT 'view', c.relname::text,
       CASE c.relkind WHEN 'm' THEN 'CREATE MATERIALIZED VIEW x AS ' ELSE 'CREATE VIEW x AS ' END
           || CASE WHEN NOT %(blind)s THEN pg_catalog.pg_get_viewdef(c.oid) END,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       true, pg_catalog.pg_table_is_visible(c.oid)
  FROM pg_catalog.pg_class c
 WHERE c.relkind IN ('v', 'm') AND c.relname = ANY(%(view)s) AND c.oid >= 16384
UNION ALL
SELECT 'function', p.proname::text, pg_catalog.pg_get_functiondef(p.oid), NULL, true,
       pg_catalog.pg_function_is_visible(p.oid)
  FROM pg_catalog.pg_proc p WHERE p.prokind IN ('f', 'p') AND p.proname = ANY(%(function)s) AND p.oid >= 16384
UNION ALL
SELECT 'trigger', t.tgname::text, CASE WHEN NOT %(blind)s THEN pg_catalog.pg_get_triggerdef(t.oid) END, NULL,
       t.tgenabled <> 'D',
       pg_catalog.pg_table_is_visible(t.tgrelid)
  FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgname = ANY(%(trigger)s)
UNION ALL
SELECT 'rule', r.rulename::text, CASE WHEN NOT %(blind)s THEN pg_catalog.pg_get_ruledef(r.oid) END, NULL,
       r.ev_enabled <> 'D',
       pg_catalog.pg_table_is_visible(r.ev_class)
  FROM pg_catalog.pg_rewrite r WHERE r.rulename <> '_RETURN' AND r.rulename = ANY(%(rule)s)"""

ELSEWHERE = """
SELECT c.relname::text, n.nspname::text,
       ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ANY(%(names)s) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
   AND NOT pg_catalog.pg_table_is_visible(c.oid)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_class r WHERE r.relnamespace = n.oid AND r.relname = 'django_migrations')
 ORDER BY 1, 2"""

SEQUENCES = f"""
SELECT s.oid::regclass::text, n.nspname::text, c.relname::text, a.attname::text,
       CASE WHEN pg_catalog.has_sequence_privilege(s.oid, 'SELECT') AND s.oid <> ALL(%(locked)s::oid[])
            THEN pg_catalog.pg_sequence_last_value(s.oid) END,
       q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle, u.feeds, pg_catalog.pg_table_is_visible(c.oid),
       pg_catalog.has_sequence_privilege(s.oid, 'SELECT')
  FROM (SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number, d.deptype = 'i' AS feeds
          FROM pg_catalog.pg_depend d
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
           AND d.refobjsubid > 0
           AND (d.deptype = 'i' OR d.deptype = 'a' AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_attrdef f WHERE f.adrelid = d.refobjid AND f.adnum = d.refobjsubid))
        UNION
        SELECT d.refobjid, f.adrelid, f.adnum, true
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
         WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
           AND CASE (SELECT k.relkind FROM pg_catalog.pg_class k WHERE k.oid = d.refobjid)
                    WHEN 'S' THEN pg_catalog.pg_get_expr(f.adbin, 0) ~ '{_SERIAL_LITERAL}' END) u
  JOIN pg_catalog.pg_class s ON s.oid = u.sequence AND s.relkind = 'S'
  JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid
  JOIN pg_catalog.pg_class c ON c.oid = u.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number
 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND s.oid <> ALL(%(locked)s::oid[]) AND {SCOPE}
   AND (NOT u.feeds OR CASE WHEN c.oid = ANY(%(locked)s::oid[]) THEN false
                         ELSE pg_catalog.pg_relation_size(c.oid) > 0 END
        AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AND EXISTS (
            SELECT FROM pg_catalog.pg_index x WHERE x.indrelid = c.oid AND x.indisunique AND x.indnkeyatts = 1
               AND x.indkey[0] = a.attnum AND x.indpred IS NULL))
 ORDER BY 1, 2, 3, 4"""
"""The sequences that a unique column takes its numbers from, and those that a column owns and takes none from."""

LOCKED = """
SELECT DISTINCT coalesce(x.indrelid, l.relation)::bigint, n.nspname::text, c.relname::text,
       pg_catalog.pg_table_is_visible(c.oid),
       coalesce(l.pid::text, '-'), coalesce(s.usename::text, '?'), coalesce(nullif(s.application_name, ''), '-'),
       coalesce(s.state, '?')
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = l.relation
  JOIN pg_catalog.pg_class c ON c.oid = coalesce(x.indrelid, l.relation)
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_stat_activity s ON s.pid = l.pid
 WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid()
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
 ORDER BY 1, 5"""

# What a constraint says and its shape does not (schema.objects).
UNTOLD = r"""
    SELECT k.conname::text,
           CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::text ELSE n.nspname || '"."' || c.relname END
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND pg_get_constraintdef(k.oid) ~ ' MATCH FULL| NO INHERIT| ON DELETE SET (NULL|DEFAULT) \('
"""

BROUGHT_ALONG = """
SELECT 'type', t.typname::text FROM pg_catalog.pg_type t JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
 WHERE c.relkind <> 'c'
UNION
SELECT CASE d.classid WHEN 'pg_catalog.pg_type'::regclass THEN 'type' ELSE 'function' END,
       coalesce(t.typname, p.proname)::text
  FROM pg_catalog.pg_depend d
  LEFT JOIN pg_catalog.pg_type t ON d.classid = 'pg_catalog.pg_type'::regclass AND t.oid = d.objid
  LEFT JOIN pg_catalog.pg_proc p ON d.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.objid
 WHERE d.deptype = 'e' AND d.classid IN ('pg_catalog.pg_type'::regclass, 'pg_catalog.pg_proc'::regclass)
UNION
SELECT 'view', c.relname::text FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
 WHERE d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::regclass"""
"""What an extension brings, and the types of the rows of tables."""
