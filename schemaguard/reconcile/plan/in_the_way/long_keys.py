"""Indexes that would be too long for the server once their columns have another character set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.operations import tasks as t
from schemaguard.schema.objects import Index, PrimaryKey, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step


def keys_too_long(steps: Collection[Step], location: Location) -> Iterator[str]:
    """A sentence each. Example: utf8mb3 keeps a key of 1,000 characters, which has 4,000 bytes in utf8mb4."""
    for step in steps if location.backend.longest_key is not None else ():
        for task in step.every_task:
            if isinstance(task, t.AlterTable | t.AlterColumn):
                live = location.schema.find(task.table)
                if live is not None:
                    yield from _of_table(live, _collations(task, location), location)


def _of_table(live: Table, collations: Mapping[str, str], location: Location) -> Iterator[str]:
    for each in live.constraints:
        if isinstance(each, Index | PrimaryKey) and not collations.keys().isdisjoint(each.columns):
            yield from _said(each, live, collations, location)


def _said(key: Index | PrimaryKey, table: Table, collations: Mapping[str, str], location: Location) -> Iterator[str]:
    most = location.backend.longest_key
    size = location.backend.key_bytes(key, {name: table.columns[name].type for name in key.columns}, collations)
    if most is not None and size > most:
        yield (
            f"{key.kind.words} {key.name} on {table.name} would have keys of up to {size} bytes under "
            f"{', '.join(sorted(set(collations.values())))}, and {most} is the most: make its columns shorter by a "
            "migration first"
        )


def _collations(task: t.AlterTable | t.AlterColumn, location: Location) -> Mapping[str, str]:
    """Column → collation, of those that get another one."""
    live, collations = location.schema.find(task.table), location.backend.collations
    if live is None:
        return {}
    match task:
        case t.AlterTable(_, _, expected, actual):
            return collations.altered(live, expected, actual)
        case t.AlterColumn(_, _, column, before) if column.collation != before.collation:
            collation = collations.of_column(column, live)
            return {before.name: collation} if collation is not None else {}
    return {}
