"""Views and triggers that ALTER TABLE fails over: SQLite reads all of them again, and each has to be right by then."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from schemaguard.database.sqlite.lexer import tokens
from schemaguard.schema.kinds import Kind
from schemaguard.schema.values import value


@value(frozen=True, slots=True)
class Reader:
    """A view, or a trigger on `table`."""

    kind: Kind
    name: str
    table: str
    sql: str


def of_table(readers: Collection[Reader], table: str) -> Iterator[Reader]:
    """Those that are wrong while a table is not there. A trigger of its own goes with it."""
    for each in readers:
        is_its_own = each.kind is Kind.TRIGGER and each.table.lower() == table.lower()
        if not is_its_own and table.lower() in _names(each):
            yield each


def of_column(readers: Collection[Reader], table: str, column: str, others: Collection[str]) -> Iterator[Reader]:
    """Those that read a column for sure: in a view over more of the tables, a bare name may be another one's."""
    for each in readers:
        names = _names(each)
        if each.kind is Kind.VIEW:
            is_alone = table.lower() in names and names.isdisjoint(other.lower() for other in others)
            is_read = is_alone and column.lower() in names
        else:
            is_read = each.table.lower() == table.lower() and column.lower() in _of_row(each)
        if is_read:
            yield each


def _names(reader: Reader) -> frozenset[str]:
    return frozenset(token.name.lower() for token in tokens(reader.sql))


def _of_row(trigger: Reader) -> frozenset[str]:
    """What a trigger reads of its row: new.name, old.name."""
    names = [token.name.lower() for token in tokens(trigger.sql)]
    return frozenset(
        name for (row, dot), (_, name) in pairwise(pairwise(names)) if dot == "." and row in ("new", "old")
    )
