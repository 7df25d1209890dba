"""What is not mended: what is left as it is on purpose, and what stands as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.location.effects import Effect
from schemaguard.reconcile.plan.choosing import choices as c

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, ConstraintTimeline, TableTimeline
    from schemaguard.location.location import Location
    from schemaguard.reconcile.plan.choosing.conflict_policy import Decider
    from schemaguard.schema.objects import Table


class LeftAlone:
    """Answers for one plan. What is left on purpose is noted with the decider."""

    def __init__(self, location: Location, decider: Decider) -> None:
        self.location = location
        self.decider = decider

    def is_accepted(
        self, timeline: TableTimeline | ColumnTimeline | ConstraintTimeline, under: Iterable[AnyTimeline] = ()
    ) -> bool:
        """Whether it is left as it is on purpose; `under` is what it needs beside its table."""
        if self._is_ignored(timeline, under) or self.location.is_kept(timeline):
            self.decider.accepted.add(timeline)
            return True
        return False

    def _is_ignored(
        self, timeline: TableTimeline | ColumnTimeline | ConstraintTimeline, under: Iterable[AnyTimeline]
    ) -> bool:
        """Whether it is ignored, or needs what is missing and ignored."""
        ignores = self.decider.ignores
        if not self.decider.ignored:
            return False
        return ignores(timeline) or any(
            self.location.live(each) is None and ignores(each) for each in (timeline.owner, *under)
        )

    def is_as_expected(self, timeline: AnyTimeline) -> bool:
        """Whether it stands at the step at which it should, in that shape and as a whole."""
        step, place = self.location.expected_step(timeline), self.location.placement(timeline)
        is_begun = step > 0 and Effect(timeline, step).is_half_done(place, step)
        return self.location.is_where_expected(timeline) and not (place.nearest or place.lapsed or is_begun)

    def mended_table(self, table: TableTimeline) -> Table | None:
        """The live table in which its parts are mended; None where they are made, or dropped, with the table."""
        if self.location.expected_shape(table) is None:
            return None
        if self.location.placement(table).renamed and self.decider.answer(table) == c.ADD:
            return None  # it is made beside the one that is left alone
        return self.location.live_table(table)
