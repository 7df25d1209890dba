"""Rows that would break a constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.exhaustive import assert_never
from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.schema.objects import Check, Constraint, Exclusion, ForeignKey, Index, PrimaryKey, reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.model import Hazard

TARGET = "schemaguard_target"
"""What a table goes by where rows are looked for in it. No table's own name: that would hide the rows that point."""


def broken(
    counter: Counter, table: str, constraint: Constraint, *, target_is_gone: bool = False, collation: str | None = None
) -> Iterator[Hazard]:
    """At most one hazard. `collation`: the one by which a foreign key compares texts, once it is made.

    If the target of a foreign key is gone, and will be made again empty, every row that points anywhere breaks it.
    A constraint over a column that is not there yet meets no row: NULLs break nothing. The query itself may fail, as
    long as the columns are of other types. Then nothing is counted, and the server has the last word.
    """
    live = counter.schema.find(table)
    if live is None or not reads(constraint) <= live.columns.keys():
        return
    match constraint:
        case ForeignKey():
            yield from _pointing_nowhere(counter, table, constraint, target_is_gone=target_is_gone, collation=collation)
        case Index() | PrimaryKey():
            yield from _twice(counter, table, constraint)
        case Check():
            if constraint.expression.text:
                condition, what = f"NOT ({constraint.expression.text})", "break the check"
                rows = Rows(kind="cast_fails", table=table, columns=constraint.columns, what=what, condition=condition)
                yield from counter.rows(rows, surely=False)
        case Exclusion():
            return  # the server alone knows what its operators mean
        case _:
            assert_never(constraint)


def _pointing_nowhere(
    counter: Counter, table: str, key: ForeignKey, *, target_is_gone: bool, collation: str | None
) -> Iterator[Hazard]:
    columns, quote = key.columns, counter.quote
    if target_is_gone:
        condition = " AND ".join(map(counter.has_value, columns))
        what = f"point at rows of {key.target}, which is gone"
        yield from counter.rows(Rows(kind="orphans", table=table, columns=columns, what=what, condition=condition))
    elif counter.schema.find(key.target) is not None and len(columns) == 1 and len(key.target_columns) == 1:
        ends = [f"{TARGET}.{quote(key.target_columns[0])}", f"{quote(table)}.{quote(columns[0])}"]
        if collation is not None and set(_collations(counter, table, key)) != {collation}:
            ends = [counter.backend.collations.cast(end, collation) for end in ends]
        condition = (
            f"{counter.has_value(columns[0])} AND NOT EXISTS (SELECT 1 FROM {quote(key.target)} AS {TARGET} "
            f"WHERE {' = '.join(ends)})"
        )
        what = f"point at no row of {key.target}"
        rows = Rows(kind="orphans", table=table, columns=columns, what=what, condition=condition)
        yield from counter.rows(rows, surely=False)


def _collations(counter: Counter, table: str, key: ForeignKey) -> Iterator[str | None]:
    """Those of both ends, as they are."""
    live = counter.backend.collations.live([table, key.target])
    yield live.get((table, key.columns[0]))
    yield live.get((key.target, key.target_columns[0]))


def _twice(counter: Counter, table: str, constraint: Index | PrimaryKey) -> Iterator[Hazard]:
    """The rows that break a unique constraint or index, over several columns or expressions, or conditional, too."""
    conditions: list[str] = []
    if isinstance(constraint, PrimaryKey):
        keys = [counter.quote(column) for column in constraint.columns]
    else:
        parts: Any = constraint.parts
        texts = [counter.quote(part.column) if part.column else part.expression.text for part in parts]
        if not constraint.unique or not all(texts):
            return
        keys = [text if part.column else f"({text})" for text, part in zip(texts, parts, strict=True)]
        if constraint.condition is not None:
            if not constraint.condition.text:
                return
            conditions.append(f"({constraint.condition.text})")
    if isinstance(constraint, PrimaryKey) or constraint.nulls_distinct:
        conditions = [*(counter.backend.has_value(key) for key in keys), *conditions]
    yield from counter.duplicates(table, constraint.columns, keys, " AND ".join(conditions))
