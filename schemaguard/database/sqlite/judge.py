"""Lets SQLite say whether two spellings mean the same. Reads no row of any table.

Same: both compile to the same program, as EXPLAIN lists it. Different: some made-up row tells them apart, or they are
not about the same columns, functions and values. Otherwise nobody can say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from schemaguard.database.sqlite import catalog
from schemaguard.database.sqlite.lexer import unquoted
from schemaguard.database.sqlite.tables import normal_type
from schemaguard.schema.text import canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.schema.questions import Answer, Question

_ATOM = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*[\s\S]*?(?:\*/|\Z))
    | (?P<blob>[xX]'[^']*') | (?P<string>'(?:[^']|'')*') | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    | (?P<number>(?:[0-9][\w.]*|\.[0-9]\w*)(?:(?<=[eE])[+-][0-9]+)?)
    | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*)
    """,
    re.VERBOSE | re.ASCII,
)
# Words that only arrange what an expression is about: with or without them it may mean the same.
_ARRANGING = frozenset(
    """
    and between case else end false in is isnull not notnull null or then true when
    """.split()  # noqa: SIM905
)
_PROBES: tuple[Any, ...] = (None, 0, 1, -1, 2, 0.5, "", "a", "A", " ", "{}", "2020-02-29")
_MOST_ROWS = 20_000
Atoms = frozenset[tuple[str, Any]]


def judge(connection: BaseDatabaseWrapper, questions: Collection[Question]) -> Mapping[Question, Answer]:
    """Answers every question, None where SQLite cannot compile one of the two sides."""
    return {question: _answer(connection, question) for question in dict.fromkeys(questions)}


def _answer(connection: BaseDatabaseWrapper, question: Question) -> Answer:
    if question.kind == "type":
        return normal_type(question.expected) == normal_type(question.actual)
    expected, actual = _cast(question.expected, question.cast), _cast(question.actual, question.cast)
    if canonical(question.expected) == canonical(question.actual):
        return True
    try:
        same_program = _program(connection, question.table, expected) == _program(connection, question.table, actual)
        columns = _rows(connection, catalog.COLUMN_TYPES, [question.table])
    except DatabaseError:
        return None
    atoms_of_expected, atoms_of_actual = _atoms(question.expected), _atoms(question.actual)
    if same_program and _unprinted(atoms_of_expected) == _unprinted(atoms_of_actual):
        return True
    atoms = atoms_of_expected | atoms_of_actual
    read = {str(name): str(kind) for name, kind in columns if ("name", str(name).lower()) in atoms}
    if _told_apart(connection, question.table, read, expected, actual, atoms):
        return False
    if not read:
        # Two constants: they have just come out equal.
        return True if all(kind != "name" for kind, _ in atoms) and question.cast else None
    about = {("name", question.table.lower())}
    return None if atoms_of_expected - about == atoms_of_actual - about else False


def _cast(text: str, kind: str | None) -> str:
    # The line ends before the parenthesis: the text may end in a comment.
    return f"CAST(({text}\n) AS {kind})" if kind else f"({text}\n)"


def _program(connection: BaseDatabaseWrapper, table: str, text: str) -> list[tuple[Any, ...]]:
    return _rows(connection, f"EXPLAIN SELECT {text} FROM main.{connection.ops.quote_name(table)}")


def _rows(connection: BaseDatabaseWrapper, sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _atoms(text: str) -> Atoms:
    """What an expression is about: names, strings and numbers, each in one spelling."""
    return frozenset(atom for match in _ATOM.finditer(text) for atom in _atom(match.lastgroup or "", match[0]))


def _atom(lexeme: str, text: str) -> Iterator[tuple[str, Any]]:
    if lexeme == "comment":
        return
    if lexeme == "string":
        yield "string", unquoted(text)
    elif lexeme == "blob":
        yield "blob", text.lower()
    elif lexeme == "number":
        try:
            number = int(text, 16) if text[:2] in ("0x", "0X") else float(text)
        except ValueError:  # pragma: no cover - SQLite has compiled it, so it is a number
            yield "name", text
        else:
            yield "number", number if abs(number) > 2**53 else float(number)
    elif lexeme == "quoted" or text.lower() not in _ARRANGING:
        yield "name", unquoted(text).lower()


def _unprinted(atoms: Atoms) -> Atoms:
    """What EXPLAIN does not print in full: blobs not at all, numbers to 16 digits."""
    return frozenset(atom for atom in atoms if atom[0] in ("blob", "number"))


def _told_apart(
    connection: BaseDatabaseWrapper, table: str, columns: Mapping[str, str], expected: str, actual: str, atoms: Atoms
) -> bool:
    """Whether a row can be made up for which the two come out different; the values stand in a query, in no table."""
    if ("name", "select") in atoms:
        return False
    quote = connection.ops.quote_name
    probes = list(_probes(atoms))
    most = int(_MOST_ROWS ** (1 / max(len(columns), 1)))
    sources: list[str] = []
    params: list[Any] = []
    for name, kind in columns.items():
        chosen = probes[: max(most, 2)]
        value = f"CAST(column1 AS {kind})" if kind else "column1"
        sources.append(f"(SELECT {value} AS {quote(name)} FROM (VALUES {', '.join(['(%s)'] * len(chosen))}))")
        params += chosen
    source = f" FROM (SELECT * FROM {', '.join(sources)}) AS {quote(table)}".replace("%", "%%").replace("%%s", "%s")
    condition = f"{expected} IS NOT {actual}".replace("%", "%%")
    sql = f"SELECT 1{source if sources else ''} WHERE {condition} LIMIT 1"
    try:
        return bool(_rows(connection, sql, params))
    except DatabaseError:
        return False


def _probes(atoms: Atoms) -> Iterator[Any]:
    """Values near those that the expressions speak of, the nearest first: on both sides of each border."""
    seen = set()
    for value in [*_near(atoms), *_PROBES]:
        if (type(value), value) not in seen:
            seen.add((type(value), value))
            yield value


def _near(atoms: Atoms) -> Iterator[Any]:
    yield None
    for kind, value in sorted(atoms, key=repr):
        if kind == "string":
            yield value
            yield from (value.strip("%"), f"{value}a", value[:-1], value.swapcase())
        elif kind == "number":
            whole = int(value) if value == value // 1 and abs(value) < 2**62 else value
            yield from (whole, whole + 1, whole - 1, whole + 0.5, -whole)
            if 0 <= value <= 300:
                yield from ("a" * int(value), "a" * (int(value) + 1))
