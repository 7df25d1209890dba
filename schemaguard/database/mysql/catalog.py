"""The catalog queries, on information_schema: one for each kind of object, whatever the number of tables."""

from schemaguard.schema.kinds import Kind

KINDS = frozenset({Kind.VIEW, Kind.TRIGGER, Kind.FUNCTION})

# Also what is known by its name alone: a query for each would cost a round trip. A procedure counts as a function.
TABLES = """
SELECT table_name, table_type, table_comment, table_collation, engine, @@collation_database, @@default_storage_engine,
       auto_increment, @@lower_case_table_names
  FROM information_schema.tables WHERE table_schema = DATABASE()
UNION ALL
SELECT trigger_name, 'TRIGGER', NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM information_schema.triggers WHERE trigger_schema = DATABASE()
UNION ALL
SELECT routine_name, 'FUNCTION', NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY 1"""

COLUMNS = """
SELECT table_name, column_name, column_type, is_nullable, column_default, extra, collation_name, column_comment,
       generation_expression
  FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position"""

# `expression` is MySQL's alone (8.0.13): backend.py puts NULL in its place on MariaDB. Which indexes the optimizer
# reads is called `is_visible` on MySQL, and `ignored` on MariaDB (10.6).
INDEXES = """
SELECT table_name, index_name, non_unique, column_name, collation, sub_part, index_type, {expression}, {hidden}
  FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index"""

FOREIGN_KEYS = """
SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_schema, k.referenced_table_name,
       k.referenced_column_name, r.delete_rule, r.update_rule, DATABASE()
  FROM information_schema.key_column_usage AS k
  JOIN information_schema.referential_constraints AS r
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
   AND r.table_name = k.table_name
 WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL
 ORDER BY k.table_name, k.constraint_name, k.ordinal_position"""

# An index of a foreign key's name, and no other foreign key begins with, or points at, a column that it begins with.
LONELY_INDEX = """
SELECT s.index_name FROM information_schema.statistics AS s
 WHERE s.table_schema = DATABASE() AND s.table_name = %s AND s.index_name = %s AND s.seq_in_index = 1
   AND s.non_unique = 1 AND NOT EXISTS (
    SELECT 1 FROM information_schema.key_column_usage AS k
     WHERE k.referenced_table_name IS NOT NULL
       AND ((k.table_schema = DATABASE() AND k.table_name = %s AND k.constraint_name <> %s
             AND k.column_name = s.column_name)
            OR (k.referenced_table_schema = DATABASE() AND k.referenced_table_name = s.table_name
                AND k.referenced_column_name = s.column_name)))"""

MARIADB_CHECKS = """
SELECT table_name, constraint_name, check_clause, level, 'YES'
  FROM information_schema.check_constraints WHERE constraint_schema = DATABASE() ORDER BY table_name, constraint_name"""

MYSQL_CHECKS = """
SELECT t.table_name, c.constraint_name, c.check_clause, 'Table', t.enforced
  FROM information_schema.check_constraints AS c
  JOIN information_schema.table_constraints AS t
    ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
   AND t.constraint_type = 'CHECK'
 WHERE c.constraint_schema = DATABASE() ORDER BY t.table_name, c.constraint_name"""


TRIGGER_TEXTS = """
SELECT trigger_name, action_timing, event_manipulation, event_object_table, action_statement
  FROM information_schema.triggers WHERE trigger_schema = DATABASE()"""

ROUTINE_TEXTS = """
SELECT routine_name, routine_type, routine_definition
  FROM information_schema.routines WHERE routine_schema = DATABASE()"""

VIEW_TEXTS = "SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = DATABASE()"


KEY = """
SELECT s.column_name, lower(c.extra) FROM information_schema.statistics AS s
  JOIN information_schema.columns AS c
    ON c.table_schema = s.table_schema AND c.table_name = s.table_name AND c.column_name = s.column_name
 WHERE s.table_schema = DATABASE() AND s.table_name = %s AND s.index_name = 'PRIMARY'"""

UNIQUE_KEYS_ALONE = "SHOW SESSION VARIABLES LIKE 'restrict_fk_on_non_standard_key'"

# The first query of a transaction makes its snapshot. What the session was before is kept in the session.
BEGIN_READING = """
SET @schemaguard_isolation = @@SESSION.{isolation}, @schemaguard_read_only = @@SESSION.{read_only},
    SESSION {isolation} = 'REPEATABLE-READ', SESSION {read_only} = 1"""
END_READING = """
SET SESSION {isolation} = @schemaguard_isolation, SESSION {read_only} = @schemaguard_read_only"""


def modes(version: tuple[int, ...], *, mariadb: bool) -> dict[str, str]:
    """What the two variables are called: MariaDB has MySQL's names since 11.1."""
    prefix = "tx" if mariadb and version < (11, 1) else "transaction"
    return {"isolation": f"{prefix}_isolation", "read_only": f"{prefix}_read_only"}
