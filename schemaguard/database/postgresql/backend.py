"""PostgreSQL's catalog ─▶ Schema."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.database.base import Answer, Backend, Hanging, Question
from schemaguard.database.postgresql import catalog
from schemaguard.database.postgresql.hanging import hanging, schema_of
from schemaguard.database.postgresql.judge import judge, sqlstate
from schemaguard.database.postgresql.readers import readers
from schemaguard.database.postgresql.spell import spell, spell_table
from schemaguard.database.postgresql.transactions import autocommit, begun_read_only, has_begun
from schemaguard.database.postgresql.types import normal_type
from schemaguard.schema.definitions import DEFINED, Live
from schemaguard.schema.names import bare
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Elsewhere,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    Owner,
    PrimaryKey,
    Schema,
    Table,
)
from schemaguard.schema.sequences import Sequence

SECONDS = 2
"""To wait for a lock, where nobody has said another time."""
LOCK_NOT_AVAILABLE = "55P03"
LOCK_TIMEOUT = (
    "SELECT set_config('lock_timeout', CASE current_setting('lock_timeout') WHEN '0' THEN '{seconds}s'"
    " ELSE current_setting('lock_timeout') END, true)"
)
MOST_BYTES = 63
"""NAMEDATALEN - 1."""
ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", " ": "NO ACTION"}
SERIAL = re.compile(catalog.SERIAL)
BLIND = {
    "unusable": "this role may not use schema {}, which its search_path names; a check needs USAGE there",
    "nowhere": "the search_path of this role, {}, leads to no schema that it may use: nothing can be seen",
}
Row = tuple[Any, ...]


class PostgreSQLBackend(Backend):
    vendor = "postgresql"
    transactional_ddl = True
    has_comments = True
    serves_threads = True
    drops_many = True
    rewrites_expressions = True
    alters_columns = True
    builds_concurrently = True
    drops_constraints = True

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection)
        self._is_ours = False
        self._locked: frozenset[int] = frozenset()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One snapshot in a READ ONLY transaction, which waits for no lock for longer than `SECONDS`.

        Inside a transaction of the caller's, that one is used as it is, with the timeouts that it has.
        """
        connection: Any = self.connection
        if connection.in_atomic_block or has_begun(connection):
            with transaction.atomic(using=connection.alias):
                yield
            return
        with autocommit(connection), begun_read_only(connection) as begun, transaction.atomic(using=connection.alias):
            if not begun:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._is_ours = True
            try:
                yield
            finally:
                self._is_ours = False

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

    def schema_of(self, table: str) -> str | None:
        return schema_of(self.connection, table)

    def hanging(self, dropped: Collection[tuple[str, str | None]]) -> tuple[Hanging, ...]:
        return hanging(self.connection, dropped)

    def as_text(self, column: str) -> str:
        return f'CAST({column} AS text) COLLATE "C"'

    def normal_type(self, text: str) -> str:
        return normal_type(text)

    def read(self, *, schemas: Collection[str] = ()) -> Schema:
        self._elsewhere: dict[frozenset[str], tuple[Elsewhere, ...]] = {}
        self._definitions: dict[frozenset[tuple[str, str]], tuple[Live, ...]] = {}
        scope = {"schemas": sorted(schemas), "locked": sorted(self._locked)}
        tables = _Tables(self._rows(catalog.COLUMNS.format(settings=self._settings()), scope))
        tables.add_constraints(self._rows(catalog.CONSTRAINTS, scope))
        nulls = "x.indnullsnotdistinct" if self._version >= 150000 else "false"
        tables.add_indexes(self._rows(catalog.INDEXES.format(nulls_not_distinct=nulls), scope))
        rows = self._rows(catalog.OTHERS)
        self.blind = tuple(BLIND[kind].format(name) for kind, name in sorted(rows, reverse=True) if kind in BLIND)
        others = frozenset((kind, name) for kind, name in rows if kind not in BLIND)
        self.nondeterministic = frozenset(name for kind, name in others if kind == "nondeterministic")
        self.unreadable = tables.unreadable()
        sequences, unseen = self._sequences(scope)
        return Schema(
            vendor=self.vendor,
            tables=MappingProxyType(tables.built()),
            others=others,
            kinds=catalog.KINDS,
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

    def definitions(self, names: Collection[tuple[str, str]]) -> tuple[Live, ...]:
        asked = frozenset(names)
        if asked not in self._definitions:
            by_kind = {each: sorted(n for k, n in asked if k == each) for each in DEFINED}
            try:
                rows = self._definition_rows({**by_kind, "blind": False})
            except Error as error:
                if sqlstate(error) != LOCK_NOT_AVAILABLE or self.connection.in_atomic_block:
                    raise
                self.note_locked(error)
                rows = self._definition_rows({**by_kind, "blind": True})
            self._definitions[asked] = tuple(
                Live(
                    kind=kind, name=name, sql=sql or "", columns=tuple(columns or ()), enabled=enabled, visible=visible
                )
                for kind, name, sql, columns, enabled, visible in rows
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
        return "" if self.connection.in_atomic_block else LOCK_TIMEOUT.format(seconds=SECONDS)

    def _settings(self) -> str:
        """A part of the first query, which sets what its transaction needs."""
        if not self._is_ours:
            return ""
        more = ", set_config('transaction_timeout', '0', true) AS ends" if self._version >= 170000 else ""
        return catalog.SETTINGS.format(seconds=SECONDS, more=more)

    def usual_name(self, table: str, column: str, label: str) -> str | None:
        """As makeObjectName of commands/indexcmds.c: the longer of the two gives way, in whole characters."""
        names = [bare(table), column]
        while len(f"{names[0]}_{names[1]}_{label}".encode()) > MOST_BYTES:
            longer = 0 if len(names[0].encode()) > len(names[1].encode()) else 1
            names[longer] = names[longer][:-1]
        return f"{names[0]}_{names[1]}_{label}"

    def spell(self, table: str, constraint: Constraint) -> str | None:
        return spell(table, constraint, self.connection.ops.quote_name)

    def spell_table(self, table: str, expected: Any, actual: Any) -> Iterable[str]:
        return spell_table(table, expected, actual, self.connection.ops.quote_name)

    def _sequences(self, scope: Mapping[str, Any]) -> tuple[tuple[Sequence, ...], tuple[str, ...]]:
        found, hidden = [], []
        for row in self._rows(catalog.SEQUENCES, scope):
            name, schema, table, column, last, start, step, least, most, cycles, feeds, visible, readable = row
            if not readable:
                hidden.append(name)
                continue
            used = last is not None
            found.append(
                Sequence(
                    name=name,
                    table=table if visible else f'{schema}"."{table}',
                    column=column,
                    last=last if used else start - step,
                    used=used,
                    step=step,
                    least=least,
                    most=most,
                    cycles=cycles,
                    feeds=feeds,
                )
            )
        unseen = (f"sequences that this role may not read: {', '.join(hidden)}",) if hidden else ()
        return tuple(found), unseen

    def readers(self, columns: Collection[tuple[str, str]]) -> Iterable[tuple[str, str, str, str | None]]:
        return readers(self.connection, columns)

    def same(self, questions: Collection[Question]) -> Mapping[Question, Answer]:
        asked = self._askable(questions)
        timeout = self._lock_timeout()
        while True:
            try:
                found = judge(self.connection, asked, self.reading, timeout)
            except Error as error:
                others = [each for each in asked if each.kind != "view"]
                if not self.note_locked(error) and (len(others) == len(asked) or self.connection.in_atomic_block):
                    raise
                asked = self._askable(others)  # of a query nobody knows which tables it reads
            else:
                return {**dict.fromkeys(questions), **found}

    def _askable(self, questions: Collection[Question]) -> list[Question]:
        """Two types are compared without their table."""
        left_out = self.unreadable | self.locked.keys()
        return [each for each in questions if each.kind == "type" or each.table not in left_out]

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


class _Tables:
    """Puts the catalog's rows together, table by table. Keys are oids, until the end."""

    def __init__(self, rows: list[Row]) -> None:
        self.relations: dict[int, Row] = {}
        self.names: dict[int, dict[int, str]] = defaultdict(dict)
        self.columns: dict[int, dict[str, Column]] = defaultdict(dict)
        self.constraints: dict[int, list[Constraint]] = defaultdict(list)
        self.of_index: dict[int, Row] = {}
        for row in rows:
            oid, number = row[0], row[9]
            self.relations.setdefault(oid, row)
            if number is not None:
                self.names[oid][number] = row[10]
                self.columns[oid][row[10]] = _column(row)

    def add_constraints(self, rows: list[Row]) -> None:
        for row in rows:
            oid, name, kind, numbers = row[:4]
            columns = tuple(self.names[oid].get(n, "?") for n in numbers or ())
            if kind in ("p", "u", "x"):
                self.of_index[row[14]] = row
            if kind == "p":
                self.constraints[oid].append(PrimaryKey(columns=columns, name=name))
            elif kind == "f":
                self.constraints[oid].append(self._foreign_key(row, columns))
            elif kind == "c":
                expression = Expression(row[13], frozenset(columns))
                self.constraints[oid].append(
                    Check(expression=expression, columns=columns, name=name, validated=row[10])
                )

    def _foreign_key(self, row: Row, columns: tuple[str, ...]) -> ForeignKey:
        target = self.relations.get(row[4])
        return ForeignKey(
            columns=columns,
            target=_key(target) if target is not None else f'{row[5]}"."{row[6]}',
            target_columns=tuple(row[7]),
            name=row[1],
            deferrable=row[8],
            deferred=row[9],
            validated=row[10],
            on_delete=ACTIONS[row[11]],
            on_update=ACTIONS[row[12]],
        )

    def add_indexes(self, rows: list[Row]) -> None:
        for row in rows:
            oid, index_oid, name, method, unique, primary, valid, keys, numbers = row[:9]
            if primary:
                continue
            parts = tuple(self._part(row, position) for position in range(keys))
            include = tuple(self.names[oid].get(n, "?") for n in numbers[keys:])
            condition = Expression(row[10]) if row[15] else None
            owner = self.of_index.get(index_oid)
            deferrable, deferred = (owner[8], owner[9]) if owner is not None else (False, False)
            if owner is not None and owner[2] == "x":
                self.constraints[oid].append(
                    Exclusion(
                        name=name,
                        parts=parts,
                        operators=tuple(owner[15]),
                        method=method,
                        condition=condition,
                        include=include,
                        deferrable=deferrable,
                        deferred=deferred,
                    )
                )
                continue
            self.constraints[oid].append(
                Index(
                    name=name,
                    parts=parts,
                    unique=unique,
                    method=method,
                    condition=condition,
                    include=include,
                    nulls_distinct=not row[14],
                    deferrable=deferrable,
                    deferred=deferred,
                    constraint=owner is not None,
                    valid=valid,
                )
            )

    def _part(self, row: Row, position: int) -> IndexPart:
        numbers, options, definitions, opclasses, collations = row[8], row[9], row[11], row[12], row[13]
        number = numbers[position]
        opclass = opclasses[position]
        column = self.names[row[0]].get(number) if number else None
        own = self._collation_of(row[0], column) if column else None
        # Said of nothing that has a collation other than the database's; that of a column may be another.
        collation = collations[position] if collations else "default"
        if collation in ("", own) or (collation == "default" and own is None):
            collation = None
        descending = bool(options[position] & 1)
        nulls_first = bool(options[position] & 2)
        return IndexPart(
            column=column,
            expression=None if number else Expression(definitions[position] if definitions else None),
            descending=descending,
            nulls_first=None if nulls_first == descending else nulls_first,
            opclass=opclass[1:] if opclass[0] == "!" else None,
            default_opclass=opclass if opclass[0] != "!" else None,
            collation=collation,
        )

    def _collation_of(self, oid: int, column: str) -> str | None:
        found = self.columns[oid][column]
        return "C" if found.type == "name" else found.collation  # the one type whose own is not the database's

    def unreadable(self) -> frozenset[str]:
        """The tables, not views, of which this role may not see a row."""
        return frozenset(_key(row) for row in self.relations.values() if row[3] in ("r", "p") and not row[18])

    def built(self) -> dict[str, Table]:
        found = {}
        for oid, row in self.relations.items():
            key = _key(row)
            found[key] = Table(
                name=key,
                columns=MappingProxyType(self.columns[oid]),
                constraints=tuple(self.constraints[oid]),
                schema=row[1],
                comment=row[8],
                owner=_owner(row),
                logged=row[19],
                row_security=row[20],
                forced=row[21],
                filtered=row[22],
                policies=tuple(row[23] or ()),
            )
        return found


def _key(row: Row) -> str:
    return str(row[2]) if row[4] else f'{row[1]}"."{row[2]}'


def _owner(row: Row) -> Owner:
    _, _, _, relkind, _, partition, inherited, extension = row[:8]
    if extension:
        return Owner.EXTENSION
    if relkind in ("v", "m"):
        return Owner.VIEW
    if relkind == "f":
        return Owner.FOREIGN
    if partition:
        return Owner.PARTITION
    return Owner.INHERITED if inherited else Owner.NOBODY


def _column(row: Row) -> Column:
    name, kind, not_null, identity, generated, default, collation, comment = row[10:18]
    serial = default is not None and not generated and SERIAL.match(default) is not None
    text = Expression(default) if default is not None or generated else None
    return Column(
        name=name,
        type=kind,
        nullable=not not_null,
        default=None if generated else text,
        auto=bool(identity) or serial,
        always=identity == "a",
        generated=text if generated else None,
        stored=generated != "v",
        collation=collation,
        comment=comment,
    )
