"""Which statements of SQL make an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history import changes as ch
from schemaguard.history.by_kind import by_kind
from schemaguard.history.sql import parse
from schemaguard.location.matching.columns import names_of
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from schemaguard.database.base import Backend
    from schemaguard.history.changes import Change
    from schemaguard.history.object_timeline import AnyTimeline


def maker_of(backend: Backend, timelines: Collection[AnyTimeline], *, on_tables: bool = False) -> Callable[[str], bool]:
    """Whether a statement makes one of these objects; `on_tables`: or anything on a table among them."""
    kinds = by_kind(timelines)
    tables = {name for table in kinds.tables for name in table.names}
    parted = tables if on_tables else frozenset()
    columns = {(name, own) for each in kinds.columns for name in each.table.names for own in names_of(each)}
    constraints = {(name, each.key) for each in kinds.constraints for name in each.table.names}
    others = {(other.kind, other.name) for other in kinds.others}

    def is_made(change: Change) -> bool:
        match change:
            case ch.CreateOther():
                return (change.kind, change.name) in others
            case ch.CreateTable():
                return change.table.name in tables
            case ch.AddColumn():
                return change.table in parted or (change.table, change.column.name) in columns
            case ch.AddConstraint():
                of_a_view = (Kind.VIEW_INDEX, change.constraint.name) in others
                return of_a_view or change.table in parted or (change.table, change.key) in constraints
            case _:
                return False

    def is_maker(statement: str) -> bool:
        return any(map(is_made, parse(statement, dialect=backend.dialect, normal_type=backend.normal_type)))

    return is_maker
