"""The catalog queries, on information_schema: one for each kind of object, whatever the number of tables."""

from schemaguard.schema.kinds import Kind

KINDS = frozenset({Kind.VIEW, Kind.TRIGGER, Kind.FUNCTION})

TABLES = """
SELECT table_name, table_type, table_comment, table_collation, engine, @@collation_database, @@default_storage_engine,
       auto_increment
  FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name"""

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

TRIGGERS = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"

TRIGGER_TEXTS = """
SELECT trigger_name, action_timing, event_manipulation, event_object_table, action_statement
  FROM information_schema.triggers WHERE trigger_schema = DATABASE()"""

ROUTINE_TEXTS = """
SELECT routine_name, routine_definition FROM information_schema.routines WHERE routine_schema = DATABASE()"""

VIEW_TEXTS = "SELECT table_name, view_definition FROM information_schema.views WHERE table_schema = DATABASE()"

ROUTINES = "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE()"

UNIQUE_KEYS_ALONE = "SHOW SESSION VARIABLES LIKE 'restrict_fk_on_non_standard_key'"

# The variable has the first name on MySQL 8 and MariaDB 11.1, the second on older MariaDB.
READ_ONLY = "SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_read_only', 'tx_read_only')"
