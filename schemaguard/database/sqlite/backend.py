"""The SQLite backend: catalog in, Schema out."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from django.db import DatabaseError, transaction

from schemaguard.database.base import Backend
from schemaguard.database.sqlite import catalog
from schemaguard.database.sqlite.casts import changed_values
from schemaguard.database.sqlite.editor import Forgiving
from schemaguard.database.sqlite.judge import judge
from schemaguard.database.sqlite.locking import SQLiteLocking
from schemaguard.database.sqlite.shadow import Shadow
from schemaguard.database.sqlite.spell import spell
from schemaguard.database.sqlite.tables import Tables, normal_type
from schemaguard.schema.definitions import Live
from schemaguard.schema.kinds import Kind
from schemaguard.schema.names import NameSpace
from schemaguard.schema.objects import Constraint, Index, Owner, Schema, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from schemaguard.database.rows import Row
    from schemaguard.schema.questions import Answer, Question

# What FTS and R*Tree call the tables behind a virtual one, for SQLite < 3.37 and for modules that are not loaded.
SHADOW_SUFFIXES = frozenset(
    ["config", "content", "data", "docsize", "idx", "node", "parent", "rowid", "segdir", "segments", "stat"]
)
KINDS = frozenset({Kind.VIEW, Kind.TRIGGER})
"""The kinds of what the schema's `others` holds here."""


class SQLiteBackend(Backend):
    vendor = dialect = "sqlite"
    transactional_ddl = True
    numbers_keys_alone = True
    remakes_tables = True
    editor_mixin = Forgiving
    retypes_references = False
    keeps_any_value = True

    @property
    def locking(self) -> SQLiteLocking:
        return SQLiteLocking(self.connection)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One snapshot that cannot write: a deferred transaction under `PRAGMA query_only`, put back at the end.

        Inside a transaction of the caller's, the snapshot is that one's.
        """
        connection: Any = self.connection
        connection.ensure_connection()
        driver = connection.connection  # past Django, which refuses statements in a transaction that has failed
        # Since Django 5.1, OPTIONS may make every transaction IMMEDIATE, which takes the write lock.
        mode = getattr(connection, "transaction_mode", None)
        (before,) = driver.execute("PRAGMA query_only").fetchone()
        driver.execute("PRAGMA query_only = ON")
        connection.transaction_mode = None
        try:
            with transaction.atomic(using=connection.alias):
                yield
        finally:
            connection.transaction_mode = mode
            if connection.connection is driver:
                driver.execute(f"PRAGMA query_only = {int(before)}")

    def normal_type(self, text: str) -> str:
        return normal_type(text)

    def read(self, *, schemas: Collection[str] = ()) -> Schema:
        """The tables of the main database, not of attached or temporary ones. `schemas` means nothing here."""
        objects = self._rows(catalog.OBJECTS)
        self._objects = objects
        self._texts = {(Kind(word), name): sql for word, name, _, _, sql in objects if word in KINDS}
        texts = {name: sql for word, name, _, _, sql in objects if word in (Kind.TABLE, Kind.INDEX) and sql is not None}
        made = Tables(texts, self._rows(catalog.COLUMNS), self._rows(catalog.INDEXES), self._rows(catalog.FOREIGN_KEYS))
        virtual = [name for word, name, _, root, _ in objects if word == Kind.TABLE and not root]
        strange = self._shadows(virtual, made.columns) | self._of_spatialite(made.columns)
        tables = {table.name: table for table in made.built(strange)}
        unseen: tuple[str, ...] = ()
        if virtual:
            found, unseen = self._virtual(virtual)
            tables.update((table.name, table) for table in found)
        return Schema(
            vendor=self.vendor,
            tables=MappingProxyType(tables),
            others=frozenset(self._texts),
            unseen=unseen,
            ignores_name_case=True,
            remakes_tables=self.remakes_tables,
        )

    def definitions(self, names: Collection[tuple[Kind, str]]) -> tuple[Live, ...]:
        """As of the last `read`."""
        return tuple(
            Live(kind=kind, name=name, sql=sql) for (kind, name), sql in self._texts.items() if (kind, name) in names
        )

    def shadow(self) -> Shadow:
        connection: Any = self.connection
        empty = connection.get_new_connection({**connection.get_connection_params(), "database": ":memory:"})
        own = (each for each in self._objects if each[4] is not None and not each[1].startswith("sqlite_"))
        return Shadow(empty, ((word, sql) for word, _, _, _, sql in own))

    def belongings(self, view: str) -> tuple[tuple[str, str], ...]:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(%s) ORDER BY 1"
        with self.connection.cursor() as cursor:
            cursor.execute(query, [view])
            return tuple((name, sql) for name, sql in cursor.fetchall())

    def texts(self) -> Mapping[tuple[str, str], tuple[str, Kind]]:
        return {(table, name): (sql, Kind(word)) for name, table, sql, word in self._rows(catalog.TEXTS)}

    def table_text(self, table: str) -> str | None:
        rows = self._rows("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        return str(rows[0][0]) if rows else None

    def table_definition(self, table: Table) -> tuple[list[str], list[str]]:
        """The table as it was made, and its indexes; the foreign keys are part of the table."""
        indexes = self._rows(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = %s", [table.name]
        )
        text = self.table_text(table.name)
        return [*([text] if text is not None else []), *(sql for (sql,) in indexes)], []

    def spaces(self, shape: Constraint) -> Collection[NameSpace]:
        """A UNIQUE that CREATE TABLE says makes no index of its name."""
        return (NameSpace.RELATIONS,) if isinstance(shape, Index) and not shape.constraint else ()

    def in_a_query_of_its_name(self, table: str) -> str:
        """With its schema: a bare name would be that of the query, which then is a circular reference."""
        return f"main.{self.connection.ops.quote_name(table)}"

    def missing_file(self) -> str | None:
        connection: Any = self.connection
        name = file_of(str(connection.settings_dict["NAME"]))
        return name if name and not connection.is_in_memory_db() and not Path(name).exists() else None

    def changed_values(self, column: str, expected: str, actual: str) -> str:
        return changed_values(column, expected, actual)

    def spell(self, table: str, constraint: Constraint) -> str | None:
        return spell(table, constraint, self.connection.ops.quote_name)

    def same(self, questions: Collection[Question]) -> Mapping[Question, Answer]:
        return judge(self.connection, questions)

    def _shadows(self, virtual: Collection[str], names: Collection[str]) -> frozenset[str]:
        if not virtual:
            return frozenset()
        guessed = {f"{name}_{suffix}" for name in virtual for suffix in SHADOW_SUFFIXES}
        try:
            told = {name for (name,) in self._rows(catalog.SHADOWS)}
        except DatabaseError:  # SQLite before 3.37 has no pragma_table_list
            told = set()
        return frozenset(names) & (told | guessed)

    def _of_spatialite(self, names: Collection[str]) -> frozenset[str]:
        """What SpatiaLite keeps its books in: the tables of a database that has nothing else."""
        if "spatialite_history" not in names or not hasattr(self.connection, "lib_spatialite_paths"):
            return frozenset()
        return self._tables_of_nothing()  # pragma: no cover - SpatiaLite alone

    def _tables_of_nothing(self) -> frozenset[str]:  # pragma: no cover - SpatiaLite alone
        empty: Any = self.connection.copy()
        empty.settings_dict["NAME"] = ":memory:"
        try:
            with empty.cursor() as cursor:
                cursor.execute("SELECT InitSpatialMetaDataFull(1)")  # as prepare_database of Django's backend does
                return frozenset(empty.introspection.table_names(cursor))
        finally:
            empty.close()

    def _virtual(self, names: Collection[str]) -> tuple[list[Table], tuple[str, ...]]:
        """Virtual tables; their columns only where the modules that make them are loaded here."""
        unseen: tuple[str, ...] = ()
        try:
            rows = self._rows(catalog.VIRTUAL_COLUMNS)
        except DatabaseError as error:
            rows = []
            unseen = (f"columns of virtual tables ({', '.join(sorted(names))}): {error}",)
        columns = Tables(dict.fromkeys(names, ""), rows, (), ())
        known = {table.name: table for table in columns.built(columns.columns)}
        return [known.get(name, Table(name=name, columns={}, owner=Owner.EXTENSION)) for name in names], unseen

    def _rows(self, sql: str, params: list[str] | None = None) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())


def file_of(name: str) -> str:
    """The file of a database that may be named by a URI (sqlite.org/uri.html); empty where it has none."""
    if not name.startswith("file:"):
        return name
    path, _, query = name.removeprefix("file:").partition("#")[0].partition("?")
    if path.startswith("//"):
        path = f"/{path[2:].partition('/')[2]}"
    options = dict(parse_qsl(query))
    return "" if options.get("mode") == "memory" or path == ":memory:" else unquote(path)
