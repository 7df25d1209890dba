"""The alterations of MySQL and MariaDB, whose statements say a column whole.

They run in a session of `ANSI_QUOTES`: names stand in double quotes, as elsewhere, and in backticks where the server
told them. Each way is tried on both servers; what one of them does not know, it refuses.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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
from tests.matrix.alterations import MADE_UP, Alteration, ours
from tests.matrix.altered_columns import COLUMN, another_value, indexes_again, other_types
from tests.matrix.altered_constraints import attributes, strangers
from tests.matrix.spelling import NEW, constraint, index, joined, listed, quoted, relation

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN = frozenset({"condition", "constraint", "parts.collation"})
"""Attributes of an index that are none here: a unique index is a constraint."""
TEXTS = ("varchar", "char", "tinytext", "text", "mediumtext", "longtext")
UNLIMITED = ("tinytext", "text", "mediumtext", "longtext", "json")
COLLATION = "utf8mb4_bin"


def of_mysql(schema: Schema) -> Iterator[Alteration]:
    for table in ours(schema):
        yield from _of_table(table)
        for column in table.columns.values():
            yield from _OfColumn(table, column).all()
        yield from _added_columns(table)
        for shape in table.constraints:
            yield from _OfConstraint(table, shape).all(schema)
        for shape in strangers(table):
            if isinstance(shape, Index) and shape.constraint:
                continue  # here it is the same as a unique index
            yield _OfConstraint(replace(table, constraints=(*table.constraints, shape)), shape).added()


def altered(table: Table, *clauses: str) -> str:
    return f"ALTER TABLE {relation(table)} {', '.join(clauses)}"


# ---------------------------------------------------------------------------------------------------------- tables
def _of_table(table: Table) -> Iterator[Alteration]:
    def made(attribute: str, way: str, *sql: str, **more: Any) -> Alteration:
        return Alteration(
            **{
                "vendor": "mysql", "kind": "table", "attribute": attribute, "way": way, "table": table.name,
                "name": table.name, "names": frozenset({table.name}), "finds": frozenset({Kind.TABLE}), "sql": sql,
                **more,
            }
        )  # fmt: skip

    other = frozenset({NEW})
    renamed = altered(table, f"RENAME TO {quoted(NEW)}")
    yield made("dropped", "", f"DROP TABLE {relation(table)}")
    yield made("name", "renamed", renamed, names=other, tables=other)
    view = f"CREATE VIEW {relation(table)} AS SELECT * FROM {quoted(NEW)}"
    yield made("owner", "a view in its place", renamed, view, names=other, tables=other)
    last = list(table.columns.values())[-1]
    yield made("columns", "in another order", altered(table, f"MODIFY {_column(table, last)} FIRST"))
    finds = frozenset({Kind.TABLE, Kind.COMMENT})
    for way in ("given by hand",) if table.comment is None else ("another",):
        yield made("comment", way, altered(table, "COMMENT = 'by hand'"), finds=finds)
    if table.comment is not None:
        yield made("comment", "taken away", altered(table, "COMMENT = ''"), finds=finds)
    yield made("engine", "without foreign keys", altered(table, "ENGINE = MyISAM"))
    yield made("collation", "converted", altered(table, f"CONVERT TO CHARACTER SET utf8mb4 COLLATE {COLLATION}"))
    yield made("collation", "of new columns alone", altered(table, f"DEFAULT COLLATE {COLLATION}"))


# --------------------------------------------------------------------------------------------------------- columns
def _column(table: Table, shape: Column, *, name: str = "") -> str:
    """As MODIFY and ADD take it, with all that it has; on MariaDB the check of a field is a part of it."""
    text = shape.default.text if shape.default is not None else None
    if text is not None and shape.type.partition("(")[0] in UNLIMITED:
        text = f"({text})"
    formula = shape.generated.text if shape.generated is not None else None
    own = next((each for each in table.constraints if _is_own_check(each) and each.columns == (shape.name,)), None)
    check = own.expression.text if isinstance(own, Check) else None
    return joined(
        quoted(name or shape.name),
        shape.type,
        f"COLLATE {shape.collation}" if shape.collation else "",
        f"GENERATED ALWAYS AS ({formula}) {'STORED' if shape.stored else 'VIRTUAL'}" if formula is not None else "",
        "" if formula is not None else "NULL" if shape.nullable else "NOT NULL",
        f"DEFAULT {text}" if text is not None else "",
        "AUTO_INCREMENT" if shape.auto else "",
        "COMMENT '" + shape.comment.replace("'", "''") + "'" if shape.comment else "",
        f"CHECK ({check})" if check is not None else "",
    )


def _is_own_check(shape: Constraint) -> bool:
    return isinstance(shape, Check) and shape.name is None


class _OfColumn:
    def __init__(self, table: Table, shape: Column) -> None:
        self.table = table
        self.column = shape

    def all(self) -> Iterator[Alteration]:
        name = quoted(self.column.name)
        yield self.made("dropped", "", f"DROP COLUMN {name}")
        yield self.made("name", "renamed", f"RENAME COLUMN {name} TO {quoted(NEW)}", names=frozenset({NEW}))
        if self.column.generated is not None:
            yield from self._generated(self.column.generated)
        else:
            yield from self._plain()
        finds = COLUMN | {Kind.COMMENT}
        way = "given by hand" if self.column.comment is None else "another"
        yield self.to("comment", way, replace(self.column, comment="by hand"), finds=finds)
        if self.column.comment is not None:
            yield self.to("comment", "taken away", replace(self.column, comment=None), finds=finds)

    def _plain(self) -> Iterator[Alteration]:
        shape = self.column
        for way, kind in other_types(shape.type, "mysql"):
            yield self.to("type", way, replace(shape, type=kind))
        if not shape.auto:
            way = "made required" if shape.nullable else "made optional"
            yield self.to("nullable", way, replace(shape, nullable=not shape.nullable))
            yield from self._defaults()
        if shape.auto:
            yield self.to("auto", "taken away", replace(shape, auto=False))
        elif shape.type in ("int", "bigint", "smallint"):
            yield self.to("auto", "given by hand", replace(shape, auto=True))
        if shape.type.startswith(TEXTS):
            if shape.collation is not None:
                yield self.to("collation", "taken away", replace(shape, collation=None))
            if shape.collation != COLLATION:
                way = "given by hand" if shape.collation is None else "another"
                yield self.to("collation", way, replace(shape, collation=COLLATION))
        formula = another_value(shape)
        if formula is not None:
            other = replace(shape, generated=Expression(formula), default=None, nullable=True)
            yield self._again("generated", "made generated", other)

    def _defaults(self) -> Iterator[Alteration]:
        shape, text = self.column, another_value(self.column)
        if shape.default is not None:
            yield self.to("default", "taken away", replace(shape, default=None))
            if shape.type.startswith(TEXTS):
                yield self.to("default", "an expression", replace(shape, default=Expression("(lower('X'))")))
        if text is not None:
            way = "given by hand" if shape.default is None else "another value"
            yield self.to("default", way, replace(shape, default=Expression(text)))

    def _generated(self, formula: Expression) -> Iterator[Alteration]:
        shape, text = self.column, another_value(self.column)
        yield self._again("generated", "made plain", replace(shape, generated=None, nullable=True))
        if text is not None:
            yield self._again("generated", "another expression", replace(shape, generated=Expression(text)))
        same = replace(shape, generated=Expression(f"(({formula.text}))"))
        yield self._again("generated", "the same in another spelling", same)
        other = replace(shape, stored=not shape.stored)
        yield self._again("stored", "virtual" if shape.stored else "stored", other)

    def made(self, attribute: str, way: str, *clauses: str, **more: Any) -> Alteration:
        return Alteration(
            **{
                "vendor": "mysql", "kind": "column", "attribute": attribute, "way": way, "table": self.table.name,
                "name": self.column.name, "columns": frozenset({self.column.name}), "finds": COLUMN,
                "sql": (altered(self.table, *clauses),), **more,
            }
        )  # fmt: skip

    def to(self, attribute: str, way: str, shape: Column, **more: Any) -> Alteration:
        return self.made(attribute, way, f"MODIFY {_column(self.table, shape)}", **more)

    def _again(self, attribute: str, way: str, shape: Column) -> Alteration:
        """A column that is generated in another way is another column."""
        drop = f"DROP COLUMN {quoted(shape.name)}"
        found = self.made(attribute, way, f"ADD COLUMN {_column(self.table, shape)}")
        return replace(found, sql=(altered(self.table, drop), *found.sql, *indexes_again(self.table, shape.name)))


def _added_columns(table: Table) -> Iterator[Alteration]:
    new = _OfColumn(table, Column(name=NEW, type="int", nullable=True))
    yield new.made("added", "nullable", f"ADD COLUMN {quoted(NEW)} int NULL")
    yield new.made("added", "with a default", f"ADD COLUMN {quoted(NEW)} int NOT NULL DEFAULT 1")
    yield new.made("added", "required", f"ADD COLUMN {quoted(NEW)} int NOT NULL")


# ----------------------------------------------------------------------------------------- indexes and constraints
def made_up(shape: Constraint) -> bool:
    """Whether Django or the server chose the name: that of a unique key may be its first column's."""
    if shape.name is None or MADE_UP.search(shape.name) or isinstance(shape, PrimaryKey):
        return True
    first = shape.columns[0] if shape.columns else ""
    return re.fullmatch(rf"{re.escape(first)}(_\d+)?|.*_chk_\d+", shape.name) is not None


class _OfConstraint:
    def __init__(self, table: Table, shape: Constraint) -> None:
        self.table = table
        self.shape = shape

    def all(self, schema: Schema) -> Iterator[Alteration]:
        yield self.made("dropped", "", self._dropped())
        if self.shape.name is not None and not isinstance(self.shape, PrimaryKey):
            way = "a name that nobody chose" if made_up(self.shape) else "a name that somebody chose"
            yield self._renamed("name", way)
        for attribute, way, other in attributes(schema, self.table, self.shape):
            if attribute not in UNKNOWN:
                yield self._to(attribute, way, other)
        if isinstance(self.shape, Index):
            yield from self._of_index(self.shape)
        if isinstance(self.shape, Check) and self.shape.name is not None:
            yield self.made("enforced", "not enforced", f"ALTER CHECK {quoted(self.shape.name)} NOT ENFORCED")

    def _of_index(self, shape: Index) -> Iterator[Alteration]:
        name = quoted(shape.name or "")
        for word in ("IGNORED", "INVISIBLE"):
            yield self.made("visible", word, f"ALTER INDEX {name} {word}")
        texts = [each for each in shape.columns if self.table.columns[each].type.startswith(TEXTS)]
        if texts and len(texts) == len(shape.parts):
            words = f"DROP INDEX {name}, ADD FULLTEXT INDEX {name} ({listed(texts)})"
            yield self.made("method", "fulltext", words, finds=frozenset({Kind.INDEX, Kind.UNIQUE}))
            first = replace(shape.parts[0], opclass="(3)")
            yield self._to("parts.opclass", "a prefix", replace(shape, parts=(first, *shape.parts[1:])))

    def made(self, attribute: str, way: str, *clauses: str, **more: Any) -> Alteration:
        shape = self.shape
        number = [each for each in self.table.constraints if type(each) is type(shape)].index(shape)
        columns = shape.columns or tuple(_read(shape))
        return Alteration(
            **{
                "vendor": "mysql", "kind": shape.kind.value, "attribute": attribute, "way": way,
                "table": self.table.name, "name": shape.name or f"{', '.join(columns)} #{number}",
                "columns": frozenset(columns), "finds": frozenset({shape.kind}),
                "sql": (altered(self.table, *clauses),), **more,
            }
        )  # fmt: skip

    def added(self) -> Alteration:
        way = "over a column" if isinstance(self.shape, Check) and self.shape.columns else ""
        return self.made("added", way, self._add(self.shape))

    def _renamed(self, attribute: str, way: str) -> Alteration:
        names = frozenset({NEW})
        if isinstance(self.shape, Index):
            clause = f"RENAME INDEX {quoted(self.shape.name or '')} TO {quoted(NEW)}"
            return self.made(attribute, way, clause, names=names)
        return self._to(attribute, way, replace(self.shape, name=NEW), names=names)

    def _to(self, attribute: str, way: str, other: Constraint, **more: Any) -> Alteration:
        """In one statement where the server takes it: so an index that a foreign key rests on has its follower."""
        found = self.made(
            attribute, way, self._dropped(), self._add(other),
            columns=frozenset(self.shape.columns) | frozenset(other.columns),
            finds=frozenset({self.shape.kind, other.kind}), **more,
        )  # fmt: skip
        if _is_own_check(self.shape):
            return replace(found, sql=(altered(self.table, self._add(other)),))
        if isinstance(self.shape, ForeignKey | Check):
            return replace(found, sql=(altered(self.table, self._dropped()), altered(self.table, self._add(other))))
        return found

    def _dropped(self) -> str:
        name = quoted(self.shape.name or "")
        match self.shape:
            case PrimaryKey():
                return "DROP PRIMARY KEY"
            case ForeignKey():
                return f"DROP FOREIGN KEY {name}"
            case Check(name=None, columns=(column, *_)):
                without = replace(self.table, constraints=())
                return f"MODIFY {_column(without, self.table.columns[column])}"
            case Check():
                return f"DROP CONSTRAINT {name}"
        return f"DROP INDEX {name}"

    def _add(self, shape: Constraint) -> str:
        match shape:
            case Check(name=None, columns=(column, *_)):
                return f"MODIFY {_column(replace(self.table, constraints=(shape,)), self.table.columns[column])}"
            case Index():
                words = index(self.table, shape).partition(" ON ")
                return f"ADD {words[0].removeprefix('CREATE ')} {words[2][words[2].index('(') :]}"
        return f"ADD {constraint(shape)}"


def _read(shape: Constraint) -> Iterator[str]:
    for part in getattr(shape, "parts", ()):
        if isinstance(part, IndexPart) and part.expression is not None:
            yield from sorted(part.expression.columns)
