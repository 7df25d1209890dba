"""PostgreSQL's catalog ─▶ Schema."""

from __future__ import annotations

from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.db import Error, transaction

from schemaguard.database.base import WAIT, Backend
from schemaguard.database.postgresql import catalog
from schemaguard.database.postgresql.belongings import belongings
from schemaguard.database.postgresql.beside import PARTITIONS, SEQUENCES, beside
from schemaguard.database.postgresql.casts import cast
from schemaguard.database.postgresql.definitions import enforced_again, table_definition
from schemaguard.database.postgresql.editor import Sparing
from schemaguard.database.postgresql.hanging import hanging, schema_of
from schemaguard.database.postgresql.judge import judge, sqlstate
from schemaguard.database.postgresql.locking import LOCK_NOT_AVAILABLE, PostgreSQLLocking
from schemaguard.database.postgresql.names import gives_name
from schemaguard.database.postgresql.numbers import following_rows, numbered
from schemaguard.database.postgresql.readers import readers
from schemaguard.database.postgresql.schemas import as_tenant, leading_into, refuse_unusable
from schemaguard.database.postgresql.sequences import read_sequences
from schemaguard.database.postgresql.spell import spell, spell_table
from schemaguard.database.postgresql.tables import Tables
from schemaguard.database.postgresql.transactions import autocommit, begun_read_only, has_begun
from schemaguard.database.postgresql.types import links, normal_type
from schemaguard.schema.definitions import Hanging, Live
from schemaguard.schema.kinds import COMPARED, Kind
from schemaguard.schema.names import NameSpace, bare
from schemaguard.schema.objects import Check, Constraint, Elsewhere, ForeignKey, Index, Schema, Table
from schemaguard.schema.text import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.rows import Row
    from schemaguard.schema.questions import Answer, Question
    from schemaguard.schema.sequences import Beside

LOCK_TIMEOUT = (
    "SELECT set_config('lock_timeout', CASE current_setting('lock_timeout') WHEN '0' THEN '{seconds}s'"
    " ELSE current_setting('lock_timeout') END, true)"
)
MOST_BYTES = 63
"""NAMEDATALEN - 1."""
BLIND = {
    "unusable": "this role may not use schema {}, which its search_path names; a check needs USAGE there",
    "nowhere": "the search_path of this role, {}, leads to no schema that it may use: nothing can be seen",
}
NONDETERMINISTIC = "nondeterministic"
"""What the catalog query calls a collation under which texts can be equal that are not the same."""


class PostgreSQLBackend(Backend):
    vendor = dialect = "postgresql"
    name_bytes = MOST_BYTES
    transactional_ddl = True
    has_comments = True
    serves_threads = True
    drops_many = True
    rewrites_expressions = True
    alters_columns = True
    builds_concurrently = True
    drops_constraints = True
    cascades = True
    editor_mixin = Sparing
    merges_uniques = True
    indexes_for_like = True
    has_index_methods = True
    serves_contrib_postgres = True
    keys_lose_numbers = True
    reads_all_as_text = True
    casts_in_queries = True
    replaces_in_place = True

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        self._is_ours = False
        self._locked: frozenset[int] = frozenset()
        self._schema: str | None = None

    @property
    def locking(self) -> PostgreSQLLocking:
        return PostgreSQLLocking(self.connection)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One snapshot in a READ ONLY transaction, which waits for no lock for longer than `WAIT`.

        Inside a transaction of the caller's, that one is used as it is, with the timeouts that it has.
        """
        connection: Any = self.connection
        if connection.in_atomic_block or has_begun(connection):
            with transaction.atomic(using=connection.alias), leading_into(connection, self._schema):
                yield
            return
        with autocommit(connection), begun_read_only(connection) as begun, transaction.atomic(using=connection.alias):
            if not begun:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._is_ours = True
            try:
                with leading_into(connection, self._schema):
                    yield
            finally:
                self._is_ours = False

    @contextmanager
    def within(self, schema: str) -> Iterator[None]:
        with self.reading():
            refuse_unusable(self.connection, schema)
        before, self._schema = self._schema, schema
        try:
            with as_tenant(self.connection, schema):
                yield
        finally:
            self._schema = before

    def brought_along(self) -> frozenset[tuple[Kind, str]]:
        return frozenset((Kind(word), name) for word, name in self._rows(catalog.BROUGHT_ALONG))

    def beside(self, only: str | None = None) -> Beside:
        return beside(*(self._rows(query, {"only": only}) for query in (SEQUENCES, PARTITIONS)))

    def qualifier(self) -> str:
        ((name,),) = self._rows("SELECT quote_ident(pg_catalog.current_schema())")
        return f"{name}." if name is not None else ""

    @classmethod
    def gives_name(cls, name: str, table: str, constraint: Constraint) -> bool:
        return gives_name(name, table, constraint)

    def note_locked(self, error: Error) -> bool:
        if sqlstate(error) != LOCK_NOT_AVAILABLE or self.connection.in_atomic_block:
            return False
        with self.reading():
            rows = self._rows(catalog.LOCKED)
        new = {row[0] for row in rows} - self._locked
        self._locked |= new
        for _, schema, name, visible, pid, user, program, state in rows:
            key = name if visible else f'{schema}"."{name}'
            self.locked.setdefault(key, f"process {pid} ({user}, {program}, {state})")
        return bool(new)

    @contextmanager
    def every_row(self) -> Iterator[None]:
        with super().every_row(), self.connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('row_security')")
            (before,) = cursor.fetchone()
            cursor.execute("SET LOCAL row_security = off")
            yield
            # Where the query was refused, the savepoint puts it back.
            cursor.execute("SELECT set_config('row_security', %s, true)", [before])

    def has_value(self, column: str) -> str:
        # A composite value IS NOT NULL where none of its fields is NULL, and IS NULL where all of them are.
        return f"{column} IS DISTINCT FROM NULL"

    def lacks_value(self, column: str) -> str:
        return f"{column} IS NOT DISTINCT FROM NULL"

    def cast(self, value: str, actual: str, expected: str) -> str:
        return cast(self.connection, value, actual, expected)

    def is_valid(self, column: str, expected: str) -> str | None:
        """PostgreSQL 16 has pg_input_is_valid."""
        return f"pg_input_is_valid({column}::text, {literal(expected)})" if self._version >= 160000 else None

    def untold(self) -> frozenset[tuple[str, str]]:
        return frozenset((name, table) for name, table in self._rows(catalog.UNTOLD))

    def settle_deferred(self, *, defer_again: bool = True) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            if defer_again:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    def schema_of(self, table: str) -> str | None:
        return schema_of(self.connection, table)

    def hanging(self, *dropped: Collection[tuple[str, str | None]]) -> tuple[tuple[Hanging, ...], ...]:
        return hanging(self.connection, dropped)

    def belongings(self, view: str) -> tuple[tuple[str, str], ...]:
        return belongings(self.connection, view)

    def as_text(self, column: str) -> str:
        return f'CAST({column} AS text) COLLATE "C"'

    def links(self, type_: str, target: str) -> bool:
        return links(type_, target)

    def normal_type(self, text: str) -> str:
        return normal_type(text)

    def read(self, *, schemas: Collection[str] = ()) -> Schema:
        self._elsewhere: dict[frozenset[str], tuple[Elsewhere, ...]] = {}
        self._definitions: dict[frozenset[tuple[Kind, str]], tuple[Live, ...]] = {}
        scope = {"schemas": sorted(schemas), "locked": sorted(self._locked)}
        tables = Tables(self._rows(catalog.COLUMNS.format(settings=self._settings()), scope))
        tables.add_constraints(self._rows(catalog.for_version(catalog.CONSTRAINTS, self._version), scope))
        tables.add_indexes(self._rows(catalog.for_version(catalog.INDEXES, self._version), scope))
        rows = self._rows(catalog.OTHERS)
        self.blind = tuple(BLIND[word].format(name) for word, name in sorted(rows, reverse=True) if word in BLIND)
        self.nondeterministic = frozenset(name for word, name in rows if word == NONDETERMINISTIC)
        others = frozenset((Kind(word), name) for word, name in rows if word not in BLIND and word != NONDETERMINISTIC)
        self.unreadable = tables.unreadable()
        sequences, unseen = read_sequences(self._rows(catalog.SEQUENCES, scope))
        return Schema(
            vendor=self.vendor,
            tables=MappingProxyType(tables.built()),
            others=others,
            kinds=catalog.KINDS,
            others_of_every_schema=True,
            sequences=sequences,
            unseen=unseen,
        )

    def elsewhere(self, names: Collection[str]) -> tuple[Elsewhere, ...]:
        asked = frozenset(names)
        if asked and asked not in self._elsewhere:
            with self.reading():
                rows = self._rows(catalog.ELSEWHERE, {"names": sorted(asked)})
            self._elsewhere[asked] = tuple(
                Elsewhere(name=name, schema=schema, columns=frozenset(columns), usable=usable)
                for name, schema, columns, usable in rows
            )
        return self._elsewhere.get(asked, ())

    def definitions(self, names: Collection[tuple[Kind, str]]) -> tuple[Live, ...]:
        asked = frozenset(names)
        if asked not in self._definitions:
            by_kind = {each.value: sorted(n for k, n in asked if k is each) for each in COMPARED}
            try:
                rows = self._definition_rows({**by_kind, "blind": False})
            except Error as error:
                if sqlstate(error) != LOCK_NOT_AVAILABLE or self.connection.in_atomic_block:
                    raise
                self.note_locked(error)
                rows = self._definition_rows({**by_kind, "blind": True})
            self._definitions[asked] = tuple(
                Live(
                    kind=Kind(word),
                    name=name,
                    sql=sql or "",
                    columns=tuple(columns or ()),
                    enabled=enabled,
                    visible=visible,
                )
                for word, name, sql, columns, enabled, visible in rows
            )
        return self._definitions[asked]

    def _definition_rows(self, asked: Mapping[str, Any]) -> list[Row]:
        """`blind`: without the texts that take a lock of a table."""
        timeout = self._lock_timeout()
        with self.reading():
            if timeout:
                self._rows(timeout)
            return self._rows(catalog.DEFINITIONS, asked)

    def _lock_timeout(self) -> str:
        """A SELECT that sets it, for a transaction of our own."""
        return "" if self.connection.in_atomic_block else LOCK_TIMEOUT.format(seconds=WAIT)

    def _settings(self) -> str:
        """A part of the first query, which sets what its transaction needs."""
        if not self._is_ours:
            return ""
        more = ", set_config('transaction_timeout', '0', true) AS ends" if self._version >= 170000 else ""
        return catalog.SETTINGS.format(seconds=WAIT, more=more)

    def usual_name(self, table: str, column: str, label: str) -> str | None:
        """As makeObjectName of commands/indexcmds.c: the longer of the two gives way, in whole characters."""
        names = [bare(table), column]
        while len(f"{names[0]}_{names[1]}_{label}".encode()) > MOST_BYTES:
            longer = 0 if len(names[0].encode()) > len(names[1].encode()) else 1
            names[longer] = names[longer][:-1]
        return f"{names[0]}_{names[1]}_{label}"

    def spell(self, table: str, constraint: Constraint) -> str | None:
        return spell(table, constraint, self.connection.ops.quote_name)

    def spaces(self, shape: Constraint) -> Collection[NameSpace]:
        """What a constraint stands on is an index of its name. The constraints of a table have names of their own."""
        if isinstance(shape, ForeignKey | Check):
            return (NameSpace.TABLE_CONSTRAINTS,)
        is_plain = isinstance(shape, Index) and not shape.constraint
        return (NameSpace.RELATIONS,) if is_plain else (NameSpace.RELATIONS, NameSpace.TABLE_CONSTRAINTS)

    def spell_validation(self, table: str, actual: Constraint) -> str:
        if isinstance(actual, Check | ForeignKey) and not actual.enforced:
            return enforced_again(self.connection, table, actual)
        return super().spell_validation(table, actual)

    def table_definition(self, table: Table) -> tuple[list[str], list[str]]:
        return table_definition(self.connection, table)

    def spell_numbers(self, table: str, column: str, sequence: str | None) -> Iterator[str]:
        return numbered(table, column, sequence, self.connection.ops.quote_name)

    def spell_sequence(self, sequence: str, table: str, column: str, by: int) -> str:
        return following_rows(sequence, table, column, by, self.connection.ops.quote_name)

    def spell_table(self, table: str, expected: Any, actual: Any, names: Sequence[str] = ()) -> Iterable[str]:
        return spell_table(table, expected, actual, self.connection.ops.quote_name)

    def readers(self, columns: Collection[tuple[str, str]]) -> Iterable[tuple[str, str, str, str | None]]:
        return readers(self.connection, columns)

    def same(self, questions: Collection[Question]) -> Mapping[Question, Answer]:
        asked = self._askable(questions)
        timeout = self._lock_timeout()
        while True:
            try:
                found = judge(self.connection, asked, self.reading, timeout)
            except Error as error:
                others = [question for question in asked if question.kind != "view"]
                if not self.note_locked(error) and (len(others) == len(asked) or self.connection.in_atomic_block):
                    raise
                asked = self._askable(others)  # of a query nobody knows which tables it reads
            else:
                return {**dict.fromkeys(questions), **found}

    def _askable(self, questions: Collection[Question]) -> list[Question]:
        """Two types are compared without their table."""
        left_out = self.unreadable | self.locked.keys()
        return [question for question in questions if question.kind == "type" or question.table not in left_out]

    def server_version(self) -> str:
        major, minor = divmod(self._version, 10000)
        return f"{major}.{minor}"

    @property
    def _version(self) -> int:
        return int(self.connection.pg_version)  # type: ignore[attr-defined]  # of Django's PostgreSQL wrapper

    def _rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
