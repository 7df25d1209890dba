"""The catalog queries, on information_schema. A check asks all of them as one: a query for each is a round trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS = frozenset({Kind.VIEW, Kind.TRIGGER, Kind.FUNCTION})


@dataclass(frozen=True, slots=True)
class Query:
    """A query as its columns and all that comes after them."""

    columns: tuple[str, ...]
    source: str = ""

    def __str__(self) -> str:
        return f"SELECT {', '.join(self.columns)} {self.source}"


def _columns(names: str, *more: str) -> tuple[str, ...]:
    return (*names.split(), *more)


TABLES = Query(
    _columns("table_name table_type table_comment table_collation engine auto_increment"),
    "FROM information_schema.tables WHERE table_schema = DATABASE()",
)
TRIGGERS = Query(_columns("trigger_name"), "FROM information_schema.triggers WHERE trigger_schema = DATABASE()")
# A procedure counts as a function.
ROUTINES = Query(_columns("routine_name"), "FROM information_schema.routines WHERE routine_schema = DATABASE()")
COLUMNS = Query(
    _columns(
        "table_name column_name column_type is_nullable column_default extra collation_name column_comment "
        "generation_expression ordinal_position"
    ),
    "FROM information_schema.columns WHERE table_schema = DATABASE()",
)
FOREIGN_KEYS = Query(
    _columns(
        "k.table_name k.constraint_name k.column_name k.referenced_table_schema k.referenced_table_name "
        "k.referenced_column_name r.delete_rule r.update_rule DATABASE() k.ordinal_position"
    ),
    """FROM information_schema.key_column_usage AS k
  JOIN information_schema.referential_constraints AS r
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
   AND r.table_name = k.table_name
 WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL""",
)
# MySQL plans a join of the two badly: that took 11 seconds for 300 tables. The name of a check is one of the schema.
MYSQL_CHECKS = Query(
    _columns("constraint_name check_clause"),
    "FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()",
)
CHECKED_TABLES = Query(
    _columns("constraint_name table_name enforced"),
    "FROM information_schema.table_constraints WHERE constraint_schema = DATABASE() AND constraint_type = 'CHECK'",
)


def mariadb_checks(version: tuple[int, ...]) -> Query:
    """Those of columns and those of tables, of MariaDB."""
    return Query(
        _columns("k.table_name k.constraint_name k.check_clause", _level(version), "'YES'"),
        "FROM information_schema.check_constraints AS k WHERE k.constraint_schema = DATABASE()",
    )


def mariadb_column_check(version: tuple[int, ...]) -> str:
    """The condition that is part of a column's definition; its parameters are the table and the column."""
    return f"""
SELECT k.check_clause FROM information_schema.check_constraints AS k
 WHERE k.constraint_schema = DATABASE() AND k.table_name = %s AND k.constraint_name = %s
   AND {_level(version)} = 'Column'"""


def _level(version: tuple[int, ...]) -> str:
    """'Column' or 'Table'. Before 10.5.10 the catalog does not say; the check of a column has the column's name."""
    if version >= (10, 5, 10):
        return "k.level"
    return """IF(EXISTS (
    SELECT 1 FROM information_schema.columns AS c WHERE c.table_schema = k.constraint_schema
       AND c.table_name = k.table_name AND c.column_name = k.constraint_name), 'Column', 'Table')"""


def indexes(version: tuple[int, ...], *, mariadb: bool) -> Query:
    """`expression` is MySQL's alone. Which indexes the optimizer reads is called `ignored` on MariaDB (10.6)."""
    expression, hidden = "expression", "is_visible = 'NO'"
    if mariadb:
        expression, hidden = "NULL", "ignored = 'YES'" if version >= (10, 6) else "0"
    names = "table_name index_name non_unique column_name collation sub_part index_type"
    source = "FROM information_schema.statistics WHERE table_schema = DATABASE()"
    return Query(_columns(names, expression, hidden, "seq_in_index"), source)


def server(version: tuple[int, ...], *, mariadb: bool) -> Query:
    """What a new table gets, whether names differ by case, what MySQL wants of keys, and MariaDB of old rows."""
    unique = "@@restrict_fk_on_non_standard_key" if not mariadb and version >= (8, 4) else "0"
    wanted = "@@sql_require_primary_key" if not mariadb and version >= (8, 0, 13) else "0"
    made = "@@sql_generate_invisible_primary_key" if not mariadb and version >= (8, 0, 30) else "0"
    usual = "@@collation_database @@default_storage_engine @@lower_case_table_names"
    history = "@@system_versioning_alter_history" if mariadb else "'KEEP'"
    return Query(_columns(usual, unique, wanted, made, history))


def as_one(queries: Mapping[str, Query]) -> str:
    """All in one: each row begins with the name of its query, and is filled up with NULL. All values are texts."""
    width = max(len(query.columns) for query in queries.values())
    return " UNION ALL ".join(_padded(name, query, width) for name, query in queries.items())


def _padded(name: str, query: Query, width: int) -> str:
    # The collations of the catalog differ; those of what CONVERT makes do not.
    texts: Iterable[str] = (f"CONVERT({column} USING utf8mb4)" for column in query.columns)
    filled = ", ".join([f"'{name}'", *texts, *["NULL"] * (width - len(query.columns))])
    return f"SELECT {filled} {query.source}"


TEXTS = {
    "trigger": Query(
        _columns("trigger_name action_timing event_manipulation event_object_table action_statement"),
        "FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
    ),
    "routine": Query(
        _columns("routine_name routine_type routine_definition"),
        "FROM information_schema.routines WHERE routine_schema = DATABASE()",
    ),
    "view": Query(
        _columns("table_name view_definition"), "FROM information_schema.views WHERE table_schema = DATABASE()"
    ),
}
"""What the server keeps of the objects that are known by their names alone."""

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

KEY = """
SELECT s.column_name, lower(c.extra) FROM information_schema.statistics AS s
  JOIN information_schema.columns AS c
    ON c.table_schema = s.table_schema AND c.table_name = s.table_name AND c.column_name = s.column_name
 WHERE s.table_schema = DATABASE() AND s.table_name = %s AND s.index_name = 'PRIMARY'"""

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
