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
    for name, when, event, table, text in rows(catalog.TRIGGER_TEXTS):
        sql = f"CREATE TRIGGER {quote(name)} {when} {event} ON {quote(table)} FOR EACH ROW {text}"
        yield Live(kind=Kind.TRIGGER, name=name, sql=sql)
    for name, kind, text in rows(catalog.ROUTINE_TEXTS):
        yield Live(kind=Kind.FUNCTION, name=name, sql=f"CREATE {kind} {quote(name)}() {text or ''}")
    for name, text in rows(catalog.VIEW_TEXTS):
        yield Live(kind=Kind.VIEW, name=name, sql=f"CREATE VIEW {quote(name)} AS {text}", columns=("*",))
