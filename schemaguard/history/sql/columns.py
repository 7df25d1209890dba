"""A column's definition: its type, and all that stands behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from schemaguard.history.sql.constraints import check, conflict, deferral, nulls_distinct, references, storage
from schemaguard.history.sql.cursor import Cursor, NotUnderstood
from schemaguard.history.sql.expressions import expression
from schemaguard.schema.objects import Column, Constraint, Expression, Index, IndexPart, PrimaryKey

SERIAL = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "REFERENCES")
_DEFINITION = (*_CONSTRAINTS, "DEFAULT", "COLLATE", "GENERATED")
_AFTER_DEFAULT = (*_DEFINITION, "ON", "AUTO_INCREMENT", "COMMENT", "KEY", "FIRST", "AFTER")
# The words that may stand behind a whole operand within a default; another one begins a clause that is not known.
_JOINING = frozenset(["AT", "TIME", "ZONE", "WITH", "WITHOUT", "VARYING", "PRECISION", "AND", "OR", "IS", "LIKE"])
_SECOND_WORDS = {
    "double": ("precision",),
    "character": ("varying",),
    "char": ("varying",),
    "national": ("character", "char", "varchar"),
    "national character": ("varying",),
    "bit": ("varying",),
    "long": ("varchar", "varbinary"),
}
_MYSQL_WORDS = ("UNSIGNED", "SIGNED", "ZEROFILL")
_INTERVAL_WORDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO")


@dataclass
class Definition:
    """What was read of a column so far; `column` and `constraints` are what comes of it."""

    name: str
    type: str
    nullable: bool = True
    auto: bool = False
    always: bool = False
    default: Expression | None = None
    generated: Expression | None = None
    stored: bool = True
    collation: str | None = None
    comment: str | None = None
    constraints: list[Constraint] = field(default_factory=list)

    @property
    def column(self) -> Column:
        values = {name: getattr(self, name) for name in SHAPE}
        return Column(name=self.name, **values)


SHAPE = ("type", "nullable", "auto", "always", "default", "generated", "stored", "collation", "comment")


def shape(column: Column) -> dict[str, Any]:
    """All attributes of a column that its definition gives, its name apart."""
    return {name: getattr(column, name) for name in SHAPE}


def column_definition(cursor: Cursor) -> tuple[Column, list[Constraint]]:
    """A column from its name on, and the constraints that stand beside it."""
    name = cursor.name()
    text = type_text(cursor)
    auto = cursor.dialect.serial_types and text in SERIAL
    found = Definition(name, cursor.normal_type(SERIAL[text] if auto else text), nullable=not auto, auto=auto)
    while not cursor.done and not cursor.at("FIRST") and not cursor.at("AFTER"):
        _clause(cursor, found)
    if cursor.dialect.inline_keys and cursor.take("AFTER"):
        cursor.name()
    elif cursor.dialect.inline_keys:
        cursor.take("FIRST")
    cursor.finish()
    return found.column, found.constraints


def type_text(cursor: Cursor) -> str:
    """A type as one writes it by hand, its keywords in small letters and without needless white space."""
    if cursor.dialect.free_types:
        return _free_type(cursor)
    if cursor.peek() is None or not cursor.at_name() or cursor.word() in _DEFINITION:
        raise NotUnderstood("a type")
    name = _word(cursor)
    while name in _SECOND_WORDS and cursor.word().lower() in _SECOND_WORDS[name]:
        name += " " + _word(cursor)
    while cursor.take("."):
        name += "." + _word(cursor)
    while name.startswith("interval") and cursor.word() in _INTERVAL_WORDS:
        name += " " + _word(cursor)
    if cursor.at("("):
        name += f"({_modifier(cursor)})"
    for zone in ("WITH", "WITHOUT"):
        if cursor.take(zone, "TIME", "ZONE"):
            name += f" {zone.lower()} time zone"
    while cursor.dialect.inline_keys and cursor.word() in _MYSQL_WORDS:
        name += " " + _word(cursor)
    return name + _array(cursor)


def _array(cursor: Cursor) -> str:
    if cursor.take("ARRAY"):
        if cursor.at("["):
            _array(cursor)
        return "[]"
    text = ""
    while cursor.take("["):
        if not cursor.at("]") and cursor.step().kind != "number":
            raise NotUnderstood("the size of an array")
        cursor.expect("]")
        text += "[]"
    return text


def _word(cursor: Cursor) -> str:
    token = cursor.step()
    return token.text.lower() if token.kind == "word" else token.text


def _modifier(cursor: Cursor) -> str:
    text = cursor.parentheses().text()
    return ",".join(part.strip() for part in text.split(",")) if "'" not in text and '"' not in text else text


def _free_type(cursor: Cursor) -> str:
    """SQLite takes any words as a type, and none at all."""
    words = []
    while cursor.at_name() and cursor.word() not in (*_DEFINITION, "AS"):
        words.append(_word(cursor))
    text = " ".join(words)
    return f"{text}({_modifier(cursor)})" if words and cursor.at("(") else text


def _clause(cursor: Cursor, found: Definition) -> None:
    """One of the clauses behind a column's type."""
    name = cursor.name() if cursor.take("CONSTRAINT") else None
    columns = (found.name,)
    if cursor.take("NOT", "NULL"):
        found.nullable = False
        conflict(cursor)
    elif cursor.take("NULL"):
        found.nullable = True
    elif cursor.take("PRIMARY", "KEY") or (cursor.dialect.inline_keys and cursor.take("KEY")):
        _primary_key(cursor, found, name)
    elif cursor.take("UNIQUE"):
        found.constraints.append(_unique(cursor, columns, name))
    elif cursor.take("CHECK"):
        found.constraints.append(check(cursor, name))
    elif cursor.take("REFERENCES"):
        if not cursor.dialect.inline_references:
            raise NotUnderstood("a reference that holds")
        found.constraints.append(references(cursor, columns, name))
    elif name is not None:
        raise NotUnderstood("a constraint")
    elif cursor.take("DEFAULT"):
        set_default(found, default(cursor), cursor)
    elif cursor.at("GENERATED") or cursor.at("AS"):
        _generated(cursor, found)
    else:
        _option(cursor, found)


def _option(cursor: Cursor, found: Definition) -> None:
    if cursor.take("COLLATE"):
        found.collation = collation(cursor)
    elif cursor.dialect.serial_types and cursor.take_any("STORAGE", "COMPRESSION"):
        cursor.step()
    elif not cursor.dialect.inline_keys:
        raise NotUnderstood("a clause of a column")
    elif cursor.take("AUTO_INCREMENT"):
        found.auto = True
    elif cursor.take_any("INVISIBLE", "VISIBLE"):
        pass
    elif cursor.take("COMMENT"):
        found.comment = cursor.string() or None
    elif cursor.take("CHARACTER", "SET") or cursor.take("CHARSET"):
        cursor.step()
    elif cursor.take("ON", "UPDATE"):
        cursor.name()
        if cursor.at("("):
            cursor.parentheses()
    else:
        raise NotUnderstood("a clause of a column")


def _primary_key(cursor: Cursor, found: Definition, name: str | None) -> None:
    cursor.take_any("ASC", "DESC")
    _kept(cursor)
    if any(deferral(cursor)):
        raise NotUnderstood("a primary key that waits")
    if cursor.dialect.nullable_primary_keys:
        found.auto = cursor.take("AUTOINCREMENT")
    else:
        found.nullable = False
    name = name if cursor.dialect.named_primary_keys else None
    found.constraints.append(PrimaryKey(columns=(found.name,), name=name))


def _unique(cursor: Cursor, columns: tuple[str, ...], name: str | None) -> Index:
    if cursor.dialect.inline_keys:
        cursor.take("KEY")
    distinct = nulls_distinct(cursor)
    _kept(cursor)
    deferrable, deferred = deferral(cursor)
    return Index(
        name=name,
        parts=tuple(IndexPart(column=column) for column in columns),
        unique=True,
        nulls_distinct=distinct,
        deferrable=deferrable,
        deferred=deferred,
        constraint=True,
        named=name is not None,
    )


def _kept(cursor: Cursor) -> None:
    """Past what says how the index of a key is kept; in MySQL these words are about the column."""
    if not cursor.dialect.inline_keys:
        storage(cursor)


def _generated(cursor: Cursor, found: Definition) -> None:
    """GENERATED ALWAYS AS (…) [STORED], its short form without the first two words, and identity."""
    if cursor.take("GENERATED"):
        always = cursor.take("ALWAYS")
        if not always:
            cursor.expect("BY", "DEFAULT")
        if cursor.at("AS", "IDENTITY"):
            identity(cursor)
            found.auto, found.always, found.nullable = True, always, False
            return
        if not always:
            raise NotUnderstood("AS IDENTITY")
    cursor.expect("AS")
    if cursor.dialect.inline_keys and cursor.take("ROW"):  # of a system-versioned table (MariaDB)
        found.generated = Expression(f"ROW {cursor.take_any('START', 'END')}")
        found.stored, found.nullable = True, False
        return
    found.generated = expression(cursor.parentheses())
    found.stored = cursor.take_any("STORED", "PERSISTENT", "VIRTUAL") in ("STORED", "PERSISTENT")


def identity(cursor: Cursor) -> None:
    cursor.expect("AS", "IDENTITY")
    if cursor.at("("):
        cursor.parentheses()


def default(cursor: Cursor) -> Expression | None:
    """After DEFAULT; None for NULL, which is no default. Where it ends, only the next clause can tell."""
    start = cursor.position
    cursor.take_any("NULL", "NOT")
    cursor.skip_to(*_AFTER_DEFAULT)
    value = cursor.slice(start, cursor.position)
    if [token.word for token in value.tokens] == ["NULL"]:
        return None
    _require_one(value)
    return expression(value)


def _require_one(value: Cursor) -> None:
    """Raises where a second operand follows the first with nothing between them: it is a clause that is not known."""
    depth = 0
    for before, token in zip(value.tokens, value.tokens[1:], strict=False):
        depth += (before.word == "(") - (before.word == ")")
        joined = token.word in _JOINING or before.word in _JOINING or before.word == "NOT"
        if depth == 0 and token.kind == "word" and not joined and (before.kind != "sign" or before.word == ")"):
            raise NotUnderstood("a default that ends")


def set_default(found: Definition, value: Expression | None, cursor: Cursor) -> None:
    if takes_numbers(value, cursor):
        found.auto = True
    else:
        found.default = value


def takes_numbers(value: Expression | None, cursor: Cursor) -> bool:
    """Whether a default makes the column automatic: the catalog cannot tell nextval() from serial."""
    text = (value.text or "").lower() if value is not None else ""
    return cursor.dialect.default_makes_auto and text.startswith(("nextval(", "pg_catalog.nextval("))


def collation(cursor: Cursor) -> str | None:
    """After COLLATE; None for the default one."""
    name = cursor.bare_name()
    return None if name == "default" and cursor.dialect.has_schemas else name
