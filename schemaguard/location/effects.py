"""What operations do to objects, and which objects tell something about the operations that made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from schemaguard.exhaustive import assert_never
from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    OtherTimeline,
    Step,
    TableTimeline,
)
from schemaguard.schema.compare import Match
from schemaguard.schema.kinds import NOT_EVIDENCE
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from schemaguard.location.matching import Placement


T = TypeVar("T", bound=AnyTimeline, covariant=True)


@value(frozen=True, slots=True)
class Effect(Generic[T]):
    """One step of one timeline: what an operation does to one object."""

    timeline: T
    step: int

    @property
    def before(self) -> Any:
        """The shape of the object before it; None where it is not there by then. Not to be asked of step 0."""
        return self.timeline.steps[self.step - 1].shape

    @property
    def after(self) -> Any:
        """The shape of the object after it; None where it is gone by then."""
        return self.timeline.steps[self.step].shape

    @property
    def shapes(self) -> tuple[Any, Any]:
        """That of the object before it, and after it."""
        return self.before, self.after

    @property
    def makes(self) -> bool:
        """Whether the object is there after it, and was not before."""
        before, after = self.shapes
        return before is None and after is not None

    @property
    def alters(self) -> bool:
        """Whether the object is there before it and after it."""
        before, after = self.shapes
        return self.step > 0 and before is not None and after is not None

    @property
    def hands_over(self) -> bool:
        """Whether all that it does is to give a table, as it stands, from one model to another."""
        return isinstance(self.timeline, TableTimeline) and self.timeline.is_handed_over(self.step)

    @property
    def leaves(self) -> bool:
        """Whether it does no more than to leave a table to another model."""
        return isinstance(self.timeline, TableTimeline) and self.timeline.is_left(self.step)

    def is_half_done(self, place: Placement, located: int) -> bool:
        """Whether it was begun, where the object stands at that step: an index that failed, a check that is NOT VALID.

        Or it took an object away of which something is there: what MySQL leaves of an index whose column is dropped.
        """
        is_left = place.actual is not None and self.after is None
        return place.unfinished and (self.step == located + 1 or (self.step == located and is_left))


AnyEffect = Effect[AnyTimeline]
Effects = Mapping[Op, list[AnyEffect]]


def effects_of(timelines: Iterable[AnyTimeline]) -> Effects:
    """The effects of every operation, in the order of the timelines."""
    found: dict[Op, list[AnyEffect]] = {}
    for timeline in timelines:
        steps: list[Step[Any]] = list(timeline.steps)
        for index, step in enumerate(steps):
            if step.op is not None:
                found.setdefault(step.op, []).append(Effect(timeline, index))
    return found


@dataclass(slots=True)
class EffectsByKind:
    """Effects, those on each kind of object in the order in which they came."""

    tables: list[Effect[TableTimeline]] = field(default_factory=list)
    columns: list[Effect[ColumnTimeline]] = field(default_factory=list)
    constraints: list[Effect[ConstraintTimeline]] = field(default_factory=list)
    others: list[Effect[OtherTimeline]] = field(default_factory=list)


def by_kind(effects: Iterable[AnyEffect]) -> EffectsByKind:
    """The effects on each kind of object."""
    found = EffectsByKind()
    for effect in effects:
        match effect.timeline:
            case TableTimeline() as table:
                found.tables.append(Effect(table, effect.step))
            case ColumnTimeline() as column:
                found.columns.append(Effect(column, effect.step))
            case ConstraintTimeline() as constraint:
                found.constraints.append(Effect(constraint, effect.step))
            case OtherTimeline() as other:
                found.others.append(Effect(other, effect.step))
            case never:
                assert_never(never)
    return found


def telling(effects: Iterable[AnyEffect], places: Mapping[AnyTimeline, Placement]) -> Iterator[AnyEffect]:
    """The effects on objects that tell something about their operation."""
    for effect in effects:
        timeline = effect.timeline
        if not (isinstance(timeline, OtherTimeline) and may_be_of_others(timeline, places[timeline])):
            yield effect


def tells_nothing(timeline: AnyTimeline, place: Placement) -> bool:
    """Whether the object says nothing about its operation by being there, since others may have made it."""
    return isinstance(timeline, OtherTimeline) and (
        may_be_of_others(timeline, place) or (timeline.made > 1 and place.made_by is None)
    )


def may_be_of_others(timeline: OtherTimeline, place: Placement) -> bool:
    """Whether others may have made it.

    That goes by its kind; what is replaced under its name is another's where it says something else.
    """
    return timeline.kind in NOT_EVIDENCE or (timeline.is_replaceable and place.alike is not Match.SAME)
