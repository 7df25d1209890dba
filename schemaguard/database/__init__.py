"""Reading a live database: catalog in, Schema out. One module a server family, each with the same names."""

from __future__ import annotations

from importlib import import_module

from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.database.base import Backend

BACKENDS = {
    "postgresql": "schemaguard.database.postgresql.PostgreSQLBackend",
    "mysql": "schemaguard.database.mysql.MySQLBackend",
    "sqlite": "schemaguard.database.sqlite.SQLiteBackend",
}
FALLBACK = "schemaguard.database.generic.GenericBackend"


def backend_of(connection: BaseDatabaseWrapper) -> Backend:
    """The backend for a connection's vendor; one on Django's own introspection where there is none of our own."""
    module, _, name = BACKENDS.get(connection.vendor, FALLBACK).rpartition(".")
    backend: type[Backend] = getattr(import_module(module), name)
    return backend(connection)
