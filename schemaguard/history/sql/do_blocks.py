"""PostgreSQL's DO blocks around plain statements. Such a block often makes something only where it is not there yet.

Two ways to write that are common: the error is caught (`EXCEPTION WHEN duplicate_object THEN NULL`), or the catalog is
asked first (`IF NOT EXISTS (SELECT …) THEN … END IF`). Both mean what IF NOT EXISTS means. Any other block is not
understood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.sql.cursor import Cursor, NotUnderstood
from schemaguard.history.sql.lexer import tokens
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATEMENTS = frozenset({"CREATE", "ALTER", "DROP", "COMMENT"})


@value(frozen=True, slots=True)
class Inner:
    """A statement of a block. `guard`: a block that does it alone, where that leaves what is there already."""

    cursor: Cursor
    guard: str | None = None


def is_block(cursor: Cursor) -> bool:
    return cursor.dialect.dollar_quotes and cursor.at("DO")


def inner_statements(cursor: Cursor) -> list[Inner]:
    """The statements that a DO block carries out, in order. Raises NotUnderstood where it does anything else."""
    cursor.expect("DO")
    _language(cursor)
    body = cursor.string()
    _language(cursor)
    cursor.finish()
    inside = Cursor(list(tokens(body, cursor.dialect)), cursor.dialect, cursor.normal_type)
    found = list(_block(inside))
    inside.take(";")
    inside.finish()
    return found


def _language(cursor: Cursor) -> None:
    if cursor.take("LANGUAGE") and cursor.name() != "plpgsql":
        raise NotUnderstood("plpgsql")


def _block(cursor: Cursor) -> Iterator[Inner]:
    start = cursor.position
    cursor.expect("BEGIN")
    found: list[Inner] = []
    while not (cursor.at("END") or cursor.at("EXCEPTION")):
        found += _one(cursor)
    caught = cursor.at("EXCEPTION")
    if caught:
        _handlers(cursor)
    cursor.expect("END")
    if not caught:
        yield from found
    elif len(found) == 1 and _may_be_there(found[0].cursor):
        yield _guarded(found[0], cursor, start)
    else:
        raise NotUnderstood("one statement whose errors are caught")


def _one(cursor: Cursor) -> Iterator[Inner]:
    if cursor.at("BEGIN"):
        yield from _block(cursor)
        cursor.expect(";")
    elif cursor.at("IF"):
        yield _condition(cursor)
    elif cursor.word() in _STATEMENTS:
        yield Inner(_up_to_semicolon(cursor))
    else:
        raise NotUnderstood("a plain statement")


def _condition(cursor: Cursor) -> Inner:
    """IF NOT EXISTS (…) THEN makes something, or IF EXISTS (…) THEN drops it: the condition has to spell its name."""
    start = cursor.position
    cursor.expect("IF")
    makes = cursor.take("NOT")
    cursor.expect("EXISTS")
    asked = {token.text.strip("'").lower() for token in cursor.parentheses().tokens if token.kind == "string"}
    cursor.expect("THEN")
    inner = Inner(_up_to_semicolon(cursor))
    cursor.expect("END", "IF")
    named = {token.text.strip('"').lower() for token in inner.cursor.tokens}
    if asked.isdisjoint(named) or not (_may_be_there(inner.cursor) if makes else inner.cursor.at("DROP")):
        raise NotUnderstood("a condition about what the statement makes")
    guarded = _guarded(inner, cursor, start)
    cursor.expect(";")
    return guarded


def _guarded(inner: Inner, cursor: Cursor, start: int) -> Inner:
    text = cursor.slice(start, cursor.position).source()
    return Inner(inner.cursor, f"DO $guard$ BEGIN {text}; END $guard$")


def _may_be_there(cursor: Cursor) -> bool:
    """Whether a statement makes something that may be there already. An extension may also be one that nobody has."""
    if cursor.at("ALTER", "TABLE"):
        return "ADD" in cursor.words()
    return cursor.at("CREATE") and not cursor.at("CREATE", "EXTENSION")


def _up_to_semicolon(cursor: Cursor) -> Cursor:
    start, depth = cursor.position, 0
    while depth or not cursor.at(";"):
        word = cursor.step().word
        depth += (word == "(") - (word == ")")
    found = cursor.slice(start, cursor.position)
    cursor.expect(";")
    return found


def _handlers(cursor: Cursor) -> None:
    """What catches errors and does nothing about them, but for a message."""
    cursor.expect("EXCEPTION")
    while cursor.take("WHEN"):
        cursor.skip_to("THEN")
        cursor.expect("THEN")
        while cursor.at("NULL") or cursor.at("RAISE"):
            if cursor.at("RAISE") and cursor.word(1) not in ("NOTICE", "WARNING", "INFO", "DEBUG", "LOG"):
                raise NotUnderstood("an error that is not raised again")
            _up_to_semicolon(cursor)
