"""How far `migrate` gets, noted while it runs: one row for a migration that cannot be rolled back.

The row always holds the last thing that was begun or done, and what comes before that is done, since one thing comes
after the other. Where the catalog shows what a statement does, its note is written beside it, by a thread: a note that
is one statement late there misleads nobody. Before what leaves no trace, the note is waited for.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from django.apps.registry import Apps
from django.db import models
from django.db.migrations.recorder import MigrationRecorder

from schemaguard.database.backoff import this_process
from schemaguard.history.noted import TABLE
from schemaguard.journal.own_tables import ensure

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.history.graph import Key

SETTLES = 0.1
"""Seconds in which a newer note may take the place of one that nobody waits for."""
LONGEST = 10_000
"""So many characters of a statement are kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """As `history.noted.Noted`, with the migration that it is about."""

    key: Key
    operation: int = 0
    statement: int = 0
    done: bool = False
    atomic: bool = False
    sql: str = ""


class NotesTable:
    """The rows of one database, written through `other`: a connection of its own, in no transaction, or the same."""

    _model: Any = None

    def __init__(self, connection: BaseDatabaseWrapper, other: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.other = other
        self._row: int | None = None
        self._is_free = False
        self._older: dict[Key, int] = {}

    @property
    def model(self) -> Any:
        """In a registry of its own, so that no migration and no admin ever sees it."""
        if NotesTable._model is None:

            class Progress(models.Model):  # noqa: DJ008 (no admin ever shows it)
                id = models.BigAutoField(primary_key=True)
                app = models.CharField(max_length=255)
                name = models.CharField(max_length=255)
                operation = models.IntegerField()
                statement = models.IntegerField()
                done = models.BooleanField()
                atomic = models.BooleanField()
                sql = models.TextField()
                process = models.CharField(max_length=64)
                host = models.CharField(max_length=255)
                session = models.BigIntegerField(null=True)
                since = models.CharField(max_length=40)
                at = models.CharField(max_length=40)

                class Meta:
                    apps = Apps()
                    app_label = "schemaguard"
                    db_table = TABLE
                    auto_created = True  # so Django sends no signals to the project's receivers

            NotesTable._model = Progress
        return NotesTable._model

    def open(self) -> None:
        """Makes the table where there is none, and drops the notes of what is recorded by now."""
        if ensure(self.connection, self.model):
            return
        forget_recorded(self.connection)
        rows = self.model.objects.using(self.connection.alias)
        self._older = {(each.app, each.name): each.pk for each in rows.only("app", "name")}

    def has_row_for(self, key: Key) -> bool:
        """Whether there is a row that can be that of another migration now: what it was about is recorded."""
        return self._row is not None and key not in self._older

    def begin(self, note: Note, session: int | None) -> None:
        """The row of a migration: that of the last one, which is recorded by now, or a new one."""
        older = self._older.pop(note.key, None)
        if self._row is None:
            self._row, older = older, None
        if older is not None:
            self._execute(self.other, "DELETE FROM {table} WHERE id = %s", [older])
        if self._row is not None:
            self.write(note)
            return
        me = this_process()
        columns = (
            "app", "name", "operation", "statement", "done", "atomic", "sql", "at", "process", "host", "session",
            "since",
        )  # fmt: skip
        names = ", ".join(map(self.other.ops.quote_name, columns))
        marks = ", ".join(["%s"] * len(columns))
        values = [*self._values(note), me.process[:64], me.host[:255], session, _now()]
        self._execute(self.other, f"INSERT INTO {{table}} ({names}) VALUES ({marks})", values)
        rows = "SELECT max(id) FROM {table} WHERE app = %s AND name = %s"
        self._row = int(self._execute(self.other, rows, list(note.key))[0])

    def write(self, note: Note, *, inside: bool = False) -> None:
        """`inside`: in the transaction at hand of the first connection."""
        columns = ("app", "name", "operation", "statement", "done", "atomic", "sql", "at")
        quote = self.other.ops.quote_name
        sets = ", ".join(f"{quote(column)} = %s" for column in columns)
        connection = self.connection if inside else self.other
        self._execute(connection, f"UPDATE {{table}} SET {sets} WHERE id = %s", [*self._values(note), self._row])

    def drop(self) -> None:
        """Once nothing is under way any more."""
        if self._row is not None:
            self._execute(self.other, "DELETE FROM {table} WHERE id = %s", [self._row])
            self._row = None

    def _values(self, note: Note) -> list[Any]:
        numbers = [note.operation, note.statement, note.done, note.atomic]
        return [*note.key, *numbers, note.sql[:LONGEST], _now()]

    def _execute(self, connection: Any, sql: str, params: list[Any]) -> Any:
        """The first row, where there is one. What wraps the statements of a migration hears nothing of it."""
        wrappers = connection.execute_wrappers
        connection.execute_wrappers = [each for each in wrappers if getattr(each, "of_the_connection", False)]
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql.format(table=connection.ops.quote_name(TABLE)), params)
                return cursor.fetchone() if cursor.description else None
        finally:
            connection.execute_wrappers = wrappers


def _now() -> str:
    """As text, which every server keeps as it is."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def forget_recorded(connection: BaseDatabaseWrapper) -> None:
    """Drops the notes of all migrations that are recorded by now. The table has to be there."""
    table, records = NotesTable(connection, connection), MigrationRecorder(connection).applied_migrations()
    rows = table.model.objects.using(connection.alias)
    gone = [each.pk for each in rows.only("app", "name") if (each.app, each.name) in records]
    if gone:
        rows.filter(pk__in=gone).delete()


class NoteWriter:
    """Writes notes in their order. By a thread only the newest of those that wait is written."""

    def __init__(self, table: NotesTable, *, beside: bool) -> None:
        """`beside`: by a thread; the table's second connection is left to it."""
        self.table = table
        self._beside = beside
        self._waiting: Note | None = None
        self._is_busy = False
        self._is_urgent = False
        self._ends = False
        self._failure: Exception | None = None
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None

    def write(self, note: Note, *, wait: bool) -> None:
        """Raises django.db.Error where an earlier note, or this one, could not be written."""
        if not self._beside:
            # In a transaction of the one connection it would be rolled back with that, and nothing is noted.
            if self.table.other is not self.table.connection or not self.table.connection.in_atomic_block:
                self.table.write(note)
            return
        with self._change:
            if self._thread is None:
                self.table.other.inc_thread_sharing()
                self._thread = threading.Thread(target=self._work, daemon=True, name="schemaguard-notes")
                self._thread.start()
            self._waiting = note
            self._change.notify_all()
        if wait:
            self.flush()

    def flush(self) -> None:
        """Waits until everything is written. Raises django.db.Error where it cannot be."""
        with self._change:
            self._is_urgent = True
            self._change.notify_all()
            self._change.wait_for(lambda: not (self._is_busy or self._waiting))
            self._is_urgent = False
            if self._failure is not None:
                raise self._failure

    def close(self) -> None:
        with self._change:
            self._ends = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join()
            self.table.other.dec_thread_sharing()
            self._thread = None

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting is not None or self._ends)
                self._change.wait_for(lambda: self._is_urgent or self._ends, SETTLES)
                note, self._waiting = self._waiting, None
                if note is None:
                    return
                self._is_busy = True
            try:
                self.table.write(note)
                self._failure = None
            except Exception as error:  # noqa: BLE001 (raised in the thread that waits)
                self._failure = error
            with self._change:
                self._is_busy = False
                self._change.notify_all()
