"""Reads the catalog: rows of information_schema in, a Schema out."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemaguard.database.mysql import catalog
from schemaguard.database.mysql.spell import is_hidden_key
from schemaguard.database.mysql.tables import (
    beside_keys,
    foreign_key,
    in_order,
    is_json,
    names_in,
)
from schemaguard.database.mysql.types import normal_type
from schemaguard.database.rows import Row, grouped
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Schema,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

OTHERS = ("VIEW", "SEQUENCE")
ROW_END = "ROW END"
JSON_COLLATION = "utf8mb4_bin"
_INTRODUCER = re.compile(r"\b_utf8mb[34](?=')")


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """What the server and the database are set to. `collation` is that of a new table."""

    collation: str
    engine: str
    ignores_case: bool
    links_unique_keys_alone: bool
    wants_keys: bool
    makes_keys: bool
    keeps_history: bool


class CatalogReader:
    """After `read`, `server` has its settings, and `next_numbers`, by table, what its AUTO_INCREMENT gives next."""

    server: Server
    next_numbers: Mapping[str, int]

    def __init__(self, rows: Callable[[str], list[Row]], version: tuple[int, ...], *, mariadb: bool) -> None:
        """`rows` runs a query."""
        self.rows = rows
        self.version = version
        self.mariadb = mariadb

    def read(self) -> Schema:
        """The tables of the connection's own database."""
        asked = self._asked()
        ((collation, engine, case, unique, wanted, made, history),) = asked["server"]
        self.server = Server(
            collation=collation, engine=engine, ignores_case=case != "0", links_unique_keys_alone=unique != "0",
            wants_keys=wanted != "0", makes_keys=made != "0", keeps_history=history != "KEEP",
        )  # fmt: skip
        columns = grouped(sorted(asked["column"], key=lambda row: int(row[-1])), key=itemgetter(0))
        row_ends = {row[:2] for row in asked["column"] if row[8] == ROW_END}
        constraints = self._constraints(asked, row_ends)
        columns = self._without_hidden_keys(columns, constraints)
        others = {(Kind.TRIGGER, name) for (name,) in asked["trigger"]} | {
            (Kind.FUNCTION, name) for (name,) in asked["routine"]
        }
        found = {}
        for name, kind, comment, of_table, of_engine, _ in sorted(asked["table"]):
            if kind in OTHERS:
                others.add((Kind(kind.lower()), name))
                continue
            if kind != "BASE TABLE" and kind != "SYSTEM VERSIONED":
                continue
            json = self._json_checks(columns[name], constraints[name])
            usual = {of_table, collation}
            found[name] = Table(
                name=name,
                columns=MappingProxyType({row[1]: self._column(row, usual, row[1] in json) for row in columns[name]}),
                constraints=tuple(each for each in constraints[name] if each not in json.values()),
                comment=comment or None,
                engine=of_engine if of_engine != engine else None,
                collation=of_table if of_table != collation else None,
                keeps_history=kind == "SYSTEM VERSIONED" and self.server.keeps_history,
            )
        self.next_numbers = {row[0]: int(row[5]) for row in asked["table"] if row[5] is not None}
        return Schema(
            vendor="mysql",
            tables=MappingProxyType(found),
            others=frozenset(others),
            kinds=catalog.KINDS | {Kind.SEQUENCE} if self.mariadb else catalog.KINDS,
            ignores_name_case=self.server.ignores_case,
        )

    def _asked(self) -> Mapping[str, list[Row]]:
        """The rows of each query, as one statement gives them."""
        queries = {
            "server": catalog.server(self.version, mariadb=self.mariadb),
            "table": catalog.TABLES,
            "trigger": catalog.TRIGGERS,
            "routine": catalog.ROUTINES,
            "column": catalog.COLUMNS,
            "index": catalog.indexes(self.version, mariadb=self.mariadb),
            "key": catalog.FOREIGN_KEYS,
            "check": catalog.mariadb_checks(self.version) if self.mariadb else catalog.MYSQL_CHECKS,
        }
        if not self.mariadb:
            queries["checked"] = catalog.CHECKED_TABLES
        found: dict[str, list[Row]] = {name: [] for name in queries}
        for name, *row in self.rows(catalog.as_one(queries)):
            found[name].append(tuple(row[: len(queries[name].columns)]))
        return found

    def _without_hidden_keys(
        self, columns: dict[str, list[Row]], constraints: dict[str, list[Constraint]]
    ) -> dict[str, list[Row]]:
        """The columns but for those that the server gave to tables without a key. It takes their keys from the rest."""
        for table, rows in columns.items():
            hidden = {row[1] for row in rows if is_hidden_key(row[1], row[5])}
            if hidden:
                columns[table] = [row for row in rows if row[1] not in hidden]
                constraints[table] = [each for each in constraints[table] if hidden.isdisjoint(each.columns)]
        return columns

    def _column(self, row: Row, usual: Collection[str | None], is_json: bool) -> Column:
        _, name, kind, nullable, default, extra, collation, comment, generated, _ = row
        extra = extra.lower()
        return Column(
            name=name,
            type="json" if is_json else normal_type(kind),
            nullable=nullable == "YES",
            default=None if generated else self._default(default, kind, extra),
            auto="auto_increment" in extra,
            generated=Expression(self._unescaped(generated), names_in(generated)) if generated else None,
            stored="virtual" not in extra,
            collation=None if collation in ((JSON_COLLATION,) if is_json else usual) else collation,
            comment=comment or None,
        )

    def _json_checks(self, columns: Iterable[Row], constraints: Iterable[Constraint]) -> Mapping[str, Constraint]:
        """MariaDB's type JSON is longtext, sorted by bytes, with a check of its own: by column, that check.

        CONVERT TO CHARACTER SET gives it another collation, as if it were any text.
        """
        texts = {row[1] for row in columns if row[2].lower() == "longtext"}
        return {
            each.columns[0]: each
            for each in constraints
            if isinstance(each, Check) and is_json(each) and texts.issuperset(each.columns) and self.mariadb
        }

    def _default(self, text: str | None, kind: str, extra: str) -> Expression | None:
        """MariaDB gives SQL, and NULL for none; MySQL gives the bare value, or SQL where `extra` says so."""
        if text is None or (self.mariadb and text == "NULL"):
            return None
        if self.mariadb:
            return Expression(text)
        if "default_generated" in extra:
            return Expression(self._unescaped(text))
        bare = re.match(r"(?:\w*int|decimal|float|double|bit)\b", kind) is not None
        return Expression(text if bare else "'" + text.replace("\\", "\\\\").replace("'", "''") + "'")

    def _expression(self, text: str) -> Expression:
        return Expression(self._unescaped(text), names_in(text))

    def _unescaped(self, text: str) -> str:
        """MySQL shows an expression as the inside of a string: `_utf8mb4\\'x\\'` for 'x'."""
        return text if self.mariadb else _INTRODUCER.sub("", re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL))

    def _constraints(self, asked: Mapping[str, list[Row]], row_ends: Collection[Row]) -> dict[str, list[Constraint]]:
        """`row_ends` are (table, column), of system-versioned tables: the server adds one to each unique key."""
        found: dict[str, list[Constraint]] = defaultdict(list)
        for (table, name), rows in grouped(in_order(asked["key"]), key=itemgetter(0, 1)).items():
            found[table].append(foreign_key(name, rows))
        keyed = (row for row in in_order(asked["index"]) if (row[0], row[3]) not in row_ends)
        for (table, name), rows in grouped(keyed, key=itemgetter(0, 1)).items():
            keys = [each for each in found[table] if isinstance(each, ForeignKey)]
            found[table] += beside_keys(keys, self._index(name, rows))
        for table, name, clause, level, enforced in self._checks(asked):
            columns = names_in(clause)
            found[table].append(
                Check(
                    expression=Expression(self._unescaped(clause), columns),
                    columns=tuple(sorted(columns)),
                    name=None if level == "Column" else name,
                    enforced=enforced == "YES",
                )
            )
        return found

    def _checks(self, asked: Mapping[str, list[Row]]) -> list[Row]:
        if self.mariadb:
            return sorted(asked["check"])
        checked = {name: (table, enforced) for name, table, enforced in asked["checked"]}
        return sorted(
            (table, name, clause, "Table", enforced)
            for name, clause in asked["check"]
            for table, enforced in ([checked[name]] if name in checked else [])
        )

    def _index(self, name: str, rows: list[Row]) -> Constraint:
        if name == "PRIMARY":
            return PrimaryKey(columns=tuple(row[3] for row in rows), name=name)
        unique = rows[0][2] == "0"
        # The length of a prefix (`KEY (title(10))`) stands where other databases have the operator class.
        parts = tuple(
            IndexPart(
                column=column,
                expression=None
                if column is not None
                else Expression(self._unescaped(text or ""), names_in(text or "")),
                descending=order == "D",
                opclass=None if prefix is None or method != "BTREE" else f"({prefix})",
            )
            for _, _, _, column, order, prefix, method, text, _, _ in rows
        )
        return Index(
            name=name,
            parts=parts,
            unique=unique,
            method="btree" if unique and self.mariadb else rows[0][6].lower(),  # a long one is hashed
            constraint=unique,
            visible=rows[0][8] != "1",
        )
