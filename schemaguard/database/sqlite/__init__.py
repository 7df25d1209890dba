"""SQLite: the catalog is sqlite_master, its pragmas, and the text of each CREATE statement, kept as it was given."""

from schemaguard.database.sqlite.backend import SQLiteBackend

__all__ = ["BACKEND", "SQLiteBackend"]

BACKEND = SQLiteBackend
