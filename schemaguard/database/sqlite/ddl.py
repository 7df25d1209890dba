"""Reads the text of CREATE TABLE and CREATE INDEX as SQLite keeps it, for what no pragma tells.

SQLite has parsed the text before us, so it is right; only where things begin and end has to be found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import TYPE_CHECKING

from schemaguard.database.sqlite.lexer import Token, closing, split, text_of, tokens
from schemaguard.exceptions import CannotMend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_CONSTRAINT_STARTS = frozenset(
    ["constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references", "generated", "as"]
)
_TABLE_CONSTRAINT_STARTS = frozenset(["constraint", "primary", "unique", "check", "foreign"])
_STRICT_TYPES = frozenset(["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"])


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One key of an index: its SQL without ASC, DESC and COLLATE; `column` where it is no more than a name."""

    text: str
    column: str | None
    collation: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class UniqueText:
    name: str | None
    parts: tuple[KeyPart, ...]


@dataclass(frozen=True, slots=True)
class CheckText:
    name: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ForeignKeyText:
    name: str | None
    columns: tuple[str, ...]
    deferrable: bool = False
    deferred: bool = False


@dataclass(slots=True)
class TableText:
    """What a CREATE TABLE says. Columns in `collations` and `generated` are in lower case."""

    collations: dict[str, str] = field(default_factory=dict)
    generated: dict[str, str] = field(default_factory=dict)
    uniques: list[UniqueText] = field(default_factory=list)
    checks: list[CheckText] = field(default_factory=list)
    foreign_keys: list[ForeignKeyText] = field(default_factory=list)
    primary_key: str | None = None
    autoincrement: bool = False


@dataclass(frozen=True, slots=True)
class IndexText:
    parts: tuple[KeyPart, ...]
    condition: str | None = None


def read_table(sql: str) -> TableText:
    """What `sql`, a CREATE TABLE, says of constraints. Empty for what was made from a SELECT and has none."""
    table = TableText()
    for chunk in _chunks(sql):
        if _is_about_the_table(chunk):
            _Constraints(sql, chunk, None, table).walk(0)
        else:
            _Constraints(sql, chunk, chunk[0].name, table).walk(1)
    return table


def column_texts(sql: str) -> dict[str, str]:
    """The definition of each column in `sql`, a CREATE TABLE, its own constraints included, by name."""
    return {chunk[0].name: text_of(sql, chunk) for chunk in _chunks(sql) if not _is_about_the_table(chunk)}


def table_options(sql: str) -> tuple[str, ...]:
    """What stands behind the columns of `sql`, a CREATE TABLE: STRICT, WITHOUT ROWID."""
    found = tokens(sql)
    opening = next((place for place, token in enumerate(found) if token.word == "("), len(found))
    words = " ".join(token.word for token in found[closing(found, opening) + 1 :] if token.word != ";")
    return tuple(filter(None, (option.strip().upper() for option in words.split(","))))


def with_options(sql: str, table: str, options: Sequence[str], types: Mapping[str, str]) -> str:
    """`sql`, a CREATE TABLE that ends with its columns, with these options; `types`: of its columns, by name.

    Raises CannotMend where the columns cannot have the options of `table`.
    """
    if "STRICT" in options:
        for name, type_ in types.items():
            if type_.partition("(")[0].upper() not in _STRICT_TYPES:
                raise CannotMend(f"table {table} is STRICT, which allows no {type_} for its column {name}")
    if "WITHOUT ROWID" in options and read_table(sql).autoincrement:
        raise CannotMend(f"table {table} is WITHOUT ROWID, which allows no key that numbers itself")
    return f"{sql} {', '.join(options)}" if options else sql


def with_more(sql: str, columns: Sequence[str], constraints: Sequence[str]) -> str:
    """`sql`, a CREATE TABLE, with more definitions of columns and of constraints, each in its place."""
    found = tokens(sql)
    end = found[closing(found, next(place for place, token in enumerate(found) if token.word == "("))].start
    at = next((chunk[0].start for chunk in _chunks(sql) if _is_about_the_table(chunk)), None)
    last = "".join(f", {each}" for each in constraints)
    if at is None:
        return sql[:end] + "".join(f", {each}" for each in columns) + last + sql[end:]
    return sql[:at] + "".join(f"{each}, " for each in columns) + sql[at:end] + last + sql[end:]


def with_texts(sql: str, texts: Mapping[str, str]) -> str:
    """`sql`, a CREATE TABLE, with other definitions of some columns, by their names in lower case."""
    for chunk in reversed(list(_chunks(sql))):
        if not _is_about_the_table(chunk) and (text := texts.get(chunk[0].name.lower())) is not None:
            sql = sql[: chunk[0].start] + text + sql[chunk[-1].end :]
    return sql


def with_columns(sql: str, columns: Sequence[str]) -> str:
    """`sql`, an INSERT INTO … (…) SELECT … FROM …, with more columns, of one name in both tables, already quoted."""
    found = tokens(sql)
    opening = next(place for place, token in enumerate(found) if token.word == "(")
    names, select = found[opening].end, found[closing(found, opening) + 1].end
    more = "".join(f"{each}, " for each in columns)
    return f"{sql[:names]}{more}{sql[names:select]} {more}{sql[select:].lstrip()}"


def _chunks(sql: str) -> Iterator[list[Token]]:
    """What stands between the outermost commas of a CREATE TABLE."""
    found = tokens(sql)
    opening = next((place for place, token in enumerate(found) if token.word == "("), len(found))
    return filter(None, split(found[opening + 1 : closing(found, opening)]))


def _is_about_the_table(chunk: list[Token]) -> bool:
    return chunk[0].word in _TABLE_CONSTRAINT_STARTS


def read_index(sql: str) -> IndexText:
    """What `sql`, a CREATE INDEX, says of its keys and its predicate."""
    found = tokens(sql)
    opening = next((place for place, token in enumerate(found) if token.word == "("), len(found))
    end = closing(found, opening)
    parts = tuple(key_part(sql, chunk) for chunk in split(found[opening + 1 : end]) if chunk)
    rest = found[end + 1 :]
    if rest and rest[-1].word == ";":
        rest = rest[:-1]
    condition = text_of(sql, rest[1:]) if rest and rest[0].word == "where" else None
    return IndexText(parts, condition)


def key_part(sql: str, chunk: list[Token]) -> KeyPart:
    """One key of `(a, "b" COLLATE nocase DESC, (lower(c)))`.

    COLLATE is set apart where it is the whole key's, not that of its last operand alone; parentheses around go.
    """
    collation = None
    descending = False
    while chunk:  # pragma: no branch - a key that SQLite has parsed is never empty
        if chunk[-1].word in ("asc", "desc", "autoincrement") and len(chunk) > 1:
            descending = descending or chunk[-1].word == "desc"
            chunk = chunk[:-1]
        elif chunk[0].word == "(" and closing(chunk, 0) == len(chunk) - 1:
            chunk = chunk[1:-1]
        elif len(chunk) > 2 and chunk[-2].word == "collate" and _is_one(chunk[:-2]):
            collation = collation or chunk[-1].name
            chunk = chunk[:-2]
        else:
            break
    return KeyPart(text_of(sql, chunk), chunk[0].name if len(chunk) == 1 else None, collation, descending)


def _is_one(chunk: list[Token]) -> bool:
    """Whether this is one operand: a name, a call, or something in parentheses, with more COLLATE behind it or not."""
    while len(chunk) > 2 and chunk[-2].word == "collate":
        chunk = chunk[:-2]
    start = 0 if chunk[0].word == "(" else 1
    return len(chunk) == 1 or (chunk[start].word == "(" and closing(chunk, start) == len(chunk) - 1)


class _Constraints:
    """A walk over the constraints of one column, or over table constraints: those need no comma between them."""

    def __init__(self, sql: str, chunk: list[Token], column: str | None, table: TableText) -> None:
        self.sql = sql
        self.chunk = chunk
        self.column = column
        self.table = table
        self.name: str | None = None
        self.started = column is None

    def walk(self, place: int) -> None:
        while place < len(self.chunk):
            word = self.chunk[place].word
            # What stands before the first of these is the type, which may hold any word and parentheses.
            self.started = self.started or word in _CONSTRAINT_STARTS
            read = _READERS.get(word) if self.started else None
            if read is not None:
                place = read(self, place + 1)
            elif word == "(":
                place = closing(self.chunk, place) + 1
            else:
                place += 1

    def _inside(self, place: int) -> tuple[list[Token], int]:
        """The tokens in the next parentheses, and the place behind them; none where they do not follow at once."""
        if place >= len(self.chunk) or self.chunk[place].word != "(":
            return [], place
        end = closing(self.chunk, place)
        return self.chunk[place + 1 : end], end + 1

    def _word(self, place: int) -> str:
        return self.chunk[place].word if place < len(self.chunk) else ""

    def _take_name(self) -> str | None:
        name, self.name = self.name, None
        return name

    def _read_constraint(self, place: int) -> int:
        self.name = self.chunk[place].name if place < len(self.chunk) else None
        return place + 1

    def _read_check(self, place: int) -> int:
        inside, place = self._inside(place)
        self.table.checks.append(CheckText(self._take_name(), text_of(self.sql, inside)))
        return place

    def _read_unique(self, place: int) -> int:
        inside, place = self._inside(place)
        parts = tuple(key_part(self.sql, chunk) for chunk in split(inside))
        if self.column is not None:
            parts = (KeyPart(self.column, self.column),)
        self.table.uniques.append(UniqueText(self._take_name(), parts))
        return place

    def _read_primary(self, place: int) -> int:
        inside, place = self._inside(place + 1)
        self.table.primary_key = self._take_name()
        self.table.autoincrement |= any(token.word == "autoincrement" for token in inside)
        return place

    def _read_autoincrement(self, place: int) -> int:
        self.table.autoincrement = True
        return place

    def _read_collate(self, place: int) -> int:
        if self.column is not None:  # pragma: no branch - no table constraint has a COLLATE of its own
            self.table.collations[self.column.lower()] = self.chunk[place].name
        return place + 1

    def _read_default(self, place: int) -> int:
        """Over the value: `DEFAULT (…)`, or a literal with a sign or without; the pragma tells it."""
        self._take_name()
        if self._word(place) == "(":
            return closing(self.chunk, place) + 1
        return place + (2 if self._word(place) in ("+", "-") else 1)

    def _read_nameless(self, place: int) -> int:
        self._take_name()
        return place

    def _read_as(self, place: int) -> int:
        inside, place = self._inside(place)
        if self.column is not None:  # pragma: no branch - nor an AS
            self.table.generated[self.column.lower()] = text_of(self.sql, inside)
        return place

    def _read_foreign(self, place: int) -> int:
        inside, place = self._inside(place + 1)
        columns = tuple(chunk[0].name for chunk in split(inside))
        return self._reference(place + 1, columns)

    def _read_references(self, place: int) -> int:
        return self._reference(place, () if self.column is None else (self.column,))

    def _reference(self, place: int, columns: tuple[str, ...]) -> int:
        """From behind REFERENCES: the target, its columns, ON DELETE SET NULL and the like; not DEFERRABLE."""
        self.table.foreign_keys.append(ForeignKeyText(self._take_name(), columns))
        _, place = self._inside(place + 1)
        while self._word(place) in ("on", "match"):
            place += 2 if self._word(place) == "match" else 3
            if self._word(place - 1) in ("set", "no"):
                place += 1
        return place

    def _read_not(self, place: int) -> int:
        if self._word(place) != "deferrable":
            return self._read_nameless(place)
        return self._defer(place + 1, deferrable=False)

    def _read_deferrable(self, place: int) -> int:
        return self._defer(place, deferrable=True)

    def _defer(self, place: int, *, deferrable: bool) -> int:
        deferred = deferrable and self._word(place) == "initially" and self._word(place + 1) == "deferred"
        if self.table.foreign_keys:
            last = self.table.foreign_keys[-1]
            self.table.foreign_keys[-1] = changed(last, deferrable=deferrable, deferred=deferred)
        return place + (2 if self._word(place) == "initially" else 0)


_READERS: dict[str, Callable[[_Constraints, int], int]] = {
    "constraint": _Constraints._read_constraint,
    "check": _Constraints._read_check,
    "unique": _Constraints._read_unique,
    "primary": _Constraints._read_primary,
    "autoincrement": _Constraints._read_autoincrement,
    "collate": _Constraints._read_collate,
    "default": _Constraints._read_default,
    "as": _Constraints._read_as,
    "foreign": _Constraints._read_foreign,
    "references": _Constraints._read_references,
    "not": _Constraints._read_not,
    "null": _Constraints._read_nameless,
    "deferrable": _Constraints._read_deferrable,
}
