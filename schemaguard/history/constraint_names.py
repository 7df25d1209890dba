"""The names that a constraint may have, of those that nobody gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.kinds import KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from schemaguard.history.changes import Key
    from schemaguard.history.object_timeline import ConstraintTimeline, TableTimeline
    from schemaguard.schema.objects import Constraint


def usual_names(table: str, shape: Constraint) -> frozenset[str]:
    """The names that Django's schema editor and PostgreSQL give to a constraint that was given none."""
    suffix = KINDS[shape.kind].suffix
    columns = "_".join(shape.columns)
    servers = f"{table}_{suffix}" if shape.kind is Kind.PRIMARY_KEY else f"{table}_{columns}_{suffix}"
    return frozenset(name for name in (shape.name, servers) if name is not None)


def may_be_called(constraint: ConstraintTimeline, name: str, tables: Iterable[str]) -> bool:
    """Whether it may have that name though nobody gave it. Such a name holds an earlier name of its table."""
    shape = constraint.shape
    assert shape is not None
    return name in constraint.aliases or any(name in usual_names(table, shape) for table in tables)


def find_constraint(tables: Collection[TableTimeline], key: Key) -> tuple[TableTimeline | None, Key]:
    """The table that has it, and its key there: by that key, or by a name that Django (or the server) gave it."""
    for timeline in tables:
        if key in timeline.constraints:
            return timeline, key
    if key[0] == "name":
        for names in (
            [(timeline, [timeline.name]) for timeline in tables],
            [(timeline, timeline.names) for timeline in tables],
        ):
            for timeline, each in names:
                for other, constraint in timeline.constraints.items():
                    if constraint.shape is not None and may_be_called(constraint, key[1], each):
                        return timeline, other
    return None, key
