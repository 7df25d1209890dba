"""The catalog queries: one for each kind of object, whatever the number of tables. SQLite 3.26 or newer.

The pragma functions are given the schema `main`, or a temporary table of the same name would be read instead. Tables
without a root page (virtual ones, views) are left out: a module that is not loaded would make the whole query fail.
"""

OBJECTS = "SELECT type, name, tbl_name, rootpage, sql FROM main.sqlite_master ORDER BY rowid"

_TABLES = (
    "main.sqlite_master AS m WHERE m.type = 'table' AND m.rootpage > 0 AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)

COLUMNS = f"""
SELECT t.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
  FROM (SELECT m.name FROM {_TABLES}) AS t
  JOIN pragma_table_xinfo(t.name, 'main') AS x
 ORDER BY t.name, x.cid"""

INDEXES = f"""
SELECT t.name, l.name, l."unique", l.origin, x.cid, x.name, x."desc", x.coll
  FROM (SELECT m.name FROM {_TABLES}) AS t
  JOIN pragma_index_list(t.name, 'main') AS l
  JOIN pragma_index_xinfo(l.name, 'main') AS x
 WHERE x.key
 ORDER BY t.name, l.seq DESC, x.seqno"""

FOREIGN_KEYS = f"""
SELECT t.name, k.id, k."from", k."table", k."to", k.on_update, k.on_delete
  FROM (SELECT m.name FROM {_TABLES}) AS t
  JOIN pragma_foreign_key_list(t.name, 'main') AS k
 ORDER BY t.name, k.id DESC, k.seq"""

VIRTUAL_COLUMNS = """
SELECT t.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden
  FROM (SELECT m.name FROM main.sqlite_master AS m WHERE m.type = 'table' AND m.rootpage = 0) AS t
  JOIN pragma_table_xinfo(t.name, 'main') AS x
 WHERE x.hidden = 0
 ORDER BY t.name, x.cid"""

SHADOWS = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'"

COLUMN_TYPES = "SELECT name, type FROM pragma_table_xinfo(%s, 'main')"

TEXTS = """
    SELECT name, tbl_name, sql, type FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
"""
