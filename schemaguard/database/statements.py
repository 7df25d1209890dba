"""What a backend spells by itself: the statements that Django's schema editor has none for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from schemaguard.exceptions import CannotMend
from schemaguard.schema.text import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.objects import Column, Constraint, Index, PrimaryKey, Table

Names = frozenset[tuple[str, str]]
"""(table, name)"""


class Statements:
    """The part of a Backend that makes statements, as text unless it says otherwise."""

    connection: BaseDatabaseWrapper

    def table_definition(self, table: Table) -> tuple[Sequence[str], Sequence[str]]:
        """The statements that make a live table as it is; then its foreign keys, where tables may point at each other.

        Raises CannotMend where nobody can tell.
        """
        raise CannotMend(f"nobody can tell here by what statements {table.name} is made")

    def spell_numbers(self, table: str, column: str, sequence: str | None) -> Iterable[str]:
        """Statements that give numbers to a key that has none: from the sequence that it owns, else as Django would."""
        raise CannotMend(f"nobody can tell here how {table}.{column} gets its numbers")

    def spell_sequence(self, sequence: str, table: str, column: str, by: int) -> str:
        """The statement that sets a sequence, which counts by `by`, after the rows; never back."""
        raise CannotMend(f"nobody can tell here how {sequence} is set")

    def usual_name(self, table: str, column: str, label: str) -> str | None:
        """The name that the server itself gives to what a column brings along; None where it gives none.

        `label` is 'seq' for the sequence of a key, 'key' for a unique constraint, 'check' for a check, 'chk' for one
        that is named by its table alone.
        """
        return None

    def editor_name(self, table: str, columns: Sequence[str], suffix: str) -> str:
        """The name that Django's schema editor gives to what has none of its own."""
        return str(self._editor._create_index_name(table, list(columns), suffix=suffix))

    @cached_property
    def _editor(self) -> Any:
        """For names alone: it runs nothing. A walk through a history asks for thousands."""
        return self.connection.schema_editor()

    def spell(self, table: str, constraint: Constraint) -> str | None:
        """The statement that makes a constraint or an index of this shape; None where it cannot be told."""
        return None

    def spell_drop(self, table: str, constraint: Constraint, names: Sequence[str] = ()) -> str | None:
        """The statement that drops a live constraint or index, where it is not that of standard SQL.

        `names`: all that the table bears at some time. In a plan that is only shown, it may not bear `table` yet.
        """
        return None

    def stand_in(self, table: str, actual: Constraint, names: Sequence[str] = ()) -> Index | None:
        """The index that `spell_drop` makes, since a foreign key would be left without one."""
        return None

    def spell_parting(self, table: str, constraint: Constraint) -> Sequence[str] | None:
        """The statements that drop a constraint which the same plan makes again; None where it is dropped as any."""
        return None

    def spell_key(self, table: str, key: PrimaryKey) -> str | None:
        """The statement that makes a primary key in the place of another; None where there is none."""
        return None

    def spell_validation(self, table: str, actual: Constraint) -> str:
        """The statement that has a constraint hold for all rows, or an index read again, which is there already."""
        quote = self.connection.ops.quote_name
        return f"ALTER TABLE {quote(table)} VALIDATE CONSTRAINT {quote(actual.name or '')}"

    def spell_comment(self, table: str, comment: str | None) -> str:
        """The statement that sets the comment of a table."""
        text = "NULL" if comment is None else literal(comment)
        return f"COMMENT ON TABLE {self.connection.ops.quote_name(table)} IS {text}"

    def spell_rename(self, table: str, constraint: Constraint, new_name: str) -> str | None:
        """The statement that gives one another name, where it is not PostgreSQL's."""
        return None

    def restate(
        self, editor: Any, table: str, expected: Column, actual: Column, default: Any, dropped: Names = frozenset()
    ) -> None:
        """Alters a live column as a whole, by the schema editor; for `restates_columns`.

        `default` is what Django has for the rows that have NULL, or None. `dropped`: (table, name) of the constraints
        that are gone by then.
        """
        raise NotImplementedError

    def reshaped(self, table: Table, expected: Any, actual: Any) -> Collection[str]:
        """The columns that no foreign key joins while `spell_table` alters their table."""
        return ()

    def spell_table(self, table: str, expected: Any, actual: Any, names: Sequence[str] = ()) -> Iterable[str]:
        """The statements that make a table what a TableShape (or a Table) is, beside its name, comment and parts."""
        return ()
