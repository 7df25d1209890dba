"""Rows of information_schema as the values of `schema/objects.py`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.database.mysql import casts
from schemaguard.schema.objects import Check, Column, Constraint, ForeignKey, Index, PrimaryKey, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from schemaguard.database.rows import Row

_NAME = re.compile(r"`((?:[^`]|``)*)`")


def foreign_key(name: str, rows: list[Row]) -> ForeignKey:
    _, _, _, schema, target, _, on_delete, on_update, database, _ = rows[0]
    # RESTRICT and NO ACTION are one to InnoDB; MariaDB gives the one for what says nothing, MySQL the other.
    delete, update = ("NO ACTION" if action == "RESTRICT" else str(action) for action in (on_delete, on_update))
    return ForeignKey(
        columns=tuple(row[2] for row in rows),
        target=target if schema == database else f'{schema}"."{target}',
        target_columns=tuple(row[5] for row in rows),
        name=name,
        deferrable=False,
        deferred=False,
        on_delete=delete,
        on_update=update,
    )


def beside_keys(keys: Collection[ForeignKey], index: Constraint) -> Iterator[Constraint]:
    """The index, unless it is the one that InnoDB made for a foreign key: it comes and goes with others that serve."""
    if not isinstance(index, Index) or index.unique or len(index.columns) != len(index.parts):
        yield index
        return
    if any(key.name == index.name and key.columns == index.columns for key in keys):
        return
    yield replace(index, for_key=any(key.columns == index.columns[: len(key.columns)] for key in keys))


def follows_its_table(column: Column) -> bool:
    """Whether it holds text, and has the collation of its table."""
    return column.collation is None and casts.is_text(column.type)


def column_of(check: Check, table: Table) -> Column:
    """The column whose definition a check of MariaDB is a part of, under the name by which the check knows it.

    In a plan that is only shown, the column may not bear that name yet.
    """
    (name,) = check.columns
    if name in table.columns:
        return table.columns[name]
    text = check.expression.text
    same = (each for each in table.constraints if isinstance(each, Check) and each.expression.text == text)
    return replace(table.columns[next(same).columns[0]], name=name)


def resting_on(index: Index, table: Table) -> ForeignKey | None:
    """The foreign key that would be without an index if this one went. Its own (`beside_keys`) is not in the table."""
    others = [each for each in table.constraints if isinstance(each, Index | PrimaryKey) and each.name != index.name]
    for key in table.constraints:
        if isinstance(key, ForeignKey) and _begins_with(index, key.columns):
            if not any(_begins_with(each, key.columns) for each in others):
                return key
    return None


def _begins_with(index: Index | PrimaryKey, columns: tuple[str, ...]) -> bool:
    plain = isinstance(index, PrimaryKey) or not any(part.opclass for part in index.parts[: len(columns)])
    return plain and index.columns[: len(columns)] == columns


def is_json(check: Check) -> bool:
    """Whether a check is the one of MariaDB's type JSON; a name of somebody's own tells that it is not."""
    name = check.columns[0] if len(check.columns) == 1 else ""
    doubled = name.replace("`", "``")
    return check.name is None and (check.expression.text or "").lower() == f"json_valid(`{doubled}`)".lower()


def names_in(text: str) -> frozenset[str]:
    return frozenset(name.replace("``", "`") for name in _NAME.findall(text))


def in_order(rows: Iterable[Row]) -> list[Row]:
    """By table and name, and what has one name by its position, which stands last."""
    return sorted(rows, key=lambda row: (row[0], row[1], int(row[-1])))
