"""PostgreSQL, 13 and later."""

from schemaguard.database.postgresql.backend import PostgreSQLBackend

__all__ = ["BACKEND", "PostgreSQLBackend"]

BACKEND = PostgreSQLBackend
