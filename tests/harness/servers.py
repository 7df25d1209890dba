"""Fresh databases for tests: one class a vendor, all with the same verbs (create, template, copy, drop, close)."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from tests.harness.databases import MYSQL_DRIVER, Database
from tests.harness.embedded import FASTEST_COPY, embedded_server

POSTGRES_URL = "SCHEMAGUARD_TEST_POSTGRES_URL"
MYSQL_URL = "SCHEMAGUARD_TEST_MYSQL_URL"

Builder = Callable[[Database], object]


class Server(ABC):
    """Makes databases and remembers them, so that `close` leaves nothing behind."""

    def __init__(self) -> None:
        self._alive: set[Database] = set()
        self._templates: dict[str, Database] = {}

    def create(self) -> Database:
        """A new, empty database."""
        database = self._new_database()
        self._create(database)
        self._alive.add(database)
        return database

    def template(self, name: str, builder: Builder) -> Database:
        """The database called `name` in this session, made by `builder` when first asked for.

        It is there to be copied and read; on PostgreSQL it refuses to be changed.
        """
        if name not in self._templates:
            database = self.create()
            builder(database)
            self._seal(database)
            self._templates[name] = database
        return self._templates[name]

    def copy(self, template: Database) -> Database:
        """A new database with the schema and rows of `template`, to which nobody may be connected but the server."""
        database = self._new_database()
        self._copy(template, database)
        self._alive.add(database)
        return database

    def drop(self, database: Database) -> None:
        """Drops it, whoever is still connected. Twice is once."""
        if database in self._alive:
            self._drop(database)
            self._alive.remove(database)

    def close(self) -> None:
        for database in tuple(self._alive):
            self.drop(database)

    @contextmanager
    def fresh(self, template: Database | None = None) -> Iterator[Database]:
        """A new database for the block, empty or a copy of `template`, dropped at the end."""
        database = self.copy(template) if template else self.create()
        try:
            yield database
        finally:
            self.drop(database)

    @abstractmethod
    def _new_database(self) -> Database: ...

    @abstractmethod
    def _create(self, database: Database) -> None: ...

    @abstractmethod
    def _copy(self, template: Database, database: Database) -> None: ...

    @abstractmethod
    def _drop(self, database: Database) -> None: ...

    def _seal(self, template: Database) -> None:  # noqa: B027 (a template is sealed where the vendor can)
        """Keeps a test from changing a template by mistake."""


class Sqlite(Server):
    """Files in one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def _new_database(self) -> Database:
        return Database(vendor="sqlite", name=str(self._folder / f"{_fresh_name()}.sqlite3"))

    def _create(self, database: Database) -> None:
        Path(database.name).touch()

    def _copy(self, template: Database, database: Database) -> None:
        shutil.copyfile(template.name, database.name)

    def _drop(self, database: Database) -> None:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(database.name + suffix).unlink(missing_ok=True)


class Postgres(Server):
    """Databases of one PostgreSQL server, made through its maintenance database `admin`.

    `how` goes with CREATE DATABASE.
    """

    def __init__(self, admin: Database, how: str = "") -> None:
        super().__init__()
        self.admin = admin
        self.how = how

    def _new_database(self) -> Database:
        return replace(self.admin, name=_fresh_name())

    def _create(self, database: Database) -> None:
        self.admin.execute(f"CREATE DATABASE {database.name} TEMPLATE template0 ENCODING 'UTF8' {self.how}")

    def _copy(self, template: Database, database: Database) -> None:
        self.admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template.name])
        self.admin.execute(f"CREATE DATABASE {database.name} TEMPLATE {template.name} {self.how}")

    def _drop(self, database: Database) -> None:
        self.admin.execute(f"DROP DATABASE {database.name} WITH (FORCE)")

    def _seal(self, template: Database) -> None:
        # A setting of the database, not of its contents: copies do not inherit it.
        self.admin.execute(f"ALTER DATABASE {template.name} SET default_transaction_read_only = on")


class Mysql(Server):
    """Databases of one MySQL or MariaDB server, which cannot copy: a copy is made by what it says of the template."""

    def __init__(self, admin: Database) -> None:
        super().__init__()
        self.admin = admin

    def _new_database(self) -> Database:
        return replace(self.admin, name=_fresh_name())

    def _create(self, database: Database) -> None:
        self.admin.execute(f"CREATE DATABASE {database.name} CHARACTER SET utf8mb4")

    def _copy(self, template: Database, database: Database) -> None:
        self._create(database)
        with closing(database.connect()) as connection, closing(connection.cursor()) as cursor:
            for statement in _statements(template):
                cursor.execute(statement)

    def _drop(self, database: Database) -> None:
        self.admin.execute(f"DROP DATABASE {database.name}")


def _statements(template: Database) -> Iterator[str]:
    """Those that make its tables with their rows, its routines, views and triggers."""
    here = f"`{template.name}`."
    with closing(template.connect()) as connection, closing(connection.cursor()) as cursor:

        def asked(sql: str) -> list[tuple[str, ...]]:
            cursor.execute(sql)
            return list(cursor.fetchall())

        yield "SET SESSION foreign_key_checks = 0, SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"
        tables = {kind: [name for name, of in asked(RELATIONS) if of == kind] for kind in ("BASE TABLE", "VIEW")}
        columns: dict[str, list[str]] = {name: [] for name in tables["BASE TABLE"]}
        for name, column in asked(PLAIN_COLUMNS):
            if name in columns:
                columns[name].append(f"`{column}`")
        for name in columns:
            yield _without_implied(asked(f"SHOW CREATE TABLE `{name}`")[0][1])
        for name, listed in columns.items():
            yield f"INSERT INTO `{name}` ({', '.join(listed)}) SELECT {', '.join(listed)} FROM {here}`{name}`"
        for kind, name in asked(ROUTINES):
            yield asked(f"SHOW CREATE {kind} `{name}`")[0][2]
        for name in tables["VIEW"]:
            yield asked(f"SHOW CREATE VIEW `{name}`")[0][1].replace(here, "")
        for (name,) in asked(TRIGGERS):
            yield asked(f"SHOW CREATE TRIGGER `{name}`")[0][2]


def _without_implied(table: str) -> str:
    """Without the indexes that InnoDB makes by itself: it drops such a one for a better one, if nobody spelt it out."""
    keys = set(re.findall(r"CONSTRAINT `([^`]+)` FOREIGN KEY", table))
    lines = table.split("\n")
    return "\n".join(line for line in lines if not ((of := re.match(r" *KEY `([^`]+)` ", line)) and of[1] in keys))


RELATIONS = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = database()"
PLAIN_COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
 WHERE table_schema = database() AND coalesce(generation_expression, '') = ''
 ORDER BY table_name, ordinal_position"""
ROUTINES = "SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = database()"
TRIGGERS = """
SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database()
 ORDER BY event_object_table, action_order"""


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """The server named by SCHEMAGUARD_TEST_POSTGRES_URL, or an embedded one."""
    url = os.environ.get(POSTGRES_URL)
    started = nullcontext(Database.from_url(url)) if url else embedded_server()
    with started as admin, closing(Postgres(admin, how="" if url else FASTEST_COPY)) as server:
        yield server


@contextmanager
def mysql_server() -> Iterator[Mysql]:
    """The server named by SCHEMAGUARD_TEST_MYSQL_URL, which has to be set; mysqlclient or else PyMySQL talks to it."""
    exec(MYSQL_DRIVER, {})  # noqa: S102 (a constant, which projects begin with as well)
    with closing(Mysql(Database.from_url(os.environ[MYSQL_URL]))) as server:
        yield server


def _fresh_name() -> str:
    return f"schemaguard_test_{os.getpid()}_{secrets.token_hex(4)}"
