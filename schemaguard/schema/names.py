"""Names as the server keeps them, and as a table outside the search path is called here."""

from __future__ import annotations

from enum import Enum


class NameSpace(Enum):
    """Where no two things have one name."""

    RELATIONS = "schema: tables, indexes, sequences"
    SCHEMA_KEYS = "schema: foreign keys"
    SCHEMA_CHECKS = "schema: checks"
    TABLE_CONSTRAINTS = "table: constraints"
    TABLE_INDEXES = "table: indexes"
    TABLE_KEYS = "table: foreign keys"
    TABLE_CHECKS = "table: checks"

    @property
    def is_of_table(self) -> bool:
        """Whether each table has such a space, and not each schema."""
        return self.value.startswith("table")


def stored(name: str, name_bytes: int | None) -> str:
    """A name as the server keeps it, which cuts longer ones after so many bytes (`Backend.name_bytes`)."""
    if name_bytes is None or len(name) <= name_bytes // 4:
        return name
    return name.encode()[:name_bytes].decode(errors="ignore")


def bare(name: str) -> str:
    """A table's name without its schema: `t` of `s"."t`, as a table outside the search path is called here."""
    return name.rpartition('"."')[2]


def beside(table: str, name: str) -> str:
    """What is called `name` in the schema of a table, as a table of that name would be called here."""
    schema, dot, _ = table.rpartition('"."')
    return schema + dot + name
