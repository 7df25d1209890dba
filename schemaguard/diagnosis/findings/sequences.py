"""Sequences that are behind their column, count down to it, or have ended, so that an INSERT fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import AT_ITS_END, CODES, MADE_BY_CODE, Code
from schemaguard.diagnosis.model import Finding
from schemaguard.diagnosis.wording import RECONCILE
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.base import Backend
    from schemaguard.schema.objects import Schema
    from schemaguard.schema.sequences import Sequence

NEARLY = 0.9
MOST = 400
"""One statement looks at this many tables at most: each takes a lock, and a server has only so many."""


def unasked(schema: Schema) -> tuple[str, ...]:
    """A sentence where some sequences are not looked at."""
    left = sum(each.feeds for each in schema.sequences) - MOST
    return (f"the sequences of {left} tables: one statement looks at {MOST}",) if left > 0 else ()


def behind(connection: BaseDatabaseWrapper, schema: Schema) -> Iterator[Finding]:
    """A finding for each sequence that gives a number which its column has, or none. One query, an index probe a table.

    And one more where such a sequence has given no number yet: ALTER SEQUENCE … RESTART may have set where it begins.
    """
    asked = _asked(schema)
    if not asked:
        return
    quote = connection.ops.quote_name
    largest = _by_number(
        connection,
        (
            f"SELECT {number}, max({quote(sequence.column)})::numeric FROM {quote(sequence.table)}"
            + _in_its_way(sequence, quote(sequence.column))
            for number, sequence in enumerate(asked)
        ),
    )
    low = _low(connection, asked, largest)
    for number, sequence in enumerate(asked):
        last, top = low.get(number, sequence.last), largest.get(number)
        if last is None:
            continue
        if not sequence.has(sequence.after(last)):
            yield _at_its_end(sequence, last, f"its last number is {sequence.most}")
        elif number in low and top is not None and _collides(sequence, last, top) and sequence.step < 0:
            yield _counts_down(sequence, last, top)
        elif number in low and top is not None and _collides(sequence, last, top):
            if sequence.has(top + sequence.step):
                yield _behind(sequence, last, top)
            else:
                yield _at_its_end(sequence, last, f"{sequence.table}.{sequence.column} goes up to {top} already")


def nearly_used_up(backend: Backend, schema: Schema) -> Iterator[Finding]:
    """A finding for each AUTO_INCREMENT whose type has few numbers left. Asks nothing."""
    for table, number in backend.next_numbers.items():
        live = schema.tables.get(table)
        for column in (each for each in live.columns.values() if each.auto) if live is not None else ():
            most = backend.largest_integer(column.type)
            if most is not None and number > most * NEARLY:
                yield Finding(
                    code=AT_ITS_END.code, level=AT_ITS_END.level, kind=Kind.SEQUENCE, problem=Problem.DIFFERENT,
                    table=table, columns=(column.name,), expected=f"numbers up to {most}", actual=f"next is {number}",
                    message=f"{table}.{column.name} is {column.type}, whose last number is {most}, and the next one is "
                    f"{number}: INSERTs run out of numbers",
                    hint=f"give {table}.{column.name} a wider type, by a BigAutoField and a migration",
                )  # fmt: skip


def suspects(connection: BaseDatabaseWrapper, schemas: Mapping[str, Schema]) -> set[str]:
    """Those of many schemas in which a sequence may be behind, or at its end: to be looked at one by one.

    `schemas`: its name → what was read of it. One query for every MOST tables, outside of a transaction.
    """
    quote = connection.ops.quote_name
    asked = [(name, sequence) for name, schema in schemas.items() for sequence in _asked(schema)]
    found = set()
    for start in range(0, len(asked), MOST):
        part = asked[start : start + MOST]
        largest = _by_number(
            connection,
            (
                f"SELECT {number}, max({quote(each.column)})::numeric FROM {_in(name, each.table, quote)}"
                + _in_its_way(each, quote(each.column))
                for number, (name, each) in enumerate(part)
            ),
        )
        for number, (name, each) in enumerate(part):
            if each.last is None:
                continue
            if not each.has(each.after(each.last)) or _collides(each, each.last, largest.get(number)):
                found.add(name)
    return found


def _in(schema: str, table: str, quote: Callable[[str], str]) -> str:
    """A table as SQL; its key says where it stands if that is not this schema."""
    return quote(table) if '"."' in table else f"{quote(schema)}.{quote(table)}"


def _low(connection: BaseDatabaseWrapper, asked: list[Sequence], largest: Mapping[int, int]) -> dict[int, int]:
    """The last numbers of those that come to a number which a row has."""
    low = {
        number: sequence.last
        for number, sequence in enumerate(asked)
        if sequence.last is not None and _collides(sequence, sequence.last, largest.get(number))
    }
    return low | _by_number(
        connection,
        (
            f"SELECT {number}, CASE WHEN is_called THEN last_value ELSE last_value - {asked[number].step} END "
            f"FROM {asked[number].name}"
            for number in low
            if not asked[number].used
        ),
    )


def _asked(schema: Schema) -> list[Sequence]:
    return [each for each in schema.sequences if each.feeds][:MOST]


def _in_its_way(sequence: Sequence, column: str) -> str:
    """Which rows a sequence may meet. One that goes by tens meets only its own numbers. One that cycles comes again."""
    if sequence.last is None or (sequence.step == 1 and not sequence.cycles):
        return ""
    following = sequence.after(sequence.last)
    if sequence.cycles:
        return f" WHERE {column} = {following}"
    if sequence.step < 0:
        return f" WHERE {column} <= {following} AND ({following} - {column}) % {-sequence.step} = 0"
    return f" WHERE {column} >= {following} AND ({column} - {following}) % {sequence.step} = 0"


def _collides(sequence: Sequence, last: int, top: int | None) -> bool:
    """Whether it comes to a number that a row has; `top` is the largest of the rows in its way."""
    if top is None:
        return False
    if sequence.step < 0 and not sequence.cycles:
        return top <= sequence.after(last) and (last - top) % sequence.step == 0
    return top == sequence.after(last) if sequence.cycles else top > last and (top - last) % sequence.step == 0


def _behind(sequence: Sequence, last: int, top: int) -> Finding:
    return _finding(
        CODES[Kind.SEQUENCE, Problem.DIFFERENT], sequence, expected=f"at least {top}", actual=str(last),
        message=f"sequence {sequence.name} stands at {last}, but {sequence.table}.{sequence.column} "
        f"goes up to {top}: the next INSERT fails",
        hint=RECONCILE,
    )  # fmt: skip


def _counts_down(sequence: Sequence, last: int, top: int) -> Finding:
    """No number above the rows mends it: it would come down to them again."""
    return _finding(
        AT_ITS_END, sequence, expected=f"a number after {last}", actual=f"{last + sequence.step}, and down",
        message=f"sequence {sequence.name} stands at {last} and counts down, by {-sequence.step}: it comes to {top}, "
        f"which {sequence.table}.{sequence.column} has, and the INSERT fails",
        hint=f"ALTER SEQUENCE {sequence.name} INCREMENT BY 1; then {RECONCILE}",
    )  # fmt: skip


def _at_its_end(sequence: Sequence, last: int, why: str) -> Finding:
    return _finding(
        AT_ITS_END, sequence, expected=f"a number after {last}", actual=f"none: {why}",
        message=f"sequence {sequence.name} stands at {last}, and {why}: "
        f"INSERTs into {sequence.table} run out of numbers",
        hint=f"give {sequence.table}.{sequence.column} a wider type, or the sequence another end",
    )  # fmt: skip


def _finding(entry: Code, sequence: Sequence, *, expected: str, actual: str, message: str, hint: str) -> Finding:
    return Finding(
        code=entry.code, level=entry.level, kind=Kind.SEQUENCE, problem=Problem.DIFFERENT, table=sequence.table,
        name=sequence.name, columns=(sequence.column,), expected=expected, actual=actual, message=message, hint=hint,
    )  # fmt: skip


def as_left_by_code(finding: Finding) -> Finding:
    """What a clean migrate may have left so is a note: `reconcile` sets it all the same."""
    entry = MADE_BY_CODE[Kind.SEQUENCE]
    message = (
        f"{finding.message}; no number was taken from it yet, and a migration's own code may have given these keys"
    )
    return replace(finding, code=entry.code, level=entry.level, message=message)


def _by_number(connection: BaseDatabaseWrapper, arms: Iterable[str]) -> dict[int, int]:
    """The rows (number, value) of many queries, asked as one."""
    sql = " UNION ALL ".join(arms)
    if not sql:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return dict(cursor.fetchall())
