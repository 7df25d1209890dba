"""What every backend module offers. Outside this package nobody asks for a vendor's name: they ask a Backend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.database.capabilities import Capabilities
from schemaguard.database.collations import Collations
from schemaguard.database.locking import Locking
from schemaguard.exceptions import CannotMend, CannotStart
from schemaguard.schema.compare import Answers
from schemaguard.schema.definitions import Hanging, Live, Rehearsed
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import NameSpace
from schemaguard.schema.objects import Column, Constraint, Elsewhere, Exclusion, Index, PrimaryKey, Schema, Table
from schemaguard.schema.questions import Answer, Question
from schemaguard.schema.sequences import Beside
from schemaguard.schema.text import literal

Names = frozenset[tuple[str, str]]
"""(table, name)"""


class Backend(Capabilities, ABC):
    """One database server family, read through one Django connection.

    `read` and `same` run inside `reading()` and never write.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.locked: dict[str, str] = {}
        """Tables that somebody keeps from everybody, by whom: what needs a lock of them was not looked at."""

    @property
    def locking(self) -> Locking:
        """How one reconcile keeps others off, and what waits for a lock. By default there is none, and it raises."""
        return Locking(self.connection)

    @property
    def collations(self) -> Collations:
        """How texts are compared, where a foreign key or a unique index depends on it."""
        return Collations()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A consistent, provably read-only view of the database for as long as it lasts."""
        yield

    def within(self, schema: str) -> AbstractContextManager[None]:
        """While it lasts, names lead into this schema first. Raises CannotStart where there is none of that name."""
        raise CannotStart(f'database "{self.connection.alias}" has no schemas within it')

    def brought_along(self) -> Collection[tuple[Kind, str]]:
        """Those of `Schema.others` that nobody made: an extension brings them, or the server makes them for a table."""
        return ()

    def qualifier(self) -> str:
        """What stands before a name of here in SQL that the server prints, and would be another's elsewhere."""
        return ""

    @classmethod
    def gives_name(cls, name: str, table: str, constraint: Constraint) -> bool:
        """Whether the server itself gives such a name, where nobody chose one."""
        return False

    def on_a_copy(self, rows_of: Collection[str]) -> AbstractContextManager[None]:
        """Inside, the connection works on a copy of the schema with the rows of these tables, which goes at the end.

        For servers on which nothing can be rolled back. Raises CannotStart where this role may not make it.
        """
        raise CannotStart("a rehearsal needs a database that can roll DDL back, or a copy of its schema")

    def note_locked(self, error: Error) -> bool:
        """Looks for those who hold what a reading waited for in vain; True where the next one can do without it."""
        return False

    @abstractmethod
    def read(self, *, schemas: Collection[str] = ()) -> Schema:
        """The live catalog; `schemas` names those to look at beside what the search path finds.

        Raises django.db.Error where the catalog may not be read.
        """

    def elsewhere(self, names: Collection[str]) -> Sequence[Elsewhere]:
        """The tables of these bare names in schemas that the search path does not lead to.

        Not those of a schema that holds records of its own: there stands another deployment.
        """
        return ()

    def definitions(self, names: Collection[tuple[Kind, str]]) -> Sequence[Live]:
        """The live things of these (kind, name), of kinds in COMPARED, each as the server prints it."""
        return ()

    def is_called(self, name: str) -> bool:
        """Whether this is the database that a model wants (`required_db_vendor` in its Meta)."""
        return name == self.vendor

    def missing_file(self) -> str | None:
        """The file that connecting would make, where the database is a file and is not there. Does not connect."""
        return None

    def spaces(self, shape: Constraint) -> Collection[NameSpace]:
        """The spaces of names in which a constraint or an index takes its name."""
        return (NameSpace.RELATIONS,) if isinstance(shape, Index | PrimaryKey | Exclusion) else ()

    def texts(self) -> Mapping[tuple[str, str], tuple[str, Kind]]:
        """(table, name) → the statement that made a thing, and its kind; where the catalog keeps the statements."""
        return {}

    def untold(self) -> Collection[tuple[str, str]]:
        """(name, table) of the constraints of which a shape does not say all: they cannot be made again from it."""
        return ()

    def settle_deferred(self, *, defer_again: bool = True) -> None:
        """Checks what was deferred, in the transaction at hand: a table with pending checks cannot be altered."""

    def table_text(self, table: str) -> str | None:
        """The CREATE TABLE that a table was made by, where the catalog keeps it."""
        return None

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

    @abstractmethod
    def normal_type(self, text: str) -> str:
        """A column type as Django's schema editor writes it, in the catalog's own spelling (as known offline)."""

    def indexes(self, field: Any) -> bool:
        """Whether Django's schema editor makes the index that a bound field with `db_index` asks for."""
        return True

    def restated(self, before: Column, after: Column) -> Mapping[str, Any]:
        """The attributes that Django's `AlterField` also sets: its editor restates the column and may leave some out.

        `before` and `after` are the columns of the model. Example: a new NULL that loses the collation.
        """
        return {}

    def loses_check(self, before: Column, after: Column) -> bool:
        """Whether that alteration takes along the check that the field brought with it."""
        return False

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

    def beside(self, only: str | None = None) -> Beside:
        """How sequences count, and partitions; `only`: those of one schema. By default there is nothing of the kind."""
        return Beside()

    def schema_of(self, table: str) -> str | None:
        """The schema of what a name leads to now; None where that is nothing, or there are no schemas."""
        return None

    def hanging(self, *dropped: Collection[tuple[str, str | None]]) -> tuple[tuple[Hanging, ...], ...]:
        """What hangs on things that are dropped together, `(table, None)` or `(table, column)`: for each such set.

        Where nothing is told, DROP takes no more along than what is part of a thing.
        """
        return ((),) * len(dropped)

    def shadow(self) -> Rehearsed | None:
        """As of the last `read`, where the server fails over views and triggers that an ALTER TABLE leaves wrong."""
        return None

    @property
    def spares_what_hangs(self) -> bool:
        """Whether Django's editor drops a column without what hangs on it, which the server refuses then.

        Before Django 6.1 it does so with CASCADE where the server knows that.
        """
        editor: Any = self.connection.SchemaEditorClass
        return self.cascades and "CASCADE" not in str(editor.sql_delete_column).upper()

    def belongings(self, view: str) -> Sequence[tuple[str, str]]:
        """(name, statement that makes it again) of what goes with a view that is dropped: triggers, grants, indexes."""
        return ()

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

    def rolls_back(self, table: Table) -> bool:
        """Whether what is written into a table is a part of the transaction, which may take it back."""
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

    def usual_name(self, table: str, column: str, label: str) -> str | None:
        """The name that the server itself gives to what a column brings along; None where it gives none.

        `label` is 'seq' for the sequence of a key, 'key' for a unique constraint, 'check' for a check, 'chk' for one
        that is named by its table alone.
        """
        return None

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

    def readers(self, columns: Collection[tuple[str, str]]) -> Iterable[tuple[str, str, str, str | None]]:
        """(table, column, what reads it, its name where that is a generated column): what keeps one from being altered.

        `columns` are (table, column). By default nothing does.
        """
        return ()

    def same(self, questions: Collection[Question]) -> Mapping[Question, Answer]:
        """Lets the server judge what text alone could not. By default nobody can say."""
        return dict.fromkeys(questions)

    def answers(self, given: Mapping[Question, Answer] | None = None) -> Answers:
        """What the server said so far, with what is known of all servers of its family."""
        return Answers(
            given,
            quote=self.name_quote,
            sees_expressions=self.sees_expressions,
            numbers_keys_alone=self.numbers_keys_alone,
            alters_in_parts=self.goes_forward,
            keeps_rests=self.keeps_rests,
            cuts_keys_at=self.longest_key if self.cuts_keys else None,
            orders_keys=bool(self.connection.features.supports_index_column_ordering),
            may_keep_default=self.may_keep_default,
        )

    def server_version(self) -> str:
        """The server's version as people write it, e.g. '18.6'."""
        version: Any = self.connection.get_database_version()
        return ".".join(str(part) for part in version)
