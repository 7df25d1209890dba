"""Lets the server say whether two spellings mean the same, by an EXPLAIN that reads no row.

`EXPLAIN` leaves the query as the server understood it in a note (SHOW WARNINGS, code 1003). There `LOWER("a")` and
`lcase(a)` come out alike. It needs SELECT on the table and works in a READ ONLY session.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from django.db import Error

from schemaguard.database.halving import answered

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.questions import Answer, Question

NOTE = 1003
_ATOM = re.compile(r"'(?:[^'\\]|''|\\.)*'|`(?:[^`]|``)*`|(?<![\w.])(\d+\.?\d*(?:e[+-]?\d+)?)(?![\w.])")
_ASCII = re.compile(r"\b_(?:utf8mb[34]|utf8|latin1|ascii)(?='[ -~]*')")
_CALL = re.compile(r"\w\(")
_NUMBERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "bit"})
_MOMENTS = {"datetime": "DATETIME(6)", "timestamp": "DATETIME(6)", "date": "DATE", "time": "TIME(6)"}


def judge(connection: BaseDatabaseWrapper, questions: Collection[Question]) -> Mapping[Question, Answer]:
    """Answers the questions about expressions, None for those that the server cannot plan."""
    views = {question: _one_query(connection, question) for question in questions if question.kind == "view"}
    others = sorted((question for question in questions if question.kind != "view"), key=lambda each: each.table)
    return {**views, **answered(others, partial(_ask, connection))}


def _ask(connection: BaseDatabaseWrapper, batch: Sequence[Question]) -> Mapping[Question, Answer] | None:
    note = _note(connection, " UNION ALL ".join(_selects(connection, batch)))
    if note is None:
        return None
    return {question: _answer(connection, note, number, question) for number, question in enumerate(batch)}


def _one_query(connection: BaseDatabaseWrapper, question: Question) -> Answer:
    """Whether two queries, each as it may stand in FROM, are one to the server.

    The server keeps a view's query as it understood it, and understands that the same way again. That they differ says
    nothing where a star stands for columns that the table got since.
    """
    expected, actual = (_note(connection, f"SELECT * FROM {query}") for query in (question.expected, question.actual))
    if expected is None or actual is None:
        return None
    if expected == actual:
        return True
    return None if question.cast == "star" else False


def _note(connection: BaseDatabaseWrapper, query: str) -> str | None:
    """A query as the server understood it; None where it does not."""
    extended = "EXTENDED" if connection.mysql_is_mariadb else "FORMAT=TRADITIONAL"  # type: ignore[attr-defined]
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {extended} {query}")
            cursor.fetchall()
            cursor.execute("SHOW WARNINGS")
            notes = [str(text) for _, code, text in cursor.fetchall() if int(code) == NOTE]
    except Error:
        return None
    return notes[0] if len(notes) == 1 else None


def _answer(connection: BaseDatabaseWrapper, note: str, number: int, question: Question) -> Answer:
    expected, actual = (_between(note, f"`sg{number}{side}`") for side in "ea")
    if expected is None or actual is None:
        return None
    if _numbered(expected) == _numbered(actual):
        return True
    return _one_value(connection, question) if question.cast else False


def _selects(connection: BaseDatabaseWrapper, batch: Sequence[Question]) -> Iterator[str]:
    """A query for each table: each expression stands between two markers, since the note has it up to its alias.

    All have as many columns. What is in these is not looked at.
    """
    by_table: dict[str, list[tuple[int, Question]]] = {}
    for number, question in enumerate(batch):
        by_table.setdefault(question.table, []).append((number, question))
    most = max(map(len, by_table.values()))
    for table, asked in by_table.items():
        columns = [
            f"1 AS `sg{number}`, ({question.expected}) AS `sg{number}e`, ({question.actual}) AS `sg{number}a`"
            for number, question in asked
        ]
        columns += ["NULL", "NULL", "NULL"] * (most - len(asked))
        yield f"SELECT {', '.join(columns)} FROM {connection.ops.quote_name(table)}"


def _between(note: str, alias: str) -> str | None:
    """The text of the column of that alias."""
    end = note.find(f" AS {alias}")
    start = note.rfind(" AS `sg", 0, end)
    if min(start, end) < 0 or note.find(f" AS {alias}", end + 1) >= 0:
        return None
    return note[note.index("`,", start) + 2 : end]


def _numbered(text: str) -> str:
    """The text with each number in one spelling: `0.5e0` and `0.50` are one. Strings and names stay as they are.

    The character set of a string goes where all character sets of the server agree on it.
    """
    text = _ASCII.sub("", text)
    return _ATOM.sub(lambda match: match[0] if match[1] is None else repr(float(match[1])), text)


def _one_value(connection: BaseDatabaseWrapper, question: Question) -> Answer:
    """Whether two defaults are one value to a column of that type: 0 and '0' to an integer. None for a call."""
    if _CALL.search(question.expected) or _CALL.search(question.actual):
        return None
    kind = (question.cast or "").partition("(")[0].split(" ")[0]
    template = "CAST({} AS BINARY)"
    if kind in _NUMBERS:
        template = "({} + 0)"
    elif kind in _MOMENTS:
        template = f"CAST({{}} AS {_MOMENTS[kind]})"
    sides = (template.format(f"({text})") for text in (question.expected, question.actual))
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {' <=> '.join(sides)}")
            return bool(cursor.fetchone()[0])
    except Error:
        return None
