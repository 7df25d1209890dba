"""Reading two of the four accounts, database and records, while a third, the migrations, is loaded from disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.db import Error
from django.db.migrations.recorder import MigrationRecorder

from schemaguard.diagnosis.findings.sequences import behind, nearly_used_up
from schemaguard.exceptions import CannotStart
from schemaguard.history.installed import installed_tables
from schemaguard.history.noted import COLUMNS, TABLE, Noted, Notes
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.base import Backend
    from schemaguard.diagnosis.model import Finding
    from schemaguard.history.graph import Key
    from schemaguard.schema.objects import Schema

T = TypeVar("T")


@value(frozen=True, slots=True)
class Reading:
    """One snapshot: the live schema, the rows of django_migrations, and the sequences that have fallen behind."""

    schema: Schema
    sequences: tuple[Finding, ...]
    records: frozenset[Key]
    nameless: int = 0
    """Rows of django_migrations without an app or a name."""
    notes: Notes = field(default_factory=dict)
    """How far `migrate` got in migrations that cannot be rolled back."""

    @property
    def unseen(self) -> tuple[str, ...]:
        rows = "row" if self.nameless == 1 else "rows"
        return (f"{self.nameless} {rows} of django_migrations without an app or a name",) if self.nameless else ()


def read(backend: Backend, meanwhile: Callable[[], T]) -> tuple[Reading, T]:
    """Reads the database and does something else meanwhile, since reading is mostly waiting for the server.

    A migration whose module asks the database while it is imported does so on the same connection, and may break the
    transaction. So a reading that failed is made once more, alone. What somebody keeps locked is left out, not waited
    for. Raises django.db.Error where the database cannot be read, else what `meanwhile` raises.
    """
    if backend.serves_threads:
        try:
            return _read_meanwhile(backend, meanwhile)
        except Error as error:
            _settle(backend, error)
    try:
        reading = _read(backend)
    except Error as error:
        if not _settle(backend, error):
            raise
        reading = _read(backend)  # without what was locked; a finding says so
    return reading, meanwhile()


def _read_meanwhile(backend: Backend, meanwhile: Callable[[], T]) -> tuple[Reading, T]:
    with ThreadPoolExecutor(1, "schemaguard-reading") as pool, backend.reading():
        with _lent(backend.connection):
            catalog = pool.submit(_catalog, backend)
            try:
                done = meanwhile()
            except BaseException:
                catalog.result()  # the database's own trouble first
                raise
            found = catalog.result()
        return Reading(*found, *_records(backend, found[0]), read_notes(backend, found[0])), done


def _read(backend: Backend) -> Reading:
    with backend.reading():
        found = _catalog(backend)
        return Reading(*found, *_records(backend, found[0]), read_notes(backend, found[0]))


def _settle(backend: Backend, error: Error) -> bool:
    """After a failure: a connection that was lost is given up, and what was locked is noted. True where some was."""
    if not backend.connection.in_atomic_block:
        backend.connection.close_if_unusable_or_obsolete()
    return backend.note_locked(error)


def _records(backend: Backend, schema: Schema) -> tuple[frozenset[Key], int]:
    """The records, and how many rows are none: after a bad restore columns may be NULL that never are."""
    table = MigrationRecorder.Migration._meta.db_table
    if table in backend.locked:
        raise CannotStart(
            f'database "{backend.connection.alias}": table {table} is locked by {backend.locked[table]}, '
            "so that nobody can tell what is recorded"
        )
    rows = _rows(backend.connection, schema)
    records = frozenset((app, name) for app, name in rows if app is not None and name is not None)
    return records, sum(1 for row in rows if None in row)


@contextmanager
def _lent(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Django refuses a connection to every thread but the one that made it."""
    connection.inc_thread_sharing()
    try:
        yield
    finally:
        connection.dec_thread_sharing()


def _catalog(backend: Backend) -> tuple[Schema, tuple[Finding, ...]]:
    schema = read_schema(backend)
    return schema, (*behind(backend.connection, schema), *nearly_used_up(backend, schema))


def read_records(connection: BaseDatabaseWrapper, schema: Schema) -> frozenset[Key]:
    """The rows of django_migrations; none where there is no such table."""
    return frozenset((app, name) for app, name in _rows(connection, schema) if app is not None and name is not None)


def _rows(connection: BaseDatabaseWrapper, schema: Schema) -> list[tuple[str | None, str | None]]:
    recorder = MigrationRecorder(connection)
    if recorder.Migration._meta.db_table not in schema.tables:
        return []
    return list(recorder.migration_qs.values_list("app", "name"))


def read_notes(backend: Backend, schema: Schema) -> Notes:
    """What `migrate` noted; none where there is no such table, or where it cannot be read: a check does not need it."""
    table = schema.tables.get(TABLE)
    if table is None or TABLE in {*backend.locked, *backend.unreadable} or not set(COLUMNS) <= table.columns.keys():
        return {}
    quote = backend.connection.ops.quote_name
    with backend.connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(map(quote, COLUMNS))} FROM {quote(TABLE)} ORDER BY {quote('at')}")
        rows = cursor.fetchall()
    found = {}
    for app, name, operation, statement, done, atomic, sql, process, host, at in rows:
        with suppress(TypeError, ValueError):  # somebody has written into it
            found[app, name] = Noted(
                operation, statement, bool(done), bool(atomic), sql, process, host, datetime.fromisoformat(at)
            )
    return found


def read_schema(backend: Backend) -> Schema:
    """The live schema, that of the other schemas which models name by themselves included."""
    return backend.read(schemas=named_schemas(backend.name_bytes))


def named_schemas(name_bytes: int | None) -> frozenset[str]:
    """The schemas that models name by themselves, in the idiom `schema"."table`."""
    names = [table.partition('"."') for table, _ in installed_tables(name_bytes)]
    return frozenset(schema for schema, dot, _ in names if dot)
