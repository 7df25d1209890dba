"""Which steps a live object fits, and how far it is from the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from schemaguard.history.object_timeline import AnyTimeline, Op, TableTimeline
from schemaguard.location.matching.ranks import DIFFERENCES
from schemaguard.schema.compare import Difference, Match, verdict_of
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from schemaguard.schema.objects import Constraint, Elsewhere, Table

UNFINISHED = frozenset({"valid", "validated", "rest"})
SHORT = UNFINISHED | {"enforced"}
"""A constraint or an index that differs in these alone is the one that its migration makes."""


@value(frozen=True, slots=True)
class Placement:
    """`allowed` are the steps that agree with `actual`, which is None where the object is not there.

    `nearest`: no step agrees, and `allowed` holds those that come nearest.
    `differences`: by step, what is different, or cannot be compared.
    `lapsed`: it agrees, but does no more what it is for: a key gives no numbers, a constraint is not enforced.
    To give that back alters nothing else.
    `unfinished`: the operation that leads to the next step was begun.
    `in_doubt`: code that nobody can read may have touched it.
    `renamed`: it agrees, but for its name.
    `alike`: whether the live view, function or rule is the one that an unrecorded migration makes by a plain CREATE.
    None where nobody asked, or where none is in the way.
    `made_by`: where several operations make one, that without a record which alone makes it as it is.
    """

    allowed: tuple[int, ...]
    actual: Any = None
    nearest: bool = False
    unfinished: bool = False
    in_doubt: bool = False
    renamed: bool = False
    lapsed: bool = False
    alike: Match | None = None
    made_by: Op | None = None
    differences: Mapping[int, tuple[Difference, ...]] = field(default_factory=dict)


class ExtraColumn(NamedTuple):
    """A live column that is on no timeline, of a table that is on one."""

    timeline: TableTimeline
    table: Table
    name: str


class ExtraConstraint(NamedTuple):
    """A live constraint or index that is on no timeline, of a table that is on one."""

    timeline: TableTimeline
    table: Table
    constraint: Constraint


@dataclass(slots=True)
class MatchResult:
    """The placement of every timeline (`places`), the live table of every table timeline, and what no timeline claimed.

    `contested`: tables and columns that several timelines claimed, so that the records had a say in whose they are.
    `renamed_columns`: what columns that somebody renamed by hand should be called, by the live table and name.
    `things`: views, functions, triggers and rules that are not what they should be (`sql_objects.SqlObject`).
    `elsewhere`: for a table that is not there, the tables of other schemas that it may be.
    `unread`: as in the timelines. `views`: those that no migration makes.
    `stopped`: the migrations in which a run may have been interrupted, as `Graph.stopped` tells them.
    `one_name`: whether two names of tables are one name to the server.
    """

    places: dict[AnyTimeline, Placement] = field(default_factory=dict)
    tables: dict[TableTimeline, Table] = field(default_factory=dict)
    elsewhere: dict[TableTimeline, tuple[Elsewhere, ...]] = field(default_factory=dict)
    extra_tables: list[Table] = field(default_factory=list)
    extra_columns: list[ExtraColumn] = field(default_factory=list)
    extra_constraints: list[ExtraConstraint] = field(default_factory=list)
    renamed_columns: dict[tuple[str, str], str] = field(default_factory=dict)
    things: tuple[Any, ...] = ()
    contested: set[AnyTimeline] = field(default_factory=set)
    unread: Collection[str] = ()
    views: Collection[str] = ()
    stopped: Collection[int] = ()
    one_name: Callable[[str, str], bool] = str.__eq__

    def names_of_columns(self, timeline: TableTimeline) -> set[str]:
        """The names of the columns that are there. Of one that its history or somebody renames, all that it has there.

        Such a rename brings along what is over the column, and makes nothing that was not over it before. So it is no
        reason for anything to be missing. A name that a missing column has later is no more its own.
        """
        live = self.tables.get(timeline)
        names = set(live.columns) if live is not None else set()
        later: dict[str, Op] = {}
        for column in timeline.every_column:
            if self.places[column].actual is None:
                later.update((step.shape.name, step.at) for step in column.steps if step.shape is not None)
        for column in timeline.every_column:
            if self.places[column].actual is not None:
                shapes = [(step.shape.name, step.at) for step in column.steps if step.shape is not None]
                names.update(name for name, at in shapes if later.get(name, at) <= at)
        return names

    def view_in_place_of(self, timeline: AnyTimeline, step: int) -> str | None:
        """The name of a view that keeps a table from being made, or renamed, at a step of its timeline."""
        shape = timeline.steps[step].shape if isinstance(timeline, TableTimeline) else None
        return shape.name if shape is not None and shape.name in self.views else None


def absent(timeline: AnyTimeline) -> Placement:
    steps: list[Any] = list(timeline.steps)
    allowed = tuple(i for i, step in enumerate(steps) if step.shape is None)
    return Placement(allowed or (0,))


def with_what_came_to_nothing(timeline: AnyTimeline, place: Placement) -> Placement:
    """The placement, with the steps that it fits too, since an operation may have left it as it was, or lost it."""
    if place.nearest:
        return place
    allowed = set(place.allowed)
    steps: list[Any] = list(timeline.steps)
    for i in timeline.maybe_lost_steps if place.actual is None else ():
        later = takewhile(lambda number: steps[number].shape is not None, range(i + 1, len(steps)))
        allowed.update((i, *later))  # what is gone is not altered any more, whatever the history says
    for i, step in enumerate(steps):
        if step.op in timeline.maybe_noop_ops and i - 1 in allowed:
            allowed.add(i)
    return replace(place, allowed=tuple(sorted(allowed)))


def place_of(timeline: AnyTimeline, differences: Mapping[int, tuple[Difference, ...]], actual: Any) -> Placement:
    agreeing = tuple(i for i, found in differences.items() if verdict_of(found) is not Match.DIFFERENT)
    if len(agreeing) == 1:
        return Placement(agreeing, actual, differences=differences)
    if agreeing:
        silent = {i: _silence(timeline.steps[i].shape, actual) for i in agreeing}
        least = min(silent.values())
        return Placement(tuple(i for i in agreeing if silent[i] == least), actual, differences=differences)
    lapsed = tuple(i for i, found in differences.items() if _is_lapsed(different(found)))
    if lapsed:
        return Placement(lapsed, actual, lapsed=True, differences=differences)
    for found in differences.values():
        # PostgreSQL reports a failed CONCURRENTLY build as an index that exists; only indisvalid gives it away.
        # A NOT VALID constraint holds for new rows alone. MySQL keeps what is left of an index whose column is dropped.
        # None of these is what the migration makes.
        if {each.attribute for each in found} <= UNFINISHED:
            return Placement(absent(timeline).allowed, actual, unfinished=True)
    least = min(weight(found) for found in differences.values())
    nearest = tuple(i for i, found in differences.items() if weight(found) == least)
    return Placement(nearest, actual, nearest=True, differences=differences)


def _is_lapsed(attributes: set[str]) -> bool:
    return attributes == {"auto"} or ("enforced" in attributes and attributes <= {"enforced", "validated"})


def different(differences: Iterable[Difference]) -> set[str]:
    """The attributes that differ for sure."""
    return {each.attribute for each in differences if each.match is Match.DIFFERENT}


def _silence(shape: Any, actual: Any) -> int:
    """How many attributes the live column has that the shape leaves open. A step that names them fits better."""
    numbered = getattr(actual, "auto", False)
    attributes = ("comment", "collation") if numbered else ("comment", "collation", "default")
    unsaid = sum(
        getattr(shape, attribute, None) is None and getattr(actual, attribute, None) is not None
        for attribute in attributes
    )
    return unsaid + int(numbered and not getattr(shape, "auto", False))


def weight(differences: Iterable[Difference]) -> int:
    """How far two shapes are apart."""
    return sum(DIFFERENCES.get(each.attribute, 1) for each in differences if each.match is Match.DIFFERENT)
