"""Where one database is, and how to talk to it without Django."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

Vendor = Literal["sqlite", "postgresql", "mysql"]

# Django asks for mysqlclient by the name of its module; PyMySQL, which needs no compiler, can stand in for it.
MYSQL_DRIVER = """\
try:
    import MySQLdb
except ImportError:
    import pymysql

    pymysql.install_as_MySQLdb()
"""

SCHEMES: dict[str, Vendor] = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """One database; `name` is a path where the vendor is SQLite, `host` may be a folder of unix sockets."""

    vendor: Vendor
    name: str
    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""

    @classmethod
    def from_url(cls, url: str) -> Database:
        """Reads `scheme://user:password@host:port/name`; a folder of unix sockets is given as `?host=/folder`."""
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        return cls(
            vendor=SCHEMES[parts.scheme],
            name=unquote(parts.path.lstrip("/")),
            host=unquote(parts.hostname or query.get("host", "")),
            port=str(parts.port or query.get("port", "")),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    @property
    def settings(self) -> dict[str, Any]:
        """The entry of Django's DATABASES."""
        return {
            "ENGINE": f"django.db.backends.{'sqlite3' if self.vendor == 'sqlite' else self.vendor}",
            "NAME": self.name,
            "HOST": self.host,
            "PORT": self.port,
            "USER": self.user,
            "PASSWORD": self.password,
        }

    @property
    def environment(self) -> dict[str, str]:
        """The variables that `testproject.settings` and the projects of `make_project` read."""
        return {
            "SCHEMAGUARD_DB_NAME": self.name,
            "SCHEMAGUARD_DB_HOST": self.host,
            "SCHEMAGUARD_DB_PORT": self.port,
            "SCHEMAGUARD_DB_USER": self.user,
            "SCHEMAGUARD_DB_PASSWORD": self.password,
        }

    @property
    def has_value(self) -> str:
        """How a hazard asks for the rows that have a value, a composite one with an empty field included."""
        return "IS DISTINCT FROM NULL" if self.vendor == "postgresql" else "IS NOT NULL"

    def connect(self) -> Any:
        """A raw DB-API connection of the vendor's driver, in autocommit. The caller closes it."""
        if self.vendor == "sqlite":
            return sqlite3.connect(self.name, isolation_level=None)
        if self.vendor == "postgresql":
            import psycopg

            return psycopg.connect(
                dbname=self.name,
                host=self.host or None,
                port=self.port or None,
                user=self.user or None,
                password=self.password or None,
                autocommit=True,
            )
        import MySQLdb
        from MySQLdb.constants import CLIENT

        return MySQLdb.connect(
            database=self.name,
            host=self.host or "127.0.0.1",
            port=int(self.port or 3306),
            user=self.user or "root",
            password=self.password,
            autocommit=True,
            # What mysqlclient asks for unasked, and PyMySQL does not: a script is several statements in one call.
            client_flag=CLIENT.MULTI_STATEMENTS,
        )

    def execute(self, sql: str, params: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """Runs one statement, committed at once, on a connection of its own, and returns its rows.

        Placeholders are the driver's: `?` on SQLite, `%s` elsewhere. SQLite does not enforce foreign keys here.
        """
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            if params is None:
                cursor.execute(sql)
            else:
                cursor.execute(sql, params)
            return list(cursor.fetchall()) if cursor.description else []

    def script(self, sql: str) -> None:
        """Runs several statements, one after the other: the hand-made trouble of a test."""
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            if self.vendor == "sqlite":
                cursor.executescript(sql)
                return
            cursor.execute(sql)
            while cursor.nextset():
                pass
