"""What every backend module offers. Outside this package nobody asks for a vendor's name: they ask a Backend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from django.db import Error

from schemaguard.database.capabilities import Capabilities
from schemaguard.database.collations import Collations
from schemaguard.database.locking import Locking
from schemaguard.database.statements import Statements
from schemaguard.database.values import Values
from schemaguard.exceptions import CannotStart
from schemaguard.schema.compare import Answers
from schemaguard.schema.names import NameSpace
from schemaguard.schema.objects import Column, Constraint, Elsewhere, Exclusion, Index, PrimaryKey, Schema, Table
from schemaguard.schema.sequences import Beside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.definitions import Hanging, Live, Rehearsed
    from schemaguard.schema.kinds import Kind
    from schemaguard.schema.questions import Answer, Question

WAIT = 2
"""Seconds to wait for a lock, where nobody has said another time."""


class Backend(Capabilities, Statements, Values, ABC):
    """One database server family, read through one Django connection.

    `read` and `same` run inside `reading()` and never write.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.asked_rows = False
        """Whether a diagnosis depends on rows: then it is no other schema's, however alike the two are."""
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

    def has_sole_name(self, shape: Constraint) -> bool:
        """Whether no other table can have a constraint or an index of that name."""
        return any(not space.is_of_table for space in self.spaces(shape))

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

    def with_rows(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of these tables in which there are any rows; none where the server does not let this role look."""
        self.asked_rows = True
        quote = self.connection.ops.quote_name
        is_ours = not self.connection.in_atomic_block
        try:
            with self.reading(), ExitStack() as stack:
                if is_ours:  # the caller's transaction has its own limit
                    stack.enter_context(self.locking.bounded(WAIT))
                    stack.enter_context(self.locking.waits(WAIT))
                cursor = stack.enter_context(self.connection.cursor())
                cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {quote(table)})" for table in tables))
                return frozenset(table for table, found in zip(tables, cursor.fetchone(), strict=True) if found)
        except Error:
            return frozenset()

    def rolls_back(self, table: Table) -> bool:
        """Whether what is written into a table is a part of the transaction, which may take it back."""
        return True

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
