"""The catalog of PostgreSQL as text: each query gives (table or NULL, one line), of every schema but the system's.

What an extension owns is its own affair and left out. NOT NULL stands with its column; PostgreSQL 18 also keeps it as a
constraint.
"""

OURS = "nspname NOT LIKE 'pg!_%' ESCAPE '!' AND nspname <> 'information_schema'"


def _own(catalog: str, oid: str) -> str:
    """A condition: no extension owns the row `oid` of `catalog`."""
    return (
        f"NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '{catalog}'::regclass"
        f" AND d.objid = {oid} AND d.deptype = 'e')"
    )


# Relations that somebody made: tables, partitioned and foreign ones, views, materialized views, sequences.
# `called` is the name a person would use: that of the schema is left out where it is `public`.
RELATIONS = f"""
    SELECT c.*, CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || c.relname AS called
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND {_own("pg_class", "c.oid")}
"""

SCHEMAS = f"SELECT NULL, format('schema %I', nspname) FROM pg_namespace WHERE {OURS}"

EXTENSIONS = "SELECT NULL, format('extension %s', extname) FROM pg_extension"

TYPES = f"""
    SELECT NULL, format('type %s: %s', t.oid::regtype, coalesce(
        (SELECT format('enum (%s)', string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder))
         FROM pg_enum WHERE enumtypid = t.oid HAVING count(*) > 0),
        format_type(t.typbasetype, t.typtypmod)))
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd') AND {OURS} AND {_own("pg_type", "t.oid")}
"""

COLLATIONS = f"""
    SELECT NULL, format('collation %I.%I: %s %s %s', nspname, collname, collprovider, collcollate, collisdeterministic)
    FROM pg_collation JOIN pg_namespace n ON n.oid = collnamespace WHERE {OURS}
"""

TABLES = f"""
    SELECT c.called, format('table %s: %s%s%s%s', c.called,
        CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned ' || pg_get_partkeydef(c.oid)
                       WHEN 'v' THEN 'view ' || pg_get_viewdef(c.oid)
                       WHEN 'm' THEN 'materialized view ' || pg_get_viewdef(c.oid)
                       ELSE 'foreign' END,
        CASE c.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END,
        (SELECT string_agg(' of ' || inhparent::regclass, '' ORDER BY inhparent)
         FROM pg_inherits WHERE inhrelid = c.oid),
        ' ' || pg_get_expr(c.relpartbound, c.oid))
    FROM ({RELATIONS}) c WHERE c.relkind <> 'S'
"""

COLUMNS = f"""
    SELECT c.called, format('column %s.%I: %s%s%s%s%s', c.called, a.attname, format_type(a.atttypid, a.atttypmod),
        (SELECT ' collate ' || collname FROM pg_collation l, pg_type t
         WHERE l.oid = a.attcollation AND t.oid = a.atttypid AND t.typcollation <> a.attcollation),
        CASE WHEN a.attnotnull THEN ' not null' END,
        CASE a.attidentity WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity by default' END,
        CASE a.attgenerated WHEN '' THEN ' default ' ELSE ' generated ' || a.attgenerated::text || ' ' END
            || pg_get_expr(d.adbin, d.adrelid))
    FROM ({RELATIONS}) c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind <> 'S'
"""

CONSTRAINTS = f"""
    SELECT c.called, format('constraint %s.%I: %s', c.called, k.conname, pg_get_constraintdef(k.oid))
    FROM ({RELATIONS}) c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype <> 'n'
"""

INDEXES = f"""
    SELECT c.called, format('index %s.%s: %s%s', c.called, i.indexrelid::regclass, pg_get_indexdef(i.indexrelid),
        CASE WHEN NOT i.indisvalid THEN ' INVALID' END)
    FROM ({RELATIONS}) c JOIN pg_index i ON i.indrelid = c.oid
"""

SEQUENCES = f"""
    SELECT t.relname::text, format('sequence %s: %s start %s increment %s%s', c.called, s.seqtypid::regtype, s.seqstart,
        s.seqincrement, format(' owned by %s.%s', t.relname, a.attname))
    FROM ({RELATIONS}) c
    JOIN pg_sequence s ON s.seqrelid = c.oid
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refobjsubid > 0
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_class t ON t.oid = d.refobjid
    LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
"""

TRIGGERS = f"""
    SELECT c.called, format('trigger %s.%I: %s', c.called, g.tgname, pg_get_triggerdef(g.oid))
    FROM ({RELATIONS}) c JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal
"""

FUNCTIONS = f"""
    SELECT NULL, format('function %s: %s', p.oid::regprocedure, pg_get_functiondef(p.oid))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind IN ('f', 'p') AND {OURS} AND {_own("pg_proc", "p.oid")}
"""

COMMENTS = f"""
    SELECT c.called, format('comment %s%s: %s', c.called, '.' || a.attname, d.description)
    FROM ({RELATIONS}) c
    JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
"""

POSTGRES_CATALOG = (
    SCHEMAS,
    EXTENSIONS,
    TYPES,
    COLLATIONS,
    TABLES,
    COLUMNS,
    CONSTRAINTS,
    INDEXES,
    SEQUENCES,
    TRIGGERS,
    FUNCTIONS,
    COMMENTS,
)
