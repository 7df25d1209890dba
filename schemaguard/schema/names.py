"""Names as the server keeps them, and as a table outside the search path is called here."""

from __future__ import annotations

LONGEST = 63
"""PostgreSQL cuts longer names silently, by bytes (NAMEDATALEN - 1)."""


def stored(name: str, vendor: str) -> str:
    """A name as the server keeps it."""
    if vendor != "postgresql" or len(name) <= LONGEST // 4:
        return name
    return name.encode()[:LONGEST].decode(errors="ignore")


def bare(name: str) -> str:
    """A table's name without its schema: `t` of `s"."t`, as a table outside the search path is called here."""
    return name.rpartition('"."')[2]


def beside(table: str, name: str) -> str:
    """What is called `name` in the schema of a table, as a table of that name would be called here."""
    schema, dot, _ = table.rpartition('"."')
    return schema + dot + name
