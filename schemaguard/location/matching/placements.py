"""Where a line may stand, and how far what stands there is from what it should be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from schemaguard.history.object_timeline import AnyTimeline, TableTimeline
from schemaguard.schema.compare import Difference, Match, verdict_of
from schemaguard.schema.objects import Constraint, Elsewhere, Table

UNFINISHED = frozenset({"valid", "validated"})


@dataclass(slots=True)
class Placement:
    """Where a line may stand: the steps that agree with `actual` (None: it is not there).

    `nearest` is true where no step agrees, and `allowed` holds those that come nearest; `differences` says, by step,
    what is different, or cannot be compared. `unnumbered`: it agrees, but for the numbering of its rows, which costs
    nothing to give back. `unfinished`: what leads to the next step was begun. `alike` says of a view, function or rule
    that one plain CREATE makes, and whose record is missing, whether the live one is that; None where nobody asked, or
    none is in the way.
    """

    allowed: tuple[int, ...]
    actual: Any = None
    nearest: bool = False
    unfinished: bool = False
    in_doubt: bool = False
    renamed: bool = False
    unnumbered: bool = False
    alike: Match | None = None
    differences: Mapping[int, tuple[Difference, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class MatchResult:
    """The place of every line, the live table of every table line, and what of the database no line claimed.

    `contested` are the tables and columns of which several timelines wanted one, so that the records had a say in whose
    it is.
    `renamed_columns` says what those that somebody renamed by hand should be called, by table and name, all live.
    `things` are views, functions, triggers and rules that are not what they should be (`diagnosis.things.Thing`).
    `elsewhere` has the tables of other schemas that a line may be which is not there. `unread` is the timeline's;
    `views` are those that no migration makes; `one_name` says of two names of tables whether the server holds them to
    be one.
    """

    places: dict[AnyTimeline, Placement] = field(default_factory=dict)
    tables: dict[TableTimeline, Table] = field(default_factory=dict)
    elsewhere: dict[TableTimeline, tuple[Elsewhere, ...]] = field(default_factory=dict)
    extra_tables: list[Table] = field(default_factory=list)
    extra_columns: list[tuple[TableTimeline, Table, str]] = field(default_factory=list)
    extra_constraints: list[tuple[TableTimeline, Table, Constraint]] = field(default_factory=list)
    renamed_columns: dict[tuple[str, str], str] = field(default_factory=dict)
    things: tuple[Any, ...] = ()
    contested: set[AnyTimeline] = field(default_factory=set)
    unread: Collection[str] = ()
    views: Collection[str] = ()
    one_name: Callable[[str, str], bool] = str.__eq__

    def line_of(self, table: str | None) -> TableTimeline | None:
        """The line of a live table."""
        return next((timeline for timeline, live in self.tables.items() if live.name == table), None)

    def view_in_place_of(self, timeline: AnyTimeline, step: int) -> str | None:
        """The name of a view that keeps a table from being made, or renamed, at a step of its line."""
        shape = timeline.steps[step].shape if isinstance(timeline, TableTimeline) else None
        return shape.name if shape is not None and shape.name in self.views else None


def absent(timeline: AnyTimeline) -> Placement:
    steps: list[Any] = list(timeline.steps)
    allowed = tuple(i for i, step in enumerate(steps) if step.shape is None)
    return Placement(allowed or (0,))


def with_what_came_to_nothing(timeline: AnyTimeline, place: Placement) -> Placement:
    """The place of a line where it may also stand because an operation may have left it as it was, or lost it."""
    if place.nearest:
        return place
    allowed = set(place.allowed)
    if place.actual is None:
        allowed |= timeline.maybe_lost_steps
    steps: list[Any] = list(timeline.steps)
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
    for found in differences.values():
        # PostgreSQL reports a failed CONCURRENTLY build as an index that exists; only indisvalid gives it away.
        # A NOT VALID constraint holds for new rows alone. Neither is what the migration makes.
        if {each.attribute for each in found} <= UNFINISHED:
            return Placement(absent(timeline).allowed, actual, unfinished=True)
    unnumbered = tuple(i for i, found in differences.items() if different(found) == {"auto"})
    if unnumbered:
        return Placement(unnumbered, actual, unnumbered=True, differences=differences)
    least = min(weight(found) for found in differences.values())
    nearest = tuple(i for i, found in differences.items() if weight(found) == least)
    return Placement(nearest, actual, nearest=True, differences=differences)


def different(differences: Iterable[Difference]) -> set[str]:
    """The attributes that differ for sure."""
    return {each.attribute for each in differences if each.match is Match.DIFFERENT}


def _silence(shape: Any, actual: Any) -> int:
    """What of the live column the shape does not speak of: no difference, but a step that speaks of it fits better."""
    numbered = getattr(actual, "auto", False)
    attributes = ("comment", "collation") if numbered else ("comment", "collation", "default")
    unsaid = sum(
        getattr(shape, attribute, None) is None and getattr(actual, attribute, None) is not None
        for attribute in attributes
    )
    return unsaid + int(numbered and not getattr(shape, "auto", False))


def weight(differences: Iterable[Difference]) -> int:
    """How far two shapes are apart. Another type is further than another nullability."""
    heavy = {"type": 3, "generated": 3, "columns": 5, "kind": 9}
    return sum(heavy.get(each.attribute, 1) for each in differences if each.match is Match.DIFFERENT)
