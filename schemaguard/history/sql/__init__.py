"""The SQL of a RunSQL, read as Change values.

`dialects` says what differs from database to database, `lexer` cuts text into tokens and statements, `cursor` walks
them, and one module a kind of thing reads them: `tables`, `alterations`, `columns`, `constraints`, `indexes`, `others`,
`rows`; `statements` chooses between them, and `do_blocks` takes them out of DO blocks.

The statements are read by hand, not with sqlglot. Its answer to most of ALTER TABLE and CREATE INDEX is `Command`, the
exceptions change with its versions, and it spells expressions in its own words. Here a statement is read to its last
token, or it is Opaque. sqlglot reads expressions (see `expressions`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from schemaguard.history.changes import Change, CreateOther, Opaque
from schemaguard.history.sql.cursor import Cursor, NotUnderstood
from schemaguard.history.sql.definitions import definition_of, names_of
from schemaguard.history.sql.dialects import DIALECTS
from schemaguard.history.sql.do_blocks import inner_statements, is_block
from schemaguard.history.sql.lexer import split, tokens
from schemaguard.history.sql.rows import about_rows
from schemaguard.history.sql.statements import read, rolls_back, turns_away

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "definition_of",
    "is_about",
    "is_about_rows",
    "leaves_what_is_there",
    "names_in",
    "parse",
    "statements",
    "without_guard",
    "words_of",
]

_GUARDED = re.compile(r"\s*DO\b", re.IGNORECASE)
_AFTER_A_TARGET = frozenset({"(", "USING", "IS", "TO", "FROM"})


def parse(sql: str, *, dialect: str, normal_type: Callable[[str], str]) -> list[Change]:
    """What the statements of `sql` do to the schema, in order. Nothing for those that touch rows only.

    `dialect` is Django's name of a vendor; of one that is not known everything is Opaque. `normal_type` spells a
    column's type as the catalog does. Never raises: a statement that is not understood whole is one Opaque.

    The caller knows the schema at that moment, and completes what SQL leaves to it:

    - A ForeignKey without `target_columns` points at the target's primary key.
    - An AlterConstraint whose `new_key` is its `key` says that the constraint is validated from here on.
    - DropConstraint and AlterConstraint say the name in the database, which may be one that the database chose.
    - IF EXISTS and IF NOT EXISTS are not told: what is there already keeps its shape, what is not there stays away.
    """
    rules = DIALECTS.get(dialect)
    if rules is None:
        return [Opaque(sql.strip())] if sql.strip() else []
    cursors = [Cursor(tokens, rules, normal_type) for tokens in split(sql, rules)]
    # Bare names mean another schema after SET search_path, and what is rolled back never happened.
    astray = any(rolls_back(cursor) for cursor in cursors)
    temporary: set[str] = set()
    changes: list[Change] = []
    for cursor in cursors:
        text = cursor.source()
        try:
            if turns_away(cursor):
                astray = True
                raise NotUnderstood("names of this schema")
            found = _read_block(cursor, temporary) if is_block(cursor) else read(cursor, temporary)
        except NotUnderstood:
            found = [Opaque(text)]
        changes += [Opaque(text)] if found and astray else found
    return changes


def _read_block(cursor: Cursor, temporary: set[str]) -> list[Change]:
    """What a DO block does. What it makes only where it is not there yet has the block as its statement."""
    found: list[Change] = []
    for inner in inner_statements(cursor):
        for change in read(inner.cursor, temporary):
            if isinstance(change, CreateOther) and change.sql is not None and inner.guard is not None:
                found.append(replace(change, sql=inner.guard))
            else:
                found.append(change)
    return found


def leaves_what_is_there(sql: str) -> bool:
    """Whether a statement that makes something does nothing where that is there already, whatever its shape."""
    return " IF NOT EXISTS " in f" {sql.upper()} " or _GUARDED.match(sql) is not None


def without_guard(sql: str, *, dialect: str) -> str:
    """The statement that a DO block carries out where a thing is not there yet. Any other SQL as it is."""
    rules = DIALECTS.get(dialect)
    if rules is None or _GUARDED.match(sql) is None:
        return sql
    (block,) = split(sql, rules)
    (inner,) = inner_statements(Cursor(block, rules, str))
    return inner.cursor.source()


def statements(sql: str, *, dialect: str) -> list[str]:
    """The statements of a script, each without its semicolon; the whole of it where the vendor is not known."""
    rules = DIALECTS.get(dialect)
    if rules is None:
        return [sql]
    return [Cursor(tokens, rules, str).source() for tokens in split(sql, rules)]


def names_in(sql: str, *, dialect: str) -> frozenset[str]:
    """All that may be a name in a script, in lower case; the words of strings too, since a body is one."""
    rules = DIALECTS.get(dialect)
    return frozenset(name.lower() for name in names_of(list(tokens(sql, rules)))) if rules is not None else frozenset()


def is_about_rows(sql: str, *, dialect: str) -> bool:
    """Whether any statement of a script may do something to rows, or to nothing that a schema holds."""
    rules = DIALECTS.get(dialect)
    return rules is None or any(about_rows(Cursor(tokens, rules, str)) for tokens in split(sql, rules))


def words_of(sql: str) -> tuple[str, ...]:
    """What a function's body is made of, white space and comments aside: PostgreSQL's tokens, as they are written."""
    return tuple(token.text for token in tokens(sql.replace("\r\n", "\n"), DIALECTS["postgresql"]))


def is_about(sql: str, name: str, *, dialect: str) -> bool:
    """Whether a statement puts an index, a comment or a privilege on a thing of that name.

    An index on another table that only calls a function of that name is not about the function.
    """
    rules = DIALECTS.get(dialect)
    found = list(tokens(sql, rules)) if rules is not None else []
    words = [token.word for token in found]
    if words[:1] not in (["GRANT"], ["REVOKE"], ["COMMENT"]) and "INDEX" not in words[:3]:
        return False
    if words[:1] == ["DROP"] or "ON" not in words:
        return False
    target = takewhile(lambda token: token.word not in _AFTER_A_TARGET, found[words.index("ON") + 1 :])
    return any(token.text.strip('"') == name for token in target)
