"""What the models at hand do not have, kept where SQLite's editor makes a table anew: columns, constraints, options."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from schemaguard.database import backend_of
from schemaguard.database.sqlite.ddl import (
    TableText,
    column_texts,
    read_table,
    table_options,
    with_columns,
    with_more,
    with_options,
    with_texts,
)
from schemaguard.database.sqlite.lexer import quoted
from schemaguard.database.sqlite.spell import spell_within
from schemaguard.exceptions import CannotMend
from schemaguard.schema.objects import Check, Column, Constraint, ForeignKey, reads
from schemaguard.schema.renaming import renamed_over

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op


@dataclass(frozen=True, slots=True)
class Present:
    """What is there as a step of its timeline says, so that nothing is done to it."""

    timeline: ColumnTimeline | ConstraintTimeline
    step: int
    live: Column | Constraint

    def before(self, holds: Callable[[Op], bool]) -> Column | Constraint | None:
        """What models that come from these operations have of it; itself where they have it as it is."""
        step = self.timeline.last_step(holds)
        return self.live if step >= self.step else self.timeline.steps[step].shape


@dataclass(frozen=True, slots=True)
class BesideModels:
    """What the statements that make a table anew, as `new_name`, are to say beside what the models say.

    `types` are those of the columns that are as the models say. `instead`: by name, in lower case, the text of a column
    that is not. `columns` are the texts of more columns, and `copied` the quoted names of those that hold values.
    """

    table: str
    new_name: str
    options: tuple[str, ...]
    types: Mapping[str, str]
    columns: tuple[str, ...]
    instead: Mapping[str, str]
    constraints: tuple[str, ...]
    copied: tuple[str, ...]

    @contextmanager
    def said_by(self, editor: Any) -> Iterator[None]:
        """Around the editor that makes the table anew.

        Raises CannotMend where what the table is (STRICT, WITHOUT ROWID) allows no such columns.
        """
        if not (self.columns or self.instead or self.constraints or self.options):
            yield
            return
        execute = editor.execute
        editor.execute = lambda sql, *args: execute(self._with_more(sql), *args)
        try:
            yield
        finally:
            del editor.execute

    def _with_more(self, sql: Any) -> Any:
        text = str(sql)
        if text.startswith(f"CREATE TABLE {self.new_name} ("):
            whole = with_more(with_texts(text, self.instead), self.columns, self.constraints)
            return with_options(whole, self.table, self.options, self.types)
        if text.startswith(f"INSERT INTO {self.new_name} (") and self.copied:
            return with_columns(text, self.copied)
        return sql


@dataclass(slots=True)
class UnmodelledParts:
    """By table: the `columns` that are to stay though no model has them, and `constraints` that no migration knows.

    `present`: what is there, of which the models of an earlier operation have another shape or nothing yet.
    """

    columns: dict[str, list[str]] = field(default_factory=dict)
    constraints: dict[str, list[Constraint]] = field(default_factory=dict)
    present: dict[str, list[Present]] = field(default_factory=dict)

    def beside(
        self,
        editor: Any,
        table: str,
        types: Mapping[str, str],
        copied: Collection[str],
        holds: Callable[[Op], bool],
    ) -> BesideModels:
        """What an editor is to say where it makes a table anew. `types`: by name, those of the columns of its models.

        `holds`: whether its models come from an operation, too.

        Raises CannotMend where it has none of the columns that are to be `copied`: SQLite would take the name of such
        a one for a string.
        """
        known = {name.lower() for name in types}
        text_before = backend_of(editor.connection).table_text(table) or ""
        found = column_texts(text_before)
        there = {name.lower() for name in found}
        absent = [name for name in copied if name.lower() not in there]
        if there and absent and not editor.collect_sql:
            raise CannotMend(f"table {table} cannot be made anew: it has no column {absent[0]} to copy")
        stays = {name.lower() for name in self.columns.get(table, ())} - known
        texts = {name: text for name, text in found.items() if name.lower() in stays}
        later = self._later(table, holds)
        names = {each.name.lower() for each in later if isinstance(each, Column)} & known
        instead = {name.lower(): text for name, text in found.items() if name.lower() in names}
        own = read_table(f"CREATE TABLE t ({', '.join((*texts.values(), *instead.values()))})")
        of_table = (*self.constraints.get(table, ()), *(each for each in later if not isinstance(each, Column)))
        constraints = [spell_within(each, quoted) for each in of_table if not _comes_with(each, own)]
        return BesideModels(
            table,
            editor.quote_name(f"new__{table}"),
            table_options(text_before),
            {name: type_ for name, type_ in types.items() if name.lower() not in instead},
            tuple(texts.values()),
            instead,
            tuple(each for each in constraints if each is not None),
            tuple(quoted(name) for name in texts if name.lower() not in own.generated),
        )

    def rename_table(self, name: str, new_name: str) -> None:
        """Follows a task that gives a table its name: foreign keys that point at it do so under the new one."""
        for table, constraints in self.constraints.items():
            self.constraints[table] = [
                replace(each, target=new_name) if isinstance(each, ForeignKey) and each.target == name else each
                for each in constraints
            ]

    def rename_column(self, table: str, name: str, new_name: str) -> None:
        """Follows a task that gives a column its name back."""
        self.constraints[table] = [renamed_over(each, name, new_name) for each in self.constraints.get(table, ())]
        self.present[table] = [
            each if isinstance(each.live, Column) else replace(each, live=renamed_over(each.live, name, new_name))
            for each in self.present.get(table, ())
        ]

    def drop_column(self, table: str, name: str) -> None:
        """Follows a task that takes a column away, and with it what is over it."""
        self.constraints[table] = [each for each in self.constraints.get(table, ()) if name not in reads(each)]
        self.present[table] = [
            each
            for each in self.present.get(table, ())
            if isinstance(each.live, Column) or name not in reads(each.live)
        ]

    @contextmanager
    def by_live_names(self, table: str, fields: Iterable[Any], holds: Callable[[Op], bool]) -> Iterator[None]:
        """Lets the fields of a model bear the names that their columns have by now, and not yet in the model."""
        names = {
            before.name: each.live.name
            for each in self.present.get(table, ())
            if isinstance(each.live, Column) and isinstance(before := each.before(holds), Column)
        }
        renamed = [each for each in fields if names.get(each.column, each.column) != each.column]
        own = [(each, each.column, each.db_column) for each in renamed]
        for each in renamed:
            each.column = each.db_column = names[each.column]
        try:
            yield
        finally:
            for each, column, db_column in own:
                each.column, each.db_column = column, db_column

    def _later(self, table: str, holds: Callable[[Op], bool]) -> list[Column | Constraint]:
        """The columns that the models have in an older shape, and the constraints that they do not have at all."""
        found: list[Column | Constraint] = []
        for each in self.present.get(table, ()):
            before = each.before(holds)
            if before is not each.live and isinstance(each.live, Column) == (before is not None):
                found.append(each.live)
        return found


def _comes_with(constraint: Constraint, columns: TableText) -> bool:
    """Whether the definition of a column that is kept says it already."""
    if isinstance(constraint, Check):
        return constraint.expression.text in [each.text for each in columns.checks]
    if isinstance(constraint, ForeignKey):
        return constraint.columns in [each.columns for each in columns.foreign_keys]
    return constraint.columns in [tuple(part.column for part in each.parts) for each in columns.uniques]
