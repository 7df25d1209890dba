"""How MySQL and MariaDB compare texts: each column has a collation, and a foreign key joins no two that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.database.collations import Collations
from schemaguard.database.mysql import casts
from schemaguard.database.mysql.tables import follows_its_table
from schemaguard.schema.objects import Column, Index, PrimaryKey, Table
from schemaguard.schema.text import length_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from schemaguard.database.rows import Row

LIVE = """
SELECT table_name, column_name, collation_name FROM information_schema.columns
 WHERE table_schema = DATABASE() AND collation_name IS NOT NULL AND table_name IN ({})"""
BYTES = {"utf8mb4": 4, "utf8mb3": 3, "utf8": 3, "ucs2": 2, "latin1": 1, "latin2": 1, "ascii": 1, "binary": 1}
"""How many bytes a character has at the most; in others it may have as many as in utf8mb4."""
SIZES = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "uuid": 16, "date": 3}
"""How many bytes a value has in a key."""


class MySQLCollations(Collations):
    def __init__(self, rows: Callable[..., list[Row]], usual: str | None) -> None:
        """`rows` runs a query; `usual` is the collation of the database, where it was read already."""
        self.rows = rows
        self._usual = usual

    @property
    def usual(self) -> str:
        """That of the database, which a new table gets."""
        if self._usual is not None:
            return self._usual
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


def key_bytes(key: Index | PrimaryKey, types: Mapping[str, str], collations: Mapping[str, str]) -> int:
    """How many bytes a key of an index has at the most; 0 for an index of words or places, which has no such limit."""
    if isinstance(key, Index) and key.method != "btree":
        return 0
    prefixes = {part.column: part.opclass for part in key.parts} if isinstance(key, Index) else {}
    return sum(_bytes(types[name], collations.get(name), prefixes.get(name)) for name in key.columns)


def _bytes(type_: str, collation: str | None, prefix: str | None) -> int:
    length = int(prefix.strip("()")) if prefix else length_of(type_)
    if length is not None:
        return length * BYTES.get(charset_of(collation or ""), 4)
    return SIZES.get(type_.partition("(")[0].partition(" ")[0], 8)
