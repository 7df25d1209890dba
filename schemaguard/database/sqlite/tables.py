"""Puts the catalog's rows and the texts of CREATE TABLE and CREATE INDEX together, table by table."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING

from schemaguard.database.rows import Row, grouped
from schemaguard.database.sqlite.ddl import KeyPart, TableText, read_index, read_table
from schemaguard.database.sqlite.lexer import tokens
from schemaguard.schema.objects import (
    Check,
    Column,
    Constraint,
    Expression,
    ForeignKey,
    Index,
    IndexPart,
    Owner,
    PrimaryKey,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

VIRTUAL, STORED = 2, 3
EXPRESSION = -2
DEFAULT_COLLATION = "binary"
_TYPE_ENDS = frozenset(
    ["constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references", "generated", "as"]
)


def normal_type(text: str) -> str:
    """A type in lower case, blanks made one, `varchar (10 )` as `varchar(10)`; ends where a constraint begins."""
    kept = []
    for token in tokens(text):
        if token.word in _TYPE_ENDS:
            break
        kept.append(token.word or token.text)
    return re.sub(r" ?([(),]) ?", lambda match: ", " if match[1] == "," else match[1], " ".join(kept)).lower()


class Tables:
    """All tables of a database, from the rows of the queries in `catalog`."""

    def __init__(
        self, texts: Mapping[str, str], columns: Iterable[Row], indexes: Iterable[Row], keys: Iterable[Row]
    ) -> None:
        self.columns: dict[str, list[Row]] = grouped(columns, key=itemgetter(0))
        self.indexes = grouped(indexes, key=itemgetter(0))
        self.keys = grouped(keys, key=itemgetter(0))
        self.texts = {name: read_table(texts.get(name, "")) for name in self.columns}
        self.index_texts = texts
        self.primary = {name: _primary_key(rows) for name, rows in self.columns.items()}
        self._names = {name.lower(): name for name in self.columns}

    def built(self, shadows: Iterable[str]) -> Iterator[Table]:
        shadow = frozenset(shadows)
        for name in self.columns:
            owner = Owner.EXTENSION if name in shadow else Owner.NOBODY
            columns = {column.name: column for column in self._columns(name)}
            yield Table(name=name, columns=columns, constraints=tuple(self._constraints(name, columns)), owner=owner)

    def _columns(self, name: str) -> Iterator[Column]:
        text = self.texts[name]
        rows = self.columns[name]
        primary = self.primary[name]
        # An INTEGER PRIMARY KEY is the row's own number: no index stands behind it, and it is never null.
        rowid = len(primary) == 1 and not any(row[3] == "pk" for row in self.indexes[name])
        for _, column, kind, not_null, default, _, hidden in rows:
            is_rowid = rowid and column == primary[0]
            generated = text.generated.get(column.lower()) if hidden in (VIRTUAL, STORED) else None
            collation = text.collations.get(column.lower())
            yield Column(
                name=column,
                type=normal_type(kind or ""),
                nullable=not not_null and not is_rowid,
                default=None if default is None else Expression(default),
                auto=is_rowid and text.autoincrement,
                generated=self._expression(name, generated) if hidden in (VIRTUAL, STORED) else None,
                stored=hidden != VIRTUAL,
                collation=None if collation is None or collation.lower() == DEFAULT_COLLATION else collation,
            )

    def _constraints(self, name: str, columns: Mapping[str, Column]) -> Iterator[Constraint]:
        text = self.texts[name]
        if self.primary[name]:
            yield PrimaryKey(columns=self.primary[name], name=text.primary_key)
        for check in text.checks:
            expression = self._expression(name, check.text)
            read = tuple(column for column in columns if column in expression.columns)
            yield Check(expression=expression, columns=read, name=check.name)
        yield from self._foreign_keys(name, text)
        yield from self._uniques(name, text, columns)
        for index, rows in grouped(self.indexes[name], key=itemgetter(1)).items():
            if rows[0][3] == "c":
                yield self._index(name, index, rows, columns)

    def _uniques(self, name: str, text: TableText, columns: Mapping[str, Column]) -> Iterator[Index]:
        """Every UNIQUE of the text: of two on the same columns SQLite makes only one index, but Django gave two."""
        seen = set()
        for unique in text.uniques:
            parts = []
            for part in unique.parts:
                column = self._column(name, part.column or part.text)
                collation = _collation(part.collation, columns.get(column))
                parts.append(IndexPart(column=column, collation=collation, descending=part.descending))
            seen.add(tuple(part.column for part in parts))
            yield Index(name=unique.name, parts=tuple(parts), unique=True, constraint=True)
        for _, rows in grouped(self.indexes[name], key=itemgetter(1)).items():
            if rows[0][3] == "u" and tuple(row[5] for row in rows) not in seen:
                parts = [
                    IndexPart(column=row[5], collation=_collation(row[7], columns.get(row[5])), descending=bool(row[6]))
                    for row in rows
                ]
                yield Index(name=None, parts=tuple(parts), unique=True, constraint=True)

    def _index(self, name: str, index: str, rows: list[Row], columns: Mapping[str, Column]) -> Index:
        text = read_index(self.index_texts.get(index, ""))
        parts = []
        for place, (_, _, _, _, number, column, descending, collation) in enumerate(rows):
            part = text.parts[place] if place < len(text.parts) else KeyPart("", None)
            expression = self._expression(name, part.text or None) if number == EXPRESSION else None
            # An expression may have its collation from a column in it; only what is said is worth telling.
            said = part.collation if number == EXPRESSION else collation
            found = _collation(said, columns.get(column))
            parts.append(IndexPart(column=column, expression=expression, descending=bool(descending), collation=found))
        condition = None if text.condition is None else self._expression(name, text.condition)
        return Index(name=index, parts=tuple(parts), unique=bool(rows[0][2]), condition=condition)

    def _foreign_keys(self, name: str, text: TableText) -> Iterator[ForeignKey]:
        """The pragma counts from the last key of the text to the first, and the query turns that round."""
        for place, (_, rows) in enumerate(grouped(self.keys[name], key=itemgetter(1)).items()):
            said = text.foreign_keys[place] if place < len(text.foreign_keys) else None
            told = str(rows[0][3])
            target = self._names.get(told.lower(), told)
            yield ForeignKey(
                columns=tuple(self._column(name, row[2]) for row in rows),
                target=target,
                target_columns=self._target_columns(target, rows),
                name=None if said is None else said.name,
                deferrable=said is not None and said.deferrable,
                deferred=said is not None and said.deferred,
                on_update=rows[0][5],
                on_delete=rows[0][6],
            )

    def _target_columns(self, target: str, rows: list[Row]) -> tuple[str, ...]:
        """Those that are named, else the target's primary key."""
        if rows[0][4] is None:
            return self.primary.get(target, ())
        return tuple(self._column(target, row[4]) for row in rows)

    def _column(self, table: str, column: str) -> str:
        """The column as its own table spells it: names do not tell upper case from lower."""
        rows = self.columns.get(table, [])
        return next((str(row[1]) for row in rows if row[1].lower() == column.lower()), column)

    def _expression(self, table: str, text: str | None) -> Expression:
        if text is None:
            return Expression(None)
        names = {token.name.lower() for token in tokens(text) if token.text[0] != "'"}
        return Expression(text, frozenset(row[1] for row in self.columns[table] if row[1].lower() in names))


def _primary_key(rows: list[Row]) -> tuple[str, ...]:
    return tuple(row[1] for row in sorted((row for row in rows if row[5]), key=lambda row: row[5]))


def _collation(found: str | None, column: Column | None) -> str | None:
    """None where the key sorts as its column does, or by bytes as everything does that says nothing."""
    if found is None:
        return None
    usual = DEFAULT_COLLATION if column is None or column.collation is None else column.collation.lower()
    return None if found.lower() == usual else found
