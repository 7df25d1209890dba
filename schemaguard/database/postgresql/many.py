"""Many schemas of one database, read together: five queries, however many they are."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemaguard.database.postgresql import catalog, many_catalog
from schemaguard.database.postgresql.backend import NONDETERMINISTIC, PostgreSQLBackend
from schemaguard.database.postgresql.in_schema import enter, in_schemas, tenants
from schemaguard.database.postgresql.sequences import read_sequences
from schemaguard.database.postgresql.tables import Tables
from schemaguard.schema.kinds import COMPARED, Kind
from schemaguard.schema.objects import Schema
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from schemaguard.database.rows import Row

Definition = tuple[Any, ...]
SIMPLE = re.compile(r"[a-z_][a-z0-9_$]*\Z")
VISIBLE_ONES = f"SELECT * FROM ({catalog.DEFINITIONS}) found(word, name, sql, columns, enabled, visible) WHERE visible"

__all__ = [
    "SchemaBackend", "SchemaInfo", "busy_schemas", "definitions_of_many", "enter", "in_schemas", "read_many", "schemas",
    "tenants",
]  # fmt: skip


@value(frozen=True, slots=True)
class SchemaInfo:
    """A schema of a database: whether this role may use it, and whether it has records, and may read them."""

    name: str
    usable: bool
    has_records: bool
    readable: bool


def schemas(connection: Any) -> list[SchemaInfo]:
    """Every schema but the server's own, by name."""
    with connection.cursor() as cursor:
        cursor.execute(many_catalog.SCHEMAS)
        return [SchemaInfo(*row) for row in cursor.fetchall()]


def busy_schemas(connection: Any) -> tuple[frozenset[str], dict[str, str]]:
    """Those in which somebody keeps a table from everybody; and schema → whose migrate or reconcile works in it."""
    with connection.cursor() as cursor:
        cursor.execute(many_catalog.BUSY)
        rows = cursor.fetchall()
    return (
        frozenset(name for name, who in rows if who is None),
        {name: who.removeprefix("schemaguard: ") for name, who in rows if who is not None},
    )


class SchemaBackend(PostgreSQLBackend):
    """One schema of a database. Its connection leads there (`in_schema.enter`) while it is asked anything."""

    schema_name: str

    def __init__(self, connection: Any, schema: str) -> None:
        super().__init__(connection)
        self.schema_name = schema
        self._forget()

    def _forget(self) -> None:
        self._elsewhere = {}
        self._definitions = {}

    def read(self, *, schemas: Collection[str] = ()) -> Schema:
        self._forget()
        ((_, schema),) = read_many([self], sorted(self._locked), schemas)
        return schema

    def _definition_rows(self, asked: Mapping[str, Any]) -> list[Row]:
        timeout = self._lock_timeout()
        with self.reading():
            if timeout:
                self._rows(timeout)
            return self._rows(VISIBLE_ONES, asked)

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        return self._rows(sql, params)

    @property
    def asked_definitions(self) -> Collection[frozenset[tuple[Kind, str]]]:
        """What `definitions` was asked for since the last `read`."""
        return self._definitions.keys()

    @property
    def settings(self) -> str:
        """What the first query of a reading sets for its transaction."""
        return self._settings()

    def rows_of_version(self, query: str, params: Mapping[str, Any]) -> list[Row]:
        """Of a query that depends on the version of the server."""
        return self._rows(catalog.for_version(query, self._version), params)


def definitions_of_many(
    backends: Sequence[SchemaBackend], names: Collection[tuple[Kind, str]]
) -> dict[str, frozenset[Definition]]:
    """What these things, asked for by (kind, name), are in each of the schemas: alike where they are alike there."""
    by_kind = {each.value: sorted(n for k, n in names if k is each) for each in COMPARED}
    found: dict[str, set[Definition]] = {each.schema_name: set() for each in backends}
    first = backends[0]
    with first.reading():
        rows = first.rows(many_catalog.DEFINITIONS, {**by_kind, "schemas": list(found), "blind": False})
    bare = {name: _bare_names(name) for name in found}
    for word, name, sql, columns, enabled, home in rows:
        found[home].add((word, name, bare[home](sql or ""), tuple(columns or ()), enabled))
    return {home: frozenset(values) for home, values in found.items()}


def read_many(
    backends: Sequence[SchemaBackend], locked: Sequence[int], named: Collection[str]
) -> Iterator[tuple[SchemaBackend, Schema]]:
    """The live catalog of each, in a reading of the first one. `named`: schemas that models name by themselves."""
    first = backends[0]
    names = [each.schema_name for each in backends]
    others_named = sorted(set(named) - set(names))
    scope: dict[str, Any] = {"schemas": names, "named": others_named, "locked": list(locked)}
    columns = _by_schema(first.rows(many_catalog.COLUMNS.format(settings=first.settings), scope), lambda row: row[1])
    home_of = {row[0]: schema for schema, rows in columns.items() for row in rows}

    def home(row: Row) -> str:
        return home_of.get(row[0], "")

    rows = _Rows(
        named=others_named,
        columns=columns,
        constraints=_by_schema(first.rows_of_version(many_catalog.CONSTRAINTS, scope), home),
        indexes=_by_schema(first.rows_of_version(many_catalog.INDEXES, scope), home),
        others=first.rows(many_catalog.OTHERS, scope),
        sequences=_by_schema(first.rows(many_catalog.SEQUENCES, scope), lambda row: row[1]),
    )
    for backend in backends:
        yield backend, rows.schema(backend)


@dataclass(kw_only=True, slots=True)
class _Rows:
    """What the queries found, by the schema that it stands in."""

    named: Sequence[str]
    columns: Mapping[str, list[Row]]
    constraints: Mapping[str, list[Row]]
    indexes: Mapping[str, list[Row]]
    sequences: Mapping[str, list[Row]]
    others: list[Row]

    def schema(self, backend: SchemaBackend) -> Schema:
        """One of them, as its own backend would have read it."""
        name = backend.schema_name
        bare = _bare_names(name)

        def of_it(found: Mapping[str, list[Row]], texts: Sequence[int], visible: int | None = None) -> list[Row]:
            """Its rows, and those of the schemas that models name: these are not at home. By the numbers of columns."""
            mine = [_with(row, texts, bare, visible, is_home=True) for row in found.get(name, ())]
            named = (row for each in self.named for row in found.get(each, ()))
            return mine + [_with(row, (), bare, visible, is_home=False) for row in named]

        tables = Tables(of_it(self.columns, (11, 15), 4))
        tables.add_constraints(of_it(self.constraints, (13,)))
        tables.add_indexes(of_it(self.indexes, (10, 11)))
        sequences, unseen = read_sequences(of_it(self.sequences, (0,), 11))
        backend.nondeterministic = frozenset(each for word, each, _ in self.others if word == NONDETERMINISTIC)
        backend.unreadable = tables.unreadable()
        return Schema(
            vendor=backend.vendor,
            tables=MappingProxyType(tables.built()),
            others=frozenset(
                (Kind(word), each)
                for word, each, home in self.others
                if home in (None, name) and word != NONDETERMINISTIC
            ),
            kinds=catalog.KINDS,
            others_of_every_schema=True,
            sequences=sequences,
            unseen=unseen,
        )


def _by_schema(rows: list[Row], schema_of: Callable[[Row], str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[schema_of(row)].append(row)
    return found


def _with(row: Row, texts: Sequence[int], bare: Callable[[str], str], visible: int | None, *, is_home: bool) -> Row:
    """The row as it is read where the search path leads to its schema first."""
    changed: list[Any] | None = None
    if visible is not None and row[visible] is not is_home:
        changed = list(row)
        changed[visible] = is_home
    for position in texts:
        text = row[position]
        if text is None:
            continue
        new = [bare(each) for each in text] if isinstance(text, list) else bare(text)
        if new != text:
            changed = changed if changed is not None else list(row)
            changed[position] = new
    return tuple(changed) if changed is not None else row


def _bare_names(schema: str) -> Callable[[str], str]:
    """Takes the name of a schema off the names in SQL as the server prints it.

    In a text in quotes it stands only as the name of a relation: `nextval('tenant.shop_id_seq'::regclass)`.
    """
    quoted = '"' + schema.replace('"', '""') + '".'
    spellings = [quoted, f"{schema}."] if SIMPLE.match(schema) else [quoted]
    names = "|".join(map(re.escape, spellings))
    token = re.compile(
        rf"""'(?:{names})?((?:[^']|'')*'::regclass)|('(?:[^']|'')*')|(?<![\w$".])(?:{names})|("(?:[^"]|"")*")"""
    )

    def spelled(match: re.Match[str]) -> str:
        relation, text, name = match.groups()
        return f"'{relation}" if relation is not None else (text or name or "")

    def bare(text: str) -> str:
        return token.sub(spelled, text) if any(each in text for each in spellings) else text

    return bare
