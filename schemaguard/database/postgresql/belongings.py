"""What goes with a view that is dropped, and no statement of it says: indexes, triggers, rules, grants, the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

BELONGINGS = """
WITH this AS (
    SELECT c.oid, c.relacl, c.relowner, c.relkind, pg_catalog.format('%%I', c.relname) AS name, c.relname::text AS bare
      FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(%s) AND c.relkind IN ('v', 'm')
), kind AS (
    SELECT CASE relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END AS word FROM this
), acl AS (
    SELECT (pg_catalog.aclexplode(relacl)).*, relowner AS owner FROM this
)
SELECT 1, i.relname::text, pg_catalog.pg_get_indexdef(i.oid)
  FROM this JOIN pg_catalog.pg_index x ON x.indrelid = this.oid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
 UNION ALL
SELECT 2, t.tgname::text, pg_catalog.pg_get_triggerdef(t.oid)
  FROM this JOIN pg_catalog.pg_trigger t ON t.tgrelid = this.oid WHERE NOT t.tgisinternal
 UNION ALL
SELECT 3, r.rulename::text, pg_catalog.pg_get_ruledef(r.oid)
  FROM this JOIN pg_catalog.pg_rewrite r ON r.ev_class = this.oid WHERE r.rulename <> '_RETURN'
 UNION ALL
SELECT 4, bare, 'COMMENT ON ' || word || name || ' IS ' || pg_catalog.quote_literal(said)
  FROM this, kind, pg_catalog.obj_description(this.oid, 'pg_class') AS said WHERE said IS NOT NULL
 UNION ALL
SELECT 5, bare, 'ALTER ' || word || name || ' OWNER TO ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(relowner))
  FROM this, kind WHERE pg_catalog.pg_get_userbyid(relowner) <> current_user
 UNION ALL
SELECT 6, bare, 'GRANT ' || acl.privilege_type || ' ON ' || name || ' TO '
       || CASE acl.grantee WHEN 0 THEN 'PUBLIC'
          ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(acl.grantee)) END
       || CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
  FROM this, acl WHERE acl.grantee <> acl.owner
 ORDER BY 1, 3"""


def belongings(connection: BaseDatabaseWrapper, view: str) -> tuple[tuple[str, str], ...]:
    """(name, the statement that makes it again), in an order in which they can be run."""
    with connection.cursor() as cursor:
        cursor.execute(BELONGINGS, [connection.ops.quote_name(view)])
        return tuple((name, sql) for _, name, sql in cursor.fetchall())
