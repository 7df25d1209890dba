"""Columns: dropped, added, renamed, and each attribute of `Column` given another value."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Exclusion,
    Expression,
    ForeignKey,
    Index,
    PrimaryKey,
    Schema,
    Table,
)
from tests.matrix.alterations import Alteration
from tests.matrix.spelling import NEW, anew, column, quoted, relation

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = ("varchar", "character varying", "text", "char", "citext", "longtext")
COLUMN = frozenset({Kind.COLUMN})


def of_columns(schema: Schema, table: Table) -> Iterator[Alteration]:
    for shape in table.columns.values():
        yield from _Of(schema, table, shape).all()
    whole = _Of(schema, table, Column(name=NEW, type="integer", nullable=True))
    yield whole.added("nullable", whole.column)
    yield whole.added("with a default", replace(whole.column, nullable=False, default=Expression("1")))
    yield whole.added("required", replace(whole.column, nullable=False))


class _Of:
    """One column of one table. SQLite writes the table anew; PostgreSQL has a statement for everything."""

    def __init__(self, schema: Schema, table: Table, shape: Column) -> None:
        self.table = table
        self.column = shape
        self.vendor = schema.vendor
        self.postgres = schema.vendor == "postgresql"

    def all(self) -> Iterator[Alteration]:
        yield self._dropped()
        yield self._renamed()
        yield from self._types()
        yield from self._nullable()
        yield from self._defaults()
        yield from self._numbering()
        yield from self._generated()
        yield from self._collations()
        if self.postgres:
            yield from self._comments()

    def made(self, attribute: str, way: str, *sql: str, **more: Any) -> Alteration:
        return Alteration(
            **{
                "vendor": self.vendor,
                "kind": "column",
                "attribute": attribute,
                "way": way,
                "table": self.table.name,
                "name": self.column.name,
                "columns": frozenset({self.column.name}),
                "finds": COLUMN,
                "sql": sql,
                **more,
            }
        )

    def alter(self, what: str) -> str:
        return f"ALTER TABLE {relation(self.table)} ALTER COLUMN {quoted(self.column.name)} {what}"

    def to(self, attribute: str, way: str, shape: Column, *postgres: str) -> Alteration:
        """The column in another shape: PostgreSQL's statements, or SQLite's table written anew."""
        if self.postgres:
            return self.made(attribute, way, *postgres)
        columns = {each.name: shape if each is self.column else each for each in self.table.columns.values()}
        return self.made(attribute, way, *anew(self.table, replace(self.table, columns=columns)))

    # ---------------------------------------------------------------------------------------------- there or not
    def _dropped(self) -> Alteration:
        name = self.column.name
        if self.postgres:
            return self.made("dropped", "", f"ALTER TABLE {relation(self.table)} DROP COLUMN {quoted(name)}")
        columns = {each: shape for each, shape in self.table.columns.items() if each != name}
        kept = tuple(each for each in self.table.constraints if name not in _read(each))
        return self.made("dropped", "", *anew(self.table, replace(self.table, columns=columns, constraints=kept)))

    def _renamed(self) -> Alteration:
        statement = f"ALTER TABLE {relation(self.table)} RENAME COLUMN {quoted(self.column.name)} TO {quoted(NEW)}"
        return self.made("name", "renamed", statement, names=frozenset({NEW}))

    def added(self, way: str, shape: Column) -> Alteration:
        add = f"ALTER TABLE {relation(self.table)} ADD COLUMN {column(shape)}"
        if shape.nullable or shape.default is not None:
            return self.made("added", way, add)
        if self.postgres:
            filled = f"{add} DEFAULT 1"
            return self.made("added", way, filled, self.alter("DROP DEFAULT"))
        columns = {**self.table.columns, NEW: shape}
        first = next(name for name, each in self.table.columns.items() if each.generated is None)
        pairs = {name: name for name in self.table.columns} | {NEW: first}
        return self.made("added", way, *anew(self.table, replace(self.table, columns=columns), pairs))

    # ------------------------------------------------------------------------------------------------- attributes
    def _types(self) -> Iterator[Alteration]:
        if self.column.generated is not None:
            return
        for way, kind in other_types(self.column.type, self.vendor):
            name = quoted(self.column.name)
            through = f"{name}::integer" if self.column.type == "boolean" else name
            statement = self.alter(f"TYPE {kind} USING ({through})::{kind}")
            yield self.to("type", way, replace(self.column, type=kind), statement)

    def _nullable(self) -> Iterator[Alteration]:
        if not self.postgres and self.column.type == "integer" and _is_key(self.table, self.column.name):
            return  # the row's own number, which is never null, whatever is said
        other = replace(self.column, nullable=not self.column.nullable)
        if self.column.nullable:
            yield self.to("nullable", "made required", other, self.alter("SET NOT NULL"))
        else:
            yield self.to("nullable", "made optional", other, self.alter("DROP NOT NULL"))

    def _defaults(self) -> Iterator[Alteration]:
        if self.column.auto or self.column.generated is not None:
            return
        if self.column.default is not None:
            yield self.to("default", "taken away", replace(self.column, default=None), self.alter("DROP DEFAULT"))
        text = another_value(self.column)
        if text is not None:
            way = "given by hand" if self.column.default is None else "another value"
            other = replace(self.column, default=Expression(text))
            yield self.to("default", way, other, self.alter(f"SET DEFAULT {text}"))
        if self.column.default is not None and _is_text(self.column):
            other = replace(self.column, default=Expression("lower('X')"))
            yield self.to("default", "an expression", other, self.alter("SET DEFAULT lower('X')"))

    def _numbering(self) -> Iterator[Alteration]:
        name = self.column.name
        number = self.column.type in ("integer", "bigint", "smallint")
        if self.column.auto:
            taken = (self.alter("DROP IDENTITY"),)
            yield self.to("auto", "taken away", replace(self.column, auto=False), *taken)
            if self.postgres:
                sequence = f'"{self.table.schema}"."numbers_by_hand"'
                full = relation(self.table)
                serial = (
                    f"CREATE SEQUENCE {sequence} OWNED BY {full}.{quoted(name)}",
                    self.alter(f"SET DEFAULT nextval('{sequence}')"),
                    f"SELECT setval('{sequence}', 1000)",
                )
                yield self.made("auto", "a serial in place of an identity", *taken, *serial)
                sequences = COLUMN | {Kind.SEQUENCE}
                maybe_noop_ops = serial[0].partition(" OWNED")[0]
                way = "a sequence that nobody owns"
                yield self.made("auto", way, *taken, maybe_noop_ops, serial[1], serial[2], finds=sequences)
                yield self.made("auto", f"{way}, behind the rows", *taken, maybe_noop_ops, serial[1], finds=sequences)
                yield self.made("always", "always", self.alter("SET GENERATED ALWAYS"))
        elif number and self.postgres and not self.column.nullable and self.column.default is None:
            given = self.alter("ADD GENERATED BY DEFAULT AS IDENTITY (START 1000)")
            yield self.made("auto", "given by hand", given)
            yield self.made("always", "given by hand", given.replace("BY DEFAULT", "ALWAYS"))
        elif number and _is_key(self.table, name) and self.column.type == "integer":
            yield self.to("auto", "given by hand", replace(self.column, auto=True))

    def _generated(self) -> Iterator[Alteration]:
        shape, name = self.column, quoted(self.column.name)
        again = f"ALTER TABLE {relation(self.table)} DROP COLUMN {name}, ADD COLUMN "
        if shape.generated is None:
            formula = another_value(shape)
            if formula is not None and not _is_read(self.table, shape.name):
                other = replace(shape, generated=Expression(formula), default=None, nullable=True)
                yield self.to("generated", "made generated", other, again + column(other))
            return
        plain = replace(shape, generated=None)
        if self.postgres:
            yield self.made("generated", "made plain", self.alter("DROP EXPRESSION"))
        else:
            columns = {each.name: plain if each is shape else each for each in self.table.columns.values()}
            sql = anew(self.table, replace(self.table, columns=columns))
            yield self.made("generated", "made plain", *sql)
        for way, text in (("another expression", another_value(shape)), ("the same in another spelling", None)):
            formula = text if text is not None else f"(({shape.generated.text}))"
            if way != "another expression" or text is not None:
                other = replace(shape, generated=Expression(formula))
                remade = [again + column(other), *indexes_again(self.table, shape.name)]
                yield self.to("generated", way, other, *remade)
        other = replace(shape, stored=not shape.stored)
        yield self.to("stored", "virtual" if shape.stored else "stored", other, again + column(other))

    def _collations(self) -> Iterator[Alteration]:
        if not _is_text(self.column) or self.column.generated is not None:
            return
        other = "C" if self.postgres else "NOCASE"
        if self.column.collation is not None:
            plain = replace(self.column, collation=None)
            text = self.alter(f'TYPE {self.column.type} COLLATE "default"')
            yield self.to("collation", "taken away", plain, text)
        if self.column.collation != other:
            way = "given by hand" if self.column.collation is None else "another"
            text = self.alter(f'TYPE {self.column.type} COLLATE "{other}"')
            yield self.to("collation", way, replace(self.column, collation=other), text)

    def _comments(self) -> Iterator[Alteration]:
        on = f"COMMENT ON COLUMN {relation(self.table)}.{quoted(self.column.name)} IS "
        finds = COLUMN | {Kind.COMMENT}
        if self.column.comment is None:
            yield self.made("comment", "given by hand", f"{on}'by hand'", finds=finds)
        else:
            yield self.made("comment", "another", f"{on}'by hand'", finds=finds)
            yield self.made("comment", "taken away", f"{on}NULL", finds=finds)


# ------------------------------------------------------------------------------------------------- other values
SIZED = re.compile(r"(varchar|character varying|char|character)\((\d+)\)(.*)")
NUMERIC = re.compile(r"(numeric|decimal)\((\d+), ?(\d+)\)(.*)")
POSTGRES_TYPES = {
    "smallint": [("wider", "integer"), ("another", "numeric(9,0)")],
    "integer": [("wider", "bigint"), ("narrower", "smallint"), ("another", "numeric(12,0)")],
    "bigint": [("narrower", "integer"), ("another", "numeric(20,0)")],
    "text": [("narrower", "character varying(500)"), ("another", "character(60)")],
    "boolean": [("another", "smallint")],
    "uuid": [("wider", "text"), ("another", "character varying(36)")],
    "date": [("wider", "timestamp with time zone")],
    "timestamp with time zone": [("narrower", "date"), ("another", "timestamp without time zone")],
    "jsonb": [("another", "json"), ("wider", "text")],
    "double precision": [("another", "numeric")],
}
MYSQL_TYPES = {
    "smallint": [("wider", "int"), ("another", "decimal(9,0)")],
    "int": [("wider", "bigint"), ("narrower", "smallint"), ("another", "decimal(12,0)"), ("unsigned", "int unsigned")],
    "bigint": [("narrower", "int"), ("another", "decimal(20,0)"), ("unsigned", "bigint unsigned")],
    "int unsigned": [("wider", "bigint unsigned"), ("signed", "int")],
    "longtext": [("narrower", "text"), ("another", "varchar(500)")],
    "tinyint(1)": [("wider", "int")],
    "uuid": [("another", "char(36)"), ("wider", "varchar(36)")],
    "date": [("wider", "datetime(6)")],
    "datetime(6)": [("narrower", "datetime"), ("another", "timestamp(6)")],
    "json": [("another", "longtext")],
    "double": [("another", "decimal(30,10)"), ("narrower", "float")],
}
SQLITE_TYPES = {
    "integer": [("wider", "bigint"), ("narrower", "smallint"), ("another", "text")],
    "bigint": [("narrower", "integer")],
    "text": [("narrower", "varchar(500)")],
    "bool": [("another", "integer")],
    "decimal": [("another", "real")],
    "datetime": [("narrower", "date")],
    "date": [("wider", "datetime")],
}


def other_types(kind: str, vendor: str) -> Iterator[tuple[str, str]]:
    """Other types that its values fit, with the way in which they are other."""
    if sized := SIZED.fullmatch(kind):
        base, size, rest = sized[1], int(sized[2]), sized[3]
        yield "wider", f"{base}({size + 45}){rest}"
        if size > 1:
            yield "narrower", f"{base}({size - 1}){rest}"
        if not rest:
            yield "another", "text"
        return
    if numeric := NUMERIC.fullmatch(kind):
        base, digits, places, rest = numeric[1], int(numeric[2]), int(numeric[3]), numeric[4]
        yield "wider", f"{base}({digits + 3}, {places + 1}){rest}"
        yield "narrower", f"{base}({digits - 1}, {places}){rest}"
        if not rest:
            yield "another", "real" if vendor == "sqlite" else "double precision"
        return
    known = {"postgresql": POSTGRES_TYPES, "sqlite": SQLITE_TYPES, "mysql": MYSQL_TYPES}[vendor]
    yield from known.get(kind, [("another", "text")])


def another_value(column: Column) -> str | None:
    """A constant that fits the type and is not the default."""
    kind = column.type
    current = (column.default.text if column.default is not None else None) or ""
    if kind in ("smallint", "integer", "bigint", "int") or kind.startswith(
        ("numeric", "decimal", "real", "double", "integer ", "int ", "smallint ", "bigint ")
    ):
        return "7" if current != "7" else "8"
    if kind in ("boolean", "bool", "tinyint(1)"):
        if kind != "boolean":
            return "0" if current.strip("()") in ("1", "true") else "1"
        return "false" if current == "true" else "true"
    if _is_text(column):
        size = SIZED.fullmatch(kind)
        return "'by hand'" if size is None or int(size[2]) >= 7 else "'x'"
    if kind == "date" or kind.startswith(("timestamp", "datetime")):
        return "'2001-02-03'"
    if kind in ("jsonb", "json"):
        return """'{"by": "hand"}'"""
    if kind == "uuid":
        return "'00000000-0000-0000-0000-000000000007'"
    return "'{}'" if kind.endswith("[]") else None


def _is_text(column: Column) -> bool:
    return column.type.startswith(TEXT) and not column.type.endswith("]")


def _is_key(table: Table, name: str) -> bool:
    return any(isinstance(each, PrimaryKey) and each.columns == (name,) for each in table.constraints)


def _is_read(table: Table, name: str) -> bool:
    return any(name in _read(each) for each in table.constraints)


def _read(shape: Constraint) -> frozenset[str]:
    """All columns without which a constraint cannot be."""
    match shape:
        case PrimaryKey() | ForeignKey():
            return frozenset(shape.columns)
        case Check():
            return frozenset(shape.columns)
        case Index() | Exclusion():
            texts = [part.expression for part in shape.parts] + [shape.condition]
            columns = {part.column for part in shape.parts if part.column} | set(shape.include)
            return frozenset(columns).union(*(each.columns for each in texts if each is not None))


def indexes_again(table: Table, name: str) -> Iterator[str]:
    """An index goes with its column, and is no part of what was altered."""
    from tests.matrix.spelling import added

    for each in table.constraints:
        if isinstance(each, Index) and name in _read(each):
            yield added(table, each)
