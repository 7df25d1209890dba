"""How MySQL and MariaDB compare texts: each column has a collation, and a foreign key joins no two that differ."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from schemaguard.database.collations import Collations
from schemaguard.database.mysql import casts
from schemaguard.database.mysql.tables import Row, follows_its_table
from schemaguard.schema.objects import Column, Table

LIVE = """
SELECT table_name, column_name, collation_name FROM information_schema.columns
 WHERE table_schema = DATABASE() AND collation_name IS NOT NULL AND table_name IN ({})"""


class MySQLCollations(Collations):
    def __init__(self, rows: Callable[..., list[Row]]) -> None:
        """`rows` runs a query."""
        self.rows = rows

    @property
    def usual(self) -> str:
        """That of the database, which a new table gets."""
        ((usual,),) = self.rows("SELECT @@collation_database")
        return str(usual)

    def altered(self, table: Table, expected: Any, actual: Any) -> Mapping[str, str]:
        if expected.collation == actual.collation:
            return {}
        collation = expected.collation or self.usual
        return {each.name: collation for each in table.columns.values() if follows_its_table(each)}

    def of_column(self, expected: Column, table: Any) -> str | None:
        if not casts.is_text(expected.type):
            return None
        return expected.collation or table.collation or self.usual

    def live(self, tables: Collection[str]) -> Mapping[tuple[str, str], str]:
        names = sorted(set(tables))
        rows = self.rows(LIVE.format(", ".join(["%s"] * len(names))), names) if names else []
        return {(table, column): collation for table, column, collation in rows}

    def cast(self, value: str, collation: str) -> str:
        return f"CONVERT({value} USING {charset_of(collation)}) COLLATE {collation}"

    def lost(self, column: str, collation: str) -> str:
        charset = charset_of(collation)
        if charset == "utf8mb4":
            return ""
        there_and_back = f"CONVERT(CONVERT({column} USING {charset}) USING utf8mb4)"
        return f"NOT ({there_and_back} COLLATE utf8mb4_bin <=> CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin)"


def charset_of(collation: str) -> str:
    return collation.partition("_")[0]
