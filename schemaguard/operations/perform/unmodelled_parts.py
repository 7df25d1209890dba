"""What no model has, kept where SQLite's editor makes a table anew: columns with their values, constraints, options."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from schemaguard.database import backend_of
from schemaguard.database.sqlite.ddl import (
    TableText,
    column_texts,
    read_table,
    table_options,
    with_columns,
    with_more,
    with_options,
)
from schemaguard.database.sqlite.lexer import quoted
from schemaguard.database.sqlite.spell import spell_within
from schemaguard.exceptions import CannotMend
from schemaguard.schema.objects import Check, Constraint, ForeignKey


@dataclass(slots=True)
class UnmodelledParts:
    """By table: the `columns` that are to stay though no model has them, and `constraints` that no migration knows."""

    columns: dict[str, list[str]] = field(default_factory=dict)
    constraints: dict[str, list[Constraint]] = field(default_factory=dict)

    @contextmanager
    def kept(self, editor: Any, table: str, types: Mapping[str, str], copied: Collection[str]) -> Iterator[None]:
        """Around an editor that makes a table anew. `types`: by name, those of the columns that its models know.

        Raises CannotMend where what the table is (STRICT, WITHOUT ROWID) allows no such columns, and where it has none
        of those that are to be `copied`: SQLite would take the name of such a one for a string.
        """
        known = {name.lower() for name in types}
        text_before = backend_of(editor.connection).table_text(table) or ""
        options = table_options(text_before)
        found = column_texts(text_before)
        there = {name.lower() for name in found}
        absent = [name for name in copied if name.lower() not in there]
        if there and absent and not editor.collect_sql:
            raise CannotMend(f"table {table} cannot be made anew: it has no column {absent[0]} to copy")
        stays = {name.lower() for name in self.columns.get(table, ())} - known
        texts = {name: text for name, text in found.items() if name.lower() in stays}
        own = read_table(f"CREATE TABLE t ({', '.join(texts.values())})")
        more = [each for each in self.constraints.get(table, ()) if not _comes_with(each, own)]
        constraints = list(filter(None, (spell_within(each, quoted) for each in more)))
        if not texts and not constraints and not options:
            yield
            return
        new = editor.quote_name(f"new__{table}")
        made, filled = f"CREATE TABLE {new} (", f"INSERT INTO {new} ("
        more_copied = [quoted(name) for name in texts if name.lower() not in own.generated]
        execute = editor.execute

        def executing(sql: Any, *args: Any) -> Any:
            text = str(sql)
            if text.startswith(made):
                sql = with_options(with_more(text, list(texts.values()), constraints), table, options, types)
            elif text.startswith(filled) and more_copied:
                sql = with_columns(text, more_copied)
            return execute(sql, *args)

        editor.execute = executing
        try:
            yield
        finally:
            del editor.execute


def _comes_with(constraint: Constraint, columns: TableText) -> bool:
    """Whether the definition of a column that is kept says it already."""
    if isinstance(constraint, Check):
        return constraint.expression.text in [each.text for each in columns.checks]
    if isinstance(constraint, ForeignKey):
        return constraint.columns in [each.columns for each in columns.foreign_keys]
    return constraint.columns in [tuple(part.column for part in each.parts) for each in columns.uniques]
