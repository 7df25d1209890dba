"""Sequences that have fallen behind their column, so that the next INSERT takes a key that exists."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import Finding, Problem
from schemaguard.schema.objects import Kind, Schema

MOST = 400
"""One statement looks at this many tables at most: each takes a lock, and a server has only so many."""


def unasked(schema: Schema) -> tuple[str, ...]:
    """A sentence where some sequences are not looked at."""
    left = len(schema.sequences) - MOST
    return (f"the sequences of {left} tables: one statement looks at {MOST}",) if left > 0 else ()


def behind(connection: BaseDatabaseWrapper, schema: Schema) -> Iterator[Finding]:
    """A finding for each sequence below the largest value of its column. One query, an index probe for each table."""
    asked = schema.sequences[:MOST]
    if not asked:
        return
    quote = connection.ops.quote_name
    arms = [
        f"SELECT {number}, max({quote(sequence.column)})::numeric FROM {quote(sequence.table)}"
        for number, sequence in enumerate(asked)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(arms))
        largest = dict(cursor.fetchall())
    entry = CODES[Kind.SEQUENCE, Problem.DIFFERENT]
    for number, sequence in enumerate(asked):
        top = largest.get(number)
        if top is not None and sequence.last is not None and top > sequence.last:
            yield Finding(
                code=entry.code, level=entry.level, kind=Kind.SEQUENCE, problem=Problem.DIFFERENT,
                table=sequence.table, name=sequence.name, columns=(sequence.column,),
                expected=f"at least {top}", actual=str(sequence.last),
                message=f"sequence {sequence.name} stands at {sequence.last}, but {sequence.table}.{sequence.column} "
                f"goes up to {top}: the next INSERT fails",
                hint="manage.py schemaguard reconcile",
            )  # fmt: skip
