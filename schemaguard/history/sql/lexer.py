"""Text into tokens, and tokens into statements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemaguard.history.sql.dialects import Dialect

_DOLLAR = re.compile(r"\$(?:[^\W\d]\w*)?\$")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_ROUTINES = frozenset({"FUNCTION", "PROCEDURE", "TRIGGER", "EVENT"})
_COMPOUND = frozenset({"IF", "LOOP", "WHILE", "REPEAT"})


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is word, quoted (a name), string, number, sign, or broken (what has no end, or no place in a statement).

    `word` is the text in capitals for what can be a keyword or a sign, else ''. `spaced` tells of a gap before it.
    """

    kind: str
    text: str
    word: str
    spaced: bool
    source: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def split(sql: str, dialect: Dialect) -> Iterator[Sequence[Token]]:
    """The statements of a script, each without its semicolon; empty ones are left out.

    A semicolon within parentheses or within the BEGIN … END of a routine does not end a statement.
    """
    statement: list[Token] = []
    parentheses = blocks = 0
    routine = False
    for token in tokens(sql, dialect):
        word = token.word
        if word == ";" and parentheses <= 0 and blocks <= 0:
            if statement:
                yield statement
            statement, parentheses, blocks, routine = [], 0, 0, False
            continue
        before = statement[-1].word if statement else ""
        statement.append(token)
        if word == "(":
            parentheses += 1
        elif word == ")":
            parentheses -= 1
        elif word in _ROUTINES and len(statement) < 16 and statement[0].word == "CREATE":
            routine = True
        elif routine and (word == "BEGIN" or (word == "CASE" and before != "END")):
            blocks += 1
        elif routine and word == "END":
            blocks -= 1
        elif routine and word in _COMPOUND and before == "END":
            blocks += 1  # END IF closes an IF, which was not counted.
    if statement:
        yield statement


def tokens(sql: str, dialect: Dialect) -> Iterator[Token]:
    position, end = 0, len(sql)
    while position < end:
        start = _skip(sql, position, dialect)
        if start >= end:
            return
        kind, stop = _extent(sql, start, dialect)
        text = sql[start:stop]
        word = text.upper() if kind in ("word", "sign") else ""
        yield Token(kind, text, word, start > position, sql, start)
        position = stop


def _skip(sql: str, position: int, dialect: Dialect) -> int:
    """Past white space and comments. A comment without an end, or one that MySQL executes, is not skipped."""
    while True:
        gap = dialect.space.match(sql, position)
        if gap:
            position = gap.end()
        if not sql.startswith("/*", position) or sql.startswith(("/*!", "/*M!"), position):
            return position
        end = _comment_end(sql, position, nested=dialect.nested_comments)
        if end is None:
            return position
        position = end


def _comment_end(sql: str, position: int, *, nested: bool) -> int | None:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, position):
        if edge.group() == "*/":
            depth -= 1
        elif nested or depth == 0:
            depth += 1
        if depth == 0:
            return edge.end()
    return None


def _extent(sql: str, start: int, dialect: Dialect) -> tuple[str, int]:
    if sql.startswith("/*", start):
        return "broken", len(sql)
    if dialect.dollar_quotes and sql[start] == "$":
        opening = _DOLLAR.match(sql, start)
        if opening:
            end = sql.find(opening.group(), opening.end())
            return ("string", end + len(opening.group())) if end >= 0 else ("broken", len(sql))
    match = dialect.token.match(sql, start)
    assert match is not None  # Its last branch is any character.
    assert match.lastgroup is not None
    if match.lastgroup == "sign" and match.group() in "'\"`":
        return "broken", len(sql)
    return match.lastgroup, match.end()
