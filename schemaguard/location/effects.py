"""What operations do to objects, and which objects tell something about the operations that made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemaguard.history.object_timeline import AnyTimeline, Op, OtherTimeline, Step
from schemaguard.location.matching import Placement
from schemaguard.schema.compare import Match
from schemaguard.schema.kinds import NOT_EVIDENCE
from schemaguard.schema.values import value


@value(frozen=True, slots=True)
class Effect:
    """One step of one timeline: what an operation does to one object."""

    timeline: AnyTimeline
    step: int

    @property
    def shapes(self) -> tuple[Any, Any]:
        """That of the object before it, and after it."""
        steps = self.timeline.steps
        return steps[self.step - 1].shape, steps[self.step].shape

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

    def is_half_done(self, place: Placement, position: int) -> bool:
        """Whether it was begun, where the object stands at that step: an index that failed, a check that is NOT VALID.

        Or it took an object away of which something is there: what MySQL leaves of an index whose column is dropped.
        """
        is_left = place.actual is not None and self.timeline.steps[self.step].shape is None
        return place.unfinished and (self.step == position + 1 or (self.step == position and is_left))


Effects = Mapping[Op, list[Effect]]


def effects_of(timelines: Iterable[AnyTimeline]) -> Effects:
    """The effects of every operation, in the order of the timelines."""
    found: dict[Op, list[Effect]] = {}
    for timeline in timelines:
        steps: list[Step[Any]] = list(timeline.steps)
        for index, step in enumerate(steps):
            if step.op is not None:
                found.setdefault(step.op, []).append(Effect(timeline, index))
    return found


def telling(effects: Iterable[Effect], places: Mapping[AnyTimeline, Placement]) -> Iterator[Effect]:
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
