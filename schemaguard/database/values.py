"""What a backend says of values: SQL about what columns hold, and what fits into a type."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import transaction

from schemaguard.schema.text import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.objects import Index, PrimaryKey


class Values:
    """The part of a Backend that is about rows and their values."""

    connection: BaseDatabaseWrapper

    @contextmanager
    def every_row(self) -> Iterator[None]:
        """A transaction in which no row is left out of a query: the server refuses the query instead."""
        with transaction.atomic(using=self.connection.alias):
            yield

    def has_value(self, column: str) -> str:
        """SQL for the rows in which a column, given quoted, is anything but NULL."""
        return f"{column} IS NOT NULL"

    def lacks_value(self, column: str) -> str:
        """SQL for the rows in which a column, given quoted, is NULL."""
        return f"{column} IS NULL"

    def length(self, column: str, expected: str = "", actual: str = "") -> str:
        """SQL for how many characters the text of a value has, where another type than the `actual` is `expected`."""
        return f"length(CAST({column} AS text))"

    def cast(self, value: str, actual: str, expected: str) -> str:
        """SQL that makes a value of the type `expected` of one, given as SQL, that is `actual`."""
        return f"CAST({value} AS {expected})"

    def is_valid(self, column: str, expected: str) -> str | None:
        """SQL for whether a text is a value of a type; None where the server fails on one that is not."""
        return None

    def changed_values(self, column: str, expected: str, actual: str) -> str | None:
        """SQL for the rows whose value another type would change; empty where there is none.

        None where the caller has to try the cast itself. `column` is given quoted; then come the two types.
        """
        return None

    def key_bytes(self, key: Index | PrimaryKey, types: Mapping[str, str], collations: Mapping[str, str]) -> int:
        """How many bytes a key of an index has at the most, by the types and collations of its columns."""
        return 0

    def links(self, type_: str, target: str) -> bool:
        """Whether a foreign key may lead from a column of one type to one of another, as far as known."""
        return True

    def largest_integer(self, type_: str) -> int | None:
        """The largest number of an integer type; None where that is not known."""
        return None

    def refuses_casts(self, expected: str, actual: str) -> bool:
        """Whether the server fails over the values that `changed_values` finds, instead of making them others."""
        return False

    def as_text(self, column: str) -> str:
        """SQL for what a column, given quoted, holds, as text of which no two spellings are equal."""
        return f"CAST({column} AS text)"

    def is_text(self, column: str, text: str) -> str:
        """SQL for whether a column holds that text, letter by letter."""
        return f"{column} = {literal(text)}"

    def in_a_query_of_its_name(self, table: str) -> str:
        """How a query that is called as a table (`WITH t AS (SELECT … FROM t)`) spells that table."""
        return str(self.connection.ops.quote_name(table))
