"""How a server compares texts. By default it does so in one way, or nothing depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from schemaguard.schema.objects import Column, Table


class Collations:
    def altered(self, table: Table, expected: Any, actual: Any) -> Mapping[str, str]:
        """Column → collation, of those that get another one when `spell_table` alters their table."""
        return {}

    def of_column(self, expected: Column, table: Any) -> str | None:
        """The collation of a column of that shape in a Table or TableShape; None where it has none."""
        return None

    def live(self, tables: Collection[str]) -> Mapping[tuple[str, str], str]:
        """(table, column) → collation, as it is."""
        return {}

    def cast(self, value: str, collation: str) -> str:
        """SQL for a text, compared by another collation."""
        return value

    def lost(self, column: str, collation: str) -> str:
        """SQL for the texts with a character that the character set of a collation lacks; empty where it has all."""
        return ""
