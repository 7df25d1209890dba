"""Notes how far a run gets where it cannot be rolled back: each operation and each statement, as begun and as done.

In a `migrate` Django tells of each migration that it begins and ends (`progress_callback` of its executor). In between
the migration's own `apply` is ours. Statements are seen by Django's `execute_wrapper`.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.recorder import MigrationRecorder

from schemaguard.database import backend_of
from schemaguard.history.sql.control import leaves_transaction_open
from schemaguard.journal.entries import CHANGES
from schemaguard.journal.notes import Note, NotesTable, NoteWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation

SHOWN = ("django.db.migrations.operations.", "django.contrib.postgres.operations")
"""Where the operations are from of which the catalog shows what they do."""
ROWS = re.compile(r"\s*(?:UPDATE|INSERT|DELETE|REPLACE)\b", re.IGNORECASE)


class Noting:
    """The notes of one run. Nothing is opened before there is something to note.

    `beside`: what the catalog shows is noted by a thread, while the statement runs.
    """

    def __init__(self, connection: BaseDatabaseWrapper, *, beside: bool = False) -> None:
        self.connection: Any = connection
        self.beside = beside
        self.stack = ExitStack()
        self.writer: NoteWriter | None = None
        self._session: int | None = None
        self._note = Note(key=("", ""))
        self._is_seen = True
        self._is_on = False
        self._is_under_way = False
        self._runs_sql = False
        self._is_in_own = False
        """Whether SQL of the migration has begun a transaction by itself, and not ended it."""
        self._of_migration = ExitStack()

    def __enter__(self) -> Noting:
        return self

    def __exit__(self, *exception: object) -> None:
        self._of_migration.close()
        with self.stack:
            if self.writer is not None:
                try:
                    self.writer.close()
                finally:
                    if exception[0] is None and not self._is_in_own:  # else its row is locked by what is rolled back
                        self.writer.table.drop()

    def note_migration(self, migration: Migration, *, begins: bool) -> None:
        """The executor begins a migration, or has recorded it."""
        self._of_migration.close()
        if begins and self.is_needed(migration):
            self._of_migration.enter_context(self._applied(migration))

    def is_needed(self, migration: Migration) -> bool:
        """Whether a migration cannot be rolled back."""
        return not (self.connection.features.can_rollback_ddl and migration.atomic)

    # ------------------------------------------------------------------------------------------------------ a migration
    @contextmanager
    def around(self, migration: Migration, begun: Note) -> Iterator[None]:
        """While operations of it are run one by one, from where `begun` says on."""
        self._begin(begun)
        with self.connection.execute_wrapper(self._statement), self._operations(migration):
            yield

    @contextmanager
    def _applied(self, migration: Migration) -> Iterator[None]:
        """Until it is recorded: its operations, and the statements that Django keeps for the end."""
        original: Any = migration.apply

        def apply(state: Any, editor: Any, collect_sql: bool = False) -> Any:
            self._begin(Note(key=(migration.app_label, migration.name), atomic=True))
            with self._operations(migration):
                result = original(state, editor, collect_sql)
            self._is_seen, self._runs_sql = True, False
            self._write(replace(self._note, operation=len(_own(migration)), statement=0, done=False, atomic=False))
            self._is_on = True
            return result

        with self.connection.execute_wrapper(self._statement):
            migration.apply = apply  # type: ignore[method-assign,assignment]
            try:
                yield
            finally:
                self._is_on = False
                del migration.apply

    def _begin(self, note: Note) -> None:
        if self.writer is None:
            other, self._session = self.stack.enter_context(backend_of(self.connection).locking.notebook())
            table = NotesTable(self.connection, other)
            table.open()
            self.writer = NoteWriter(table, beside=self.beside and other is not self.connection)
        if self.writer.table.has_row_for(note.key):
            self._write(note, wait=True)  # else a kill would leave the note of a migration that is recorded
            return
        self.writer.flush()
        self.writer.table.begin(note, self._session)
        self._note = note

    @contextmanager
    def _operations(self, migration: Migration) -> Iterator[None]:
        """Has each operation tell when it begins and ends. What others have put among them is not noted."""
        numbers = {id(operation): number for number, operation in enumerate(_own(migration))}
        changed = []
        for operation in migration.operations:
            number = numbers.get(id(operation))
            if number is not None and "database_forwards" not in vars(operation):
                operation.database_forwards = self._forwards(operation, number)  # type: ignore[method-assign]
                changed.append(operation)
        try:
            yield
        finally:
            self._is_on = False
            for operation in changed:
                del operation.database_forwards

    def _forwards(self, operation: Operation, number: int) -> Callable[..., None]:
        original = operation.database_forwards

        def forwards(*arguments: Any, **named: Any) -> None:
            inside = self.connection.in_atomic_block
            self._is_seen = _is_seen(operation)
            self._runs_sql = isinstance(operation, RunSQL)
            # Before its first statement SQL has done nothing.
            begun = replace(
                self._note, operation=number, statement=0, done=False, atomic=inside or self._runs_sql, sql=""
            )
            self._write(begun, wait=not self._is_seen)
            self._is_on, self._is_under_way = not inside, inside
            try:
                original(*arguments, **named)
            finally:
                self._is_on = self._is_under_way = False
            self._done(replace(begun, done=True, atomic=False), inside=inside)

        return forwards

    def goes_on_with(self, number: int, statement: int) -> None:
        """What comes is the rest of an operation's SQL; so many statements of it are done."""
        self._is_seen, self._runs_sql, self._is_on = False, True, True
        self._note = replace(self._note, operation=number, statement=statement, done=True)

    def pauses(self) -> None:
        """What comes is no SQL of an operation."""
        self._is_on = False

    # ------------------------------------------------------------------------------------------------------ a statement
    def _statement(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """For Django's `execute_wrapper`. What is in a transaction is not noted by itself: it may be rolled back."""
        text = sql if isinstance(sql, str) else str(sql)
        if self._commits_by_itself(text):
            self._write(replace(self._note, atomic=False), wait=True)
        if not self._is_on or self.connection.in_atomic_block or not self._is_to_be_noted(text):
            return execute(sql, params, many, context)
        stays_open = self._leaves_open(text)
        alone = self._runs_sql and ROWS.match(text) is not None and stays_open is None and not self._is_in_own
        is_taken_back = stays_open is True or (self._is_in_own and not self._ends_by_itself(text))
        begun = replace(
            self._note, statement=self._note.statement + 1, done=False, atomic=alone or is_taken_back, sql=text
        )
        done = replace(begun, done=True)
        self._write(begun, wait=not self._is_seen)
        if alone:
            self._is_on = False  # Django begins a transaction on SQLite by a statement, which is none of the operation
            try:
                with transaction.atomic(using=self.connection.alias):
                    result = execute(sql, params, many, context)
                    self._done(done, inside=True)
            finally:
                self._is_on = True
            return result
        if self._is_in_own and stays_open is False:
            self._done(done)  # it comes true with the transaction, or not at all
        result = execute(sql, params, many, context)
        if stays_open is not None:
            self._is_in_own = stays_open
        elif self._ends_by_itself(text):
            self._is_in_own = False
        self._done(done)
        return result

    def _is_to_be_noted(self, text: str) -> bool:
        """Statements of SQL are counted, all of them; a record is for Django to make."""
        is_record = MigrationRecorder.Migration._meta.db_table in text
        return self._runs_sql or (CHANGES.match(text) is not None and not is_record)

    def _commits_by_itself(self, text: str) -> bool:
        """Whether code in a transaction is about to end it, by DDL: its transaction takes nothing back then."""
        is_in_one = self._is_under_way and self._note.atomic and self.connection.in_atomic_block
        return is_in_one and self._ends_by_itself(text)

    def _ends_by_itself(self, text: str) -> bool:
        """Whether it is DDL that no transaction holds."""
        is_ddl = CHANGES.match(text) is not None and ROWS.match(text) is None
        return is_ddl and not self.connection.features.can_rollback_ddl

    def _leaves_open(self, text: str) -> bool | None:
        """As `leaves_transaction_open`, of SQL of the migration."""
        if not self._runs_sql:
            return None
        return leaves_transaction_open(text, dialect=backend_of(self.connection).dialect)

    # -------------------------------------------------------------------------------------------------------- the notes
    def _write(self, note: Note, *, wait: bool = False) -> None:
        assert self.writer is not None
        self._note = note
        if self._is_in_own:
            self._write_inside(note)
        else:
            self.writer.write(note, wait=wait)

    def _done(self, note: Note, *, inside: bool = False) -> None:
        """`inside`: in the transaction of what is done, so that both are there or neither."""
        assert self.writer is not None
        if self._is_in_own or (inside and self.connection.in_atomic_block):
            self._write_inside(note)
        else:
            self._write(note, wait=not self._is_seen)

    def _write_inside(self, note: Note) -> None:
        assert self.writer is not None
        self.writer.flush()
        self._note = note
        self.writer.table.write(note, inside=True)


def _own(migration: Migration) -> list[Operation]:
    """The operations as its file has them: handlers of pre_migrate may have put others among those of the instance."""
    return list(type(migration).operations)


def _is_seen(operation: Operation) -> bool:
    """Whether the catalog shows what it does."""
    if isinstance(operation, RunPython | RunSQL):
        return False
    nested = getattr(operation, "database_operations", ())
    return type(operation).__module__.startswith(SHOWN) and all(map(_is_seen, nested))
