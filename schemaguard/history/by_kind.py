"""Timelines told apart by what they are of: where each kind of object is treated in its own way, all of them are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from schemaguard.exhaustive import assert_never
from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    OtherTimeline,
    TableTimeline,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

R = TypeVar("R")


def match_kind(
    timeline: AnyTimeline,
    *,
    table: Callable[[TableTimeline], R],
    column: Callable[[ColumnTimeline], R],
    constraint: Callable[[ConstraintTimeline], R],
    other: Callable[[OtherTimeline], R],
) -> R:
    """What the function for this kind of timeline returns. It takes one for each kind, so that none is forgotten."""
    match timeline:
        case TableTimeline():
            return table(timeline)
        case ColumnTimeline():
            return column(timeline)
        case ConstraintTimeline():
            return constraint(timeline)
        case OtherTimeline():
            return other(timeline)
        case never:
            assert_never(never)


@dataclass(slots=True)
class ByKind:
    """Timelines, those of each kind in the order in which they came."""

    tables: list[TableTimeline] = field(default_factory=list)
    columns: list[ColumnTimeline] = field(default_factory=list)
    constraints: list[ConstraintTimeline] = field(default_factory=list)
    others: list[OtherTimeline] = field(default_factory=list)


def by_kind(timelines: Iterable[AnyTimeline]) -> ByKind:
    """The timelines of each kind."""
    found = ByKind()
    for timeline in timelines:
        match_kind(
            timeline,
            table=found.tables.append,
            column=found.columns.append,
            constraint=found.constraints.append,
            other=found.others.append,
        )
    return found
