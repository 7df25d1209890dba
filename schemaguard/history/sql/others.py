"""CREATE, DROP and ALTER of what is no table: known by its kind and its name alone."""

from __future__ import annotations

import re

from schemaguard.history.changes import Change, CreateOther, DropOther, Opaque
from schemaguard.history.sql.arguments import arguments_of
from schemaguard.history.sql.cursor import Cursor, NotUnderstood, Temporary
from schemaguard.schema.kinds import BY_SQL_WORD, COMPARED, KINDS, Kind

_WORD = re.compile(r"\w+")


def create_other(cursor: Cursor) -> list[Change]:
    """After CREATE, OR REPLACE and the like."""
    kind = _kind(cursor)
    if kind is Kind.SCHEMA:
        return [CreateOther(kind, _schema(cursor))]
    cursor.take("IF", "NOT", "EXISTS")
    name = _name(cursor)
    rest = cursor.slice(cursor.position, len(cursor.tokens)).words()
    needs = KINDS[kind].needs
    if needs and needs not in rest:
        raise NotUnderstood(needs)
    text = cursor.source()
    arguments = _arguments(cursor) if kind is Kind.FUNCTION else None
    return [CreateOther(kind, name, text if kind in COMPARED else None, words_of(text), arguments)]


def _arguments(cursor: Cursor) -> tuple[str, ...] | None:
    """Those in the parentheses that come next; None where there are none, or they are not understood."""
    if not cursor.dialect.has_schemas or not cursor.at("("):
        return None
    try:
        return arguments_of(cursor.parentheses())
    except NotUnderstood:
        return None


def words_of(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text))


def _schema(cursor: Cursor) -> str:
    if not cursor.dialect.has_schemas:
        raise NotUnderstood("a schema of this database")
    cursor.take("IF", "NOT", "EXISTS")
    name = None if cursor.at("AUTHORIZATION") else cursor.name()
    if cursor.take("AUTHORIZATION"):
        owner = cursor.name()
        name = name or owner
    cursor.finish()
    assert name is not None
    return name


def drop_other(cursor: Cursor) -> list[Change]:
    """After DROP. With CASCADE it takes along what is not named, and so there is an Opaque behind it."""
    text = cursor.source()
    kind = _kind(cursor)
    if kind is Kind.SCHEMA and not cursor.dialect.has_schemas:
        raise NotUnderstood("a schema of this database")
    cursor.take("IF", "EXISTS")
    changes: list[Change] = []
    while True:
        name = _name(cursor)
        changes.append(DropOther(kind, name, _arguments(cursor) if kind is Kind.FUNCTION else None))
        if not cursor.take(","):
            break
    if KINDS[kind].of_table and cursor.take("ON"):
        changes = [DropOther(kind, name, cursor.key())]
    cascades = cursor.take_any("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return [*changes, Opaque(text)] if cascades else changes


def alter_other(cursor: Cursor) -> list[Change]:
    """After ALTER: a new name, or what leaves nothing to see."""
    kind = _kind(cursor)
    cursor.take("IF", "EXISTS")
    name = _name(cursor)
    if kind is Kind.FUNCTION and cursor.at("("):
        cursor.parentheses()
    if KINDS[kind].of_table and cursor.take("ON"):
        cursor.key()
    if cursor.take("OWNER", "TO"):
        return []
    if kind is Kind.EXTENSION and cursor.at("UPDATE"):
        return []
    if kind is Kind.TYPE and (cursor.at("ADD", "VALUE") or cursor.at("RENAME", "VALUE")):
        return _label(cursor, name)
    if kind is Kind.SEQUENCE and not cursor.at("RENAME") and not cursor.at("SET", "SCHEMA"):
        return []
    # The tables of a schema move with its name.
    if kind is Kind.SCHEMA or not cursor.take("RENAME", "TO"):
        raise NotUnderstood("an alteration")
    new_name = cursor.name()
    cursor.finish()
    return [DropOther(kind, name, new_name=new_name), CreateOther(kind, new_name)]


def _label(cursor: Cursor, name: str) -> list[Change]:
    """ALTER TYPE … ADD VALUE and RENAME VALUE: a label of an enum is known as `type.label`."""
    renames = cursor.take("RENAME", "VALUE")
    if not renames:
        cursor.expect("ADD", "VALUE")
        cursor.take("IF", "NOT", "EXISTS")
    labels = [cursor.string()]
    if renames:
        cursor.expect("TO")
        labels.append(cursor.string())
    elif cursor.take_any("BEFORE", "AFTER"):
        cursor.string()
    cursor.finish()
    made = CreateOther(Kind.LABEL, f"{name}.{labels[-1]}")
    return [DropOther(Kind.LABEL, f"{name}.{labels[0]}"), made] if renames else [made]


def _kind(cursor: Cursor) -> Kind:
    if cursor.at("MATERIALIZED", "VIEW"):
        cursor.step()
    word = cursor.take_any(*BY_SQL_WORD)
    if not word:
        raise NotUnderstood("a kind of thing")
    return BY_SQL_WORD[word]


def _name(cursor: Cursor) -> str:
    """The bare name, which is how Schema.others knows it."""
    first = cursor.name()
    if not cursor.take("."):
        return first
    if first in ("pg_temp", "temp"):
        raise Temporary
    return cursor.name()
