"""MySQL 8.0.16 and later, MariaDB 10.5 and later."""

from schemaguard.database.mysql.backend import MySQLBackend

__all__ = ["BACKEND", "MySQLBackend"]

BACKEND = MySQLBackend
