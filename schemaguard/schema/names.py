"""Names as the server keeps them, and as a table outside the search path is called here."""

from __future__ import annotations

from enum import Enum


class NameSpace(Enum):
    """Where no two things have one name: each schema has a space of the first ones, each table of the others."""

    RELATIONS = "tables and indexes of a schema"
    SCHEMA_KEYS = "foreign keys of a schema"
    SCHEMA_CHECKS = "checks of a schema"
    TABLE_CONSTRAINTS = "constraints of a table"
    TABLE_INDEXES = "indexes of a table"
    TABLE_CHECKS = "checks of a table"

    @property
    def is_of_table(self) -> bool:
        return self in (NameSpace.TABLE_CONSTRAINTS, NameSpace.TABLE_INDEXES, NameSpace.TABLE_CHECKS)


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
