"""Sequences that have fallen behind their column, so that the next INSERT takes a key that exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.diagnosis.codes import CODES, MADE_BY_CODE
from schemaguard.diagnosis.model import Finding, Problem
from schemaguard.schema.objects import Kind, Schema

MOST = 400
"""One statement looks at this many tables at most: each takes a lock, and a server has only so many."""


def unasked(schema: Schema) -> tuple[str, ...]:
    """A sentence where some sequences are not looked at."""
    left = len(schema.sequences) - MOST
    return (f"the sequences of {left} tables: one statement looks at {MOST}",) if left > 0 else ()


def behind(connection: BaseDatabaseWrapper, schema: Schema) -> Iterator[Finding]:
    """A finding for each sequence below the largest value of its column. One query, an index probe for each table.

    And one more where such a sequence has given no number yet: ALTER SEQUENCE … RESTART may have set where it begins.
    """
    asked = schema.sequences[:MOST]
    if not asked:
        return
    quote = connection.ops.quote_name
    largest = _by_number(
        connection,
        (
            f"SELECT {number}, max({quote(sequence.column)})::numeric FROM {quote(sequence.table)}"
            for number, sequence in enumerate(asked)
        ),
    )
    low = {
        number: sequence.last
        for number, sequence in enumerate(asked)
        if sequence.last is not None and (top := largest.get(number)) is not None and top > sequence.last
    }
    low |= _by_number(
        connection,
        (
            f"SELECT {number}, CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {asked[number].name}"
            for number in low
            if not asked[number].used
        ),
    )
    entry = CODES[Kind.SEQUENCE, Problem.DIFFERENT]
    for number, last in low.items():
        sequence, top = asked[number], largest[number]
        if top > last:
            yield Finding(
                code=entry.code, level=entry.level, kind=Kind.SEQUENCE, problem=Problem.DIFFERENT,
                table=sequence.table, name=sequence.name, columns=(sequence.column,),
                expected=f"at least {top}", actual=str(last),
                message=f"sequence {sequence.name} stands at {last}, but {sequence.table}.{sequence.column} "
                f"goes up to {top}: the next INSERT fails",
                hint="manage.py schemaguard reconcile",
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
