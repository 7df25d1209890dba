"""Rows over which a new collation fails: values that it makes one, and characters that its character set lacks.

Example: 'a' and 'A' are two values under utf8mb4_bin, and one under utf8mb4_general_ci, which a unique index refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.operations.hazards.row_counts import Counter, Rows
from schemaguard.schema.objects import Constraint, Index, PrimaryKey, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemaguard.diagnosis.model import Hazard


def recollated(counter: Counter, name: str, collations: Mapping[str, str]) -> Iterator[Hazard]:
    """The hazards of giving columns of a table other collations, by column."""
    table = counter.schema.find(name)
    if table is None:
        return
    for column, collation in collations.items():
        condition = counter.backend.collations.lost(counter.quote(column), collation)
        if condition:
            what = f"have a character that {collation} lacks"
            yield from counter.rows(
                Rows(kind="cast_fails", table=name, columns=(column,), what=what, condition=condition), surely=False
            )
    for constraint in table.constraints:
        if not collations.keys().isdisjoint(constraint.columns):
            yield from _made_one(counter, table, constraint, collations)


def _made_one(
    counter: Counter, table: Table, constraint: Constraint, collations: Mapping[str, str]
) -> Iterator[Hazard]:
    if isinstance(constraint, PrimaryKey):
        prefixes = dict.fromkeys(constraint.columns, None)
    elif isinstance(constraint, Index) and constraint.unique and len(constraint.columns) == len(constraint.parts):
        prefixes = {part.column or "": part.opclass for part in constraint.parts}
    else:
        return
    keys = [_key(counter, column, prefix, collations.get(column)) for column, prefix in prefixes.items()]
    conditions = " AND ".join(map(counter.has_value, prefixes))
    what = f"repeat the values of another row under {', '.join(sorted(set(collations.values())))}"
    yield from counter.duplicates(table.name, constraint.columns, keys, conditions, what)


def _key(counter: Counter, column: str, prefix: str | None, collation: str | None) -> str:
    """`prefix` is as the catalog has it: `(10)`."""
    quoted = counter.quote(column)
    text = quoted if prefix is None else f"LEFT({quoted}, {prefix.strip('()')})"
    return text if collation is None else counter.backend.collations.cast(text, collation)
