"""The tables as they stand and as they should, and the foreign keys between them: for pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.model import DiagnosedColumn, DiagnosedTable, Reference
from schemaguard.schema.objects import Column, Constraint, ForeignKey, PrimaryKey, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from schemaguard.history.object_timeline import TableTimeline
    from schemaguard.location.location import Location


def diagnosed_tables(location: Location) -> tuple[DiagnosedTable, ...]:
    """Every table that stands or should stand, in the order of the history; asks nothing of the database."""
    found = [*_of_history(location), *_of_nobody(location)]
    return tuple(dict.fromkeys(found))


def _of_history(location: Location) -> Iterator[DiagnosedTable]:
    names = dict(_names(location))
    for timeline in location.history.timelines.every_table:
        expected, actual = _expected_name(location, timeline), location.live_table(timeline)
        if expected is None and actual is None:
            continue
        parts = timeline.parts if expected is not None else ()
        shapes = [location.expected_shape(each) for each in parts]
        columns = [each for each in shapes if isinstance(each, Column)]
        constraints = [each for each in shapes if each is not None and not isinstance(each, Column)]
        yield DiagnosedTable(
            name=actual.name if actual is not None else expected or timeline.name,
            app=location.graph.app_of(timeline),
            expected=expected is not None,
            actual=actual is not None,
            columns=_columns(actual, columns, constraints),
            references=_references(actual, constraints, names),
        )


def _of_nobody(location: Location) -> Iterator[DiagnosedTable]:
    """Live tables that no migration of the graph made."""
    claimed = location.names_of_live_tables
    for table in location.schema.tables.values():
        if table.name not in claimed:
            yield DiagnosedTable(
                name=table.name,
                app=None,
                expected=False,
                actual=True,
                columns=_columns(table, (), ()),
                references=_references(table, (), {}),
            )


def _expected_name(location: Location, timeline: TableTimeline) -> str | None:
    shape = location.expected_shape(timeline)
    return shape.name if shape is not None else None


def _names(location: Location) -> Iterator[tuple[str, str]]:
    """Every name that a table of the history bore → its name in the database, else the expected one."""
    for timeline in location.history.timelines.every_table:
        live = location.live_table(timeline)
        name = live.name if live is not None else _expected_name(location, timeline)
        if name is not None:
            yield from ((each, name) for each in timeline.names)


def _columns(
    actual: Table | None, expected: Iterable[Column], constraints: Iterable[Constraint]
) -> tuple[DiagnosedColumn, ...]:
    """Those that stand, in their order, and then those that are missing."""
    live = actual.columns if actual is not None else {}
    every = [*live.values(), *(each for each in expected if each.name not in live)]
    keys = {
        column
        for each in (*(actual.constraints if actual is not None else ()), *constraints)
        if isinstance(each, PrimaryKey)
        for column in each.columns
    }
    return tuple(
        DiagnosedColumn(name=each.name, definition=wording.column(each), key=each.name in keys) for each in every
    )


def _references(
    actual: Table | None, expected: Iterable[Constraint], names: Mapping[str, str]
) -> tuple[Reference, ...]:
    """Each foreign key once. Two of the same columns and the same table are one."""
    wanted = {(each.columns, names.get(each.target, each.target)) for each in expected if isinstance(each, ForeignKey)}
    there = {
        (each.columns, each.target)
        for each in (actual.constraints if actual is not None else ())
        if isinstance(each, ForeignKey)
    }
    return tuple(
        Reference(
            columns=columns, target=target, expected=(columns, target) in wanted, actual=(columns, target) in there
        )
        for columns, target in sorted(wanted | there)
    )
