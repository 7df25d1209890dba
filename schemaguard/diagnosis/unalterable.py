"""Tables that are not to be altered now, and why: neither by a migration to come, nor by a step of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.findings.online_changes import changes_of
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.location.location import Location


@value(frozen=True, kw_only=True, slots=True)
class Unalterable:
    """A live table. `columns_only`: all but its columns may be altered."""

    table: str
    why: str
    columns_only: bool = False


def unalterable(location: Location) -> tuple[Unalterable, ...]:
    """By the names of the tables; first those of which nothing is to be altered."""
    return (*sorted(_copied(location), key=_table), *sorted(_versioned(location), key=_table))


def _copied(location: Location) -> Iterator[Unalterable]:
    """What is done to a table that an online schema change is copying would be lost with the old table."""
    for table, tool in {each.table: each.tool for each in changes_of(location) if each.under_way}.items():
        yield Unalterable(
            table=table,
            why=f"an online schema change of {table} ({tool}) may be under way, and its copy would lack what is "
            "altered now: wait for its end, or drop what a killed one left",
        )


def _versioned(location: Location) -> Iterator[Unalterable]:
    """MariaDB refuses to alter a column while it keeps its old values."""
    for table in location.schema.tables.values():
        if table.keeps_history:
            yield Unalterable(
                table=table.name,
                columns_only=True,
                why=f"{table.name} is system-versioned, and this server keeps its history as it is: SET "
                "system_versioning_alter_history = KEEP for these connections (init_command in OPTIONS) allows it",
            )


def _table(each: Unalterable) -> str:
    return each.table
