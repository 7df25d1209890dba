"""What the server keeps of triggers, functions and views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from schemaguard.database.mysql import catalog
from schemaguard.schema.definitions import Live
from schemaguard.schema.kinds import Kind

Rows = Callable[[str], list[tuple[Any, ...]]]


def definitions(rows: Rows, quote: Callable[[str], str]) -> Iterator[Live]:
    """A trigger whole, of a function the body; a view by the query that the server keeps in place of its text."""
    for what, name, *parts in rows(catalog.as_one(catalog.TEXTS)):
        if what == "trigger":
            when, event, table, text = parts
            sql = f"CREATE TRIGGER {quote(name)} {when} {event} ON {quote(table)} FOR EACH ROW {text}"
            yield Live(kind=Kind.TRIGGER, name=name, sql=sql)
        elif what == "routine":
            kind, text, *_ = parts
            yield Live(kind=Kind.FUNCTION, name=name, sql=f"CREATE {kind} {quote(name)}() {text or ''}")
        else:
            sql = f"CREATE VIEW {quote(name)} AS {parts[0]}"
            yield Live(kind=Kind.VIEW, name=name, sql=sql, columns=("*",))
