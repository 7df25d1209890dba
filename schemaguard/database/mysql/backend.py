"""The MySQL and MariaDB backend: catalog in, Schema out."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from django.db import transaction

from schemaguard.database.base import Backend
from schemaguard.database.mysql import casts, catalog, restating, spell
from schemaguard.database.mysql.collations import MySQLCollations, key_bytes
from schemaguard.database.mysql.definitions import definitions
from schemaguard.database.mysql.editor import ColumnRestatement
from schemaguard.database.mysql.judge import judge
from schemaguard.database.mysql.locking import MySQLLocking
from schemaguard.database.mysql.names import gives_name
from schemaguard.database.mysql.reading import CatalogReader, Server
from schemaguard.database.mysql.scratch import on_a_copy
from schemaguard.database.mysql.tables import column_of, resting_on
from schemaguard.database.mysql.types import links, normal_type
from schemaguard.schema.definitions import Hanging, Live
from schemaguard.schema.names import NameSpace
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Schema,
    Table,
)
from schemaguard.schema.text import canonical, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from schemaguard.database.rows import Row
    from schemaguard.database.statements import Names
    from schemaguard.schema.kinds import Kind
    from schemaguard.schema.questions import Answer, Question

LIMITED = frozenset(
    {"tinyblob", "blob", "mediumblob", "longblob", "tinytext", "text", "mediumtext", "longtext", "json"}
)
"""DatabaseWrapper._limited_data_types of Django's backend."""
WITHOUT_TRANSACTIONS = frozenset({"myisam", "aria", "memory", "csv", "archive"})


class MySQLBackend(Backend):
    vendor = dialect = "mysql"
    name_quote = "`"
    has_comments = is_altered_online = True
    restates_columns = goes_forward = indexes_foreign_keys = keeps_rests = takes_nothing_along = True
    keys_lose_numbers = uniques_are_indexes = True
    retypes = Backend.retypes | {"auto"}  # `integer AUTO_INCREMENT`
    longest_key = 3072  # of InnoDB, with the row format that it gives to new tables
    integers = frozenset({"smallint", "int", "bigint"})
    _server: Server | None = None
    """As of the last reading."""

    @property
    def locking(self) -> MySQLLocking:
        return MySQLLocking(self.connection)

    @property
    def collations(self) -> MySQLCollations:
        return MySQLCollations(self._rows, self._server.collation if self._server is not None else None)

    @property
    def remakes_checks(self) -> bool:  # type: ignore[override]
        """On MariaDB the check of a field is a part of its column's definition."""
        return not self._mariadb

    @property
    def keeps_unique_columns(self) -> bool:  # type: ignore[override]
        """MySQL narrows it, as every index."""
        return self._mariadb

    @property
    def keeps_length_under_keys(self) -> bool:  # type: ignore[override]
        return self._mariadb

    @property
    def may_keep_default(self) -> frozenset[str]:  # type: ignore[override]
        """Django's editor takes back what it gave for a moment; on MySQL not of these (`skip_default_on_alter`)."""
        return frozenset() if self._mariadb else LIMITED

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A session and transaction that cannot write; inside a transaction of the caller's, that one as it is.

        The rows are those of one moment; the catalog knows no snapshots.
        """
        if self.connection.in_atomic_block:
            with transaction.atomic(using=self.connection.alias):
                yield
            return
        # A READ ONLY transaction alone does not stop DDL on MariaDB, which commits first; a READ ONLY session does.
        names = catalog.modes(self.connection.mysql_version, mariadb=self._mariadb)  # type: ignore[attr-defined]
        self._rows(catalog.BEGIN_READING.format(**names))
        try:
            with transaction.atomic(using=self.connection.alias):
                yield
        finally:
            self._rows(catalog.END_READING.format(**names))

    def on_a_copy(self, rows_of: Collection[str]) -> AbstractContextManager[None]:
        return on_a_copy(self.connection, rows_of)

    def indexes(self, field: Any) -> bool:
        return restating.indexes(self.connection, field)

    def restated(self, before: Column, after: Column) -> Mapping[str, Any]:
        return restating.restated(before, after)

    def loses_check(self, before: Column, after: Column) -> bool:
        """MariaDB keeps the check of a column in its definition, MySQL beside it."""
        return self._mariadb and restating.is_modified(before, after)

    def qualifier(self) -> str:
        return f"{self.connection.ops.quote_name(str(self.connection.settings_dict['NAME']))}."

    @classmethod
    def gives_name(cls, name: str, table: str, constraint: Constraint) -> bool:
        return gives_name(name, constraint)

    def definitions(self, names: Collection[tuple[Kind, str]]) -> tuple[Live, ...]:
        return tuple(
            live for live in definitions(self._rows, self.connection.ops.quote_name) if (live.kind, live.name) in names
        )

    def spell(self, table: str, constraint: Constraint) -> str | None:
        return spell.spell(table, constraint, self.connection.ops.quote_name)

    def spell_drop(self, table: str, constraint: Constraint, names: Sequence[str] = ()) -> str | None:
        """A foreign key goes with the index that was made for it, where nothing else rests on that.

        An index that a foreign key rests on goes with another one in its place: InnoDB drops none alone (1553).
        """
        quote = self.connection.ops.quote_name
        if isinstance(constraint, Check) and constraint.name is None:  # MariaDB: part of its column's definition
            column = column_of(constraint, self._live(table, names))
            return f"ALTER TABLE {quote(table)} MODIFY {spell.column(column, quote)}"
        dropped = spell.dropped(table, constraint, quote, mariadb=self._mariadb)
        if isinstance(constraint, Index):
            key = resting_on(constraint, self._live(table, names))
            return dropped if key is None else f"{dropped}, {spell.index_for(key, quote)}"
        if not isinstance(constraint, ForeignKey) or not self._rows(catalog.LONELY_INDEX, [table, constraint.name] * 2):
            return dropped
        return f"{dropped}, DROP INDEX {quote(constraint.name or '')}"

    def stand_in(self, table: str, actual: Constraint, names: Sequence[str] = ()) -> Index | None:
        key = resting_on(actual, self._live(table, names)) if isinstance(actual, Index) else None
        if key is None:
            return None
        return Index(name=key.name, parts=tuple(IndexPart(column=name) for name in key.columns))

    def spell_parting(self, table: str, constraint: Constraint) -> Sequence[str] | None:
        """The index of a foreign key stays. MySQL drops none while another of the table joins what differs (3780)."""
        if isinstance(constraint, PrimaryKey):
            return ()  # `spell_key` drops it
        if not isinstance(constraint, ForeignKey):
            return None
        dropped = spell.dropped(table, constraint, self.connection.ops.quote_name, mariadb=self._mariadb)
        return "SET SESSION foreign_key_checks = 0", dropped, "SET SESSION foreign_key_checks = DEFAULT"

    def spell_key(self, table: str, key: PrimaryKey) -> str | None:
        """In one statement: a column that numbers its rows is never without a key, nor is a table that has to have one.

        The latter is `sql_require_primary_key`. A key that the server made goes with its column.
        """
        there = self._rows(catalog.KEY, [table])
        return spell.key_instead(table, key, there, self.connection.ops.quote_name) if there else None

    def spell_numbers(self, table: str, column: str, sequence: str | None) -> Iterator[str]:
        """AUTO_INCREMENT is for a column with a key alone; another column may be the primary one."""
        asked = (
            "SELECT column_name, column_type, column_key FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND table_name = %s"
        )
        columns = {name: (type_, key) for name, type_, key in self._rows(asked, [table])}
        type_, key = columns[column]
        quote = self.connection.ops.quote_name
        kind = "UNIQUE" if any(key == "PRI" for _, key in columns.values()) else "PRIMARY KEY"
        with_key = "" if key else f", ADD {kind} ({quote(column)})"
        yield f"ALTER TABLE {quote(table)} MODIFY {quote(column)} {type_} NOT NULL AUTO_INCREMENT{with_key}"

    def spell_validation(self, table: str, actual: Constraint) -> str:
        return spell.validated(table, actual, self.connection.ops.quote_name, mariadb=self._mariadb)

    def usual_name(self, table: str, column: str, label: str) -> str | None:
        """MySQL calls the checks of fields `…_chk_1` by their table; on MariaDB they have none."""
        if label == "key":
            return column
        return f"{table}_chk_1" if label == "chk" and not self._mariadb else None

    def spell_comment(self, table: str, comment: str | None) -> str:
        return f"ALTER TABLE {self.connection.ops.quote_name(table)} COMMENT = {literal(comment or '')}"

    def spell_table(self, table: str, expected: Any, actual: Any, names: Sequence[str] = ()) -> Iterator[str]:
        quoted = self.connection.ops.quote_name(table)
        if expected.engine != actual.engine:
            ((usual,),) = self._rows("SELECT @@default_storage_engine")
            yield f"ALTER TABLE {quoted} ENGINE = {expected.engine or usual}"
        if expected.collation != actual.collation:
            live = self._live(table, names)
            # A column that names no collation gets that of its table, which is the new one by then.
            columns = [live.columns[name] for name in self.collations.altered(live, expected, actual)]
            parts = [f"MODIFY {spell.column(each, self.connection.ops.quote_name)}" for each in columns]
            collation = expected.collation or self.collations.usual
            yield f"ALTER TABLE {quoted} {', '.join([f'DEFAULT COLLATE = {collation}', *parts])}"

    def spell_rename(self, table: str, constraint: Constraint, new_name: str) -> str | None:
        return spell.renamed(table, constraint, new_name, self.connection.ops.quote_name)

    def restate(
        self, editor: Any, table: str, expected: Column, actual: Column, default: Any, dropped: Names = frozenset()
    ) -> None:
        kept = actual.default if self.answers().may_have_default(actual) else None
        ColumnRestatement(editor, table, expected, actual, default=default, kept=kept, dropped=dropped).run()

    def reshaped(self, table: Table, expected: Any, actual: Any) -> Collection[str]:
        if expected.engine != actual.engine:
            return table.columns.keys()
        return self.collations.altered(table, expected, actual).keys()

    def hanging(self, *dropped: Collection[tuple[str, str | None]]) -> tuple[tuple[Hanging, ...], ...]:
        """The foreign keys that keep a table or a column: those that point at it, and a column's own."""
        keys = self._rows(str(catalog.FOREIGN_KEYS))
        return tuple(tuple(self._hanging(keys, each)) for each in dropped)

    @staticmethod
    def _hanging(keys: Iterable[Row], dropped: Collection[tuple[str, str | None]]) -> Collection[Hanging]:
        found = {}
        for table, name, column, schema, target, target_column, _, _, database, _ in keys:
            points = schema == database and {(target, None), (target, target_column)} & set(dropped)
            if (points and (table, None) not in dropped) or (table, column) in dropped:
                found[table, name] = Hanging(f"foreign key {name} of {table}", table=table, key=name)
        return found.values()

    def length(self, column: str, expected: str = "", actual: str = "") -> str:
        text = f"CAST({column} AS CHAR)"
        return f"CHAR_LENGTH({casts.without_hyphens(text) if casts.loses_hyphens(expected, actual) else text})"

    @property
    def cuts_keys(self) -> bool:  # type: ignore[override]
        return self._mariadb

    def key_bytes(self, key: Index | PrimaryKey, types: Mapping[str, str], collations: Mapping[str, str]) -> int:
        # MariaDB cuts a long key of one column, and hashes those of a long unique one.
        if self._mariadb and isinstance(key, Index) and (key.unique or len(key.parts) == 1):
            return 0
        return key_bytes(key, types, collations)

    def links(self, type_: str, target: str) -> bool:
        return links(type_, target)

    @property
    def links_unique_keys_alone(self) -> bool:  # type: ignore[override]
        """MySQL 8.4 and later, unless they are told otherwise (`restrict_fk_on_non_standard_key`)."""
        return self._server is not None and self._server.links_unique_keys_alone

    @property
    def readers_keep_names(self) -> bool:  # type: ignore[override]
        return not self._mariadb

    @property
    def wants_keys(self) -> bool:  # type: ignore[override]
        """`sql_require_primary_key` of MySQL."""
        return self._server is not None and self._server.wants_keys

    @property
    def makes_keys(self) -> bool:  # type: ignore[override]
        """`sql_generate_invisible_primary_key` of MySQL."""
        return self._server is not None and self._server.makes_keys

    def rolls_back(self, table: Table) -> bool:
        return (table.engine or "").lower() not in WITHOUT_TRANSACTIONS

    def largest_integer(self, type_: str) -> int | None:
        return casts.largest(type_)

    def refuses_casts(self, expected: str, actual: str) -> bool:
        return casts.refuses(expected, actual)

    def changed_values(self, column: str, expected: str, actual: str) -> str | None:
        return casts.changed_values(column, expected, actual)

    def table_definition(self, table: Table) -> tuple[list[str], list[str]]:
        """The foreign keys are part of the table."""
        rows = self._rows(f"SHOW CREATE TABLE {self.connection.ops.quote_name(table.name)}")
        return [str(text) for _, text, *_ in rows], []

    def spaces(self, shape: Constraint) -> Collection[NameSpace]:
        """Since MariaDB 12.1 the foreign keys of each table have names of their own."""
        version: Any = self.connection.mysql_version  # type: ignore[attr-defined]  # of Django's MySQL wrapper
        match shape:
            case ForeignKey():
                return (NameSpace.TABLE_KEYS if self._mariadb and version >= (12, 1) else NameSpace.SCHEMA_KEYS,)
            case Check():
                return (NameSpace.TABLE_CHECKS if self._mariadb else NameSpace.SCHEMA_CHECKS,)
        return (NameSpace.TABLE_INDEXES,)

    def as_text(self, column: str) -> str:
        return f"CAST({column} AS char)"

    def is_text(self, column: str, text: str) -> str:
        return f"CAST({column} AS binary) = {literal(text)}"

    def normal_type(self, text: str) -> str:
        return normal_type(text)

    def read(self, *, schemas: Collection[str] = ()) -> Schema:
        """The tables of the connection's own database. `schemas` means nothing here: there are none within one."""
        version: Any = self.connection.mysql_version  # type: ignore[attr-defined]  # of Django's MySQL wrapper
        reader = CatalogReader(self._rows, version, mariadb=self._mariadb)
        schema = reader.read()
        self.next_numbers, self._server = reader.next_numbers, reader.server
        return schema

    def _live(self, table: str, names: Sequence[str]) -> Table:
        """The table as it is, under whichever of its names it has now."""
        tables = self.read().tables
        return next(tables[name] for name in (table, *names) if name in tables)

    def same(self, questions: Collection[Question]) -> Mapping[Question, Answer]:
        """What reads the same in MySQL's own spelling is the same; the server judges the rest."""
        found = {question: self._by_text(question) for question in questions}
        judged = judge(self.connection, [each for each, answer in found.items() if answer is None])
        return {**found, **judged}

    def _by_text(self, question: Question) -> Answer:
        if question.kind == "type":
            return self.normal_type(question.expected) == self.normal_type(question.actual)
        expected, actual = canonical(question.expected, quote="`"), canonical(question.actual, quote="`")
        return True if expected == actual else None

    @property
    def _mariadb(self) -> bool:
        return bool(self.connection.mysql_is_mariadb)  # type: ignore[attr-defined]  # of Django's MySQL wrapper

    def _rows(self, sql: str, params: Sequence[str | None] | None = None) -> list[Row]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchall() if cursor.description else ()
        # MySQL 8 gives some texts of information_schema as bytes.
        return [tuple(value.decode() if isinstance(value, bytes) else value for value in row) for row in rows]
