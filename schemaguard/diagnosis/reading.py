"""Reading two of the four accounts, database and records, while a third, the migrations, is loaded from disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TypeVar

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from schemaguard.database.base import Backend
from schemaguard.diagnosis.model import Finding
from schemaguard.diagnosis.sequences import behind
from schemaguard.history.graph import Key
from schemaguard.history.installed import installed_tables
from schemaguard.schema.objects import Schema
from schemaguard.schema.values import value

T = TypeVar("T")


@value(frozen=True, slots=True)
class Reading:
    """One snapshot: the live schema, the rows of django_migrations, and the sequences that have fallen behind."""

    schema: Schema
    sequences: tuple[Finding, ...]
    records: frozenset[Key]


def read(backend: Backend, meanwhile: Callable[[], T]) -> tuple[Reading, T]:
    """Reads the database and does something else meanwhile, since reading is mostly waiting for the server.

    Raises django.db.Error where the database cannot be read, else what `meanwhile` raises. A migration whose module
    asks the database while it is imported does so on the same connection, and may break the transaction: a reading that
    failed is made once more, on its own.
    """
    if backend.serves_threads:
        with suppress(Error), ThreadPoolExecutor(1, "schemaguard-reading") as pool, backend.reading():
            with _lent(backend.connection):
                catalog = pool.submit(_catalog, backend)
                try:
                    done = meanwhile()
                except BaseException:
                    catalog.result()  # the database's own trouble first
                    raise
                found = catalog.result()
            return Reading(*found, read_records(backend.connection, found[0])), done
    with backend.reading():
        found = _catalog(backend)
        reading = Reading(*found, read_records(backend.connection, found[0]))
    return reading, meanwhile()


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
    return schema, tuple(behind(backend.connection, schema))


def read_records(connection: BaseDatabaseWrapper, schema: Schema) -> frozenset[Key]:
    """The rows of django_migrations; none where there is no such table."""
    recorder = MigrationRecorder(connection)
    if recorder.Migration._meta.db_table not in schema.tables:
        return frozenset()
    return frozenset(recorder.migration_qs.values_list("app", "name"))


def read_schema(backend: Backend) -> Schema:
    """The live schema, that of the other schemas which models name by themselves included."""
    return backend.read(schemas=_named_schemas(backend.vendor))


def _named_schemas(vendor: str) -> frozenset[str]:
    """The schemas that models name by themselves, in the idiom `schema"."table`."""
    names = [table.partition('"."') for table, _ in installed_tables(vendor)]
    return frozenset(schema for schema, dot, _ in names if dot)
