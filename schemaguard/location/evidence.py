"""What speaks for a story of what ran, and what against it: every weight, with its reason, in one table.

A story says of each operation whether it ran. It costs points where it does not explain what is there. Examples: an
object that should have been made and is missing; a record of which nothing is in the database. `story` looks for the
story that costs least.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    Op,
    OtherTimeline,
    TableTimeline,
)
from schemaguard.location.effects import tells_nothing
from schemaguard.location.matching.columns import names_of
from schemaguard.location.matching.placements import weight
from schemaguard.schema.objects import reads
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from schemaguard.location.matching import MatchResult, Placement


class Fit(Enum):
    """How the live object fits one step of its timeline."""

    FITS = "fits"
    SILENT = "silent"
    """Nothing can be told: what it hangs on is missing too, or code may have touched it."""
    LOST = "lost"
    """It should be there and is not."""
    GONE = "gone"
    """It should be there and is not, and a later step takes it away."""
    LEFT = "left"
    """It should not be there and is."""
    BROUGHT = "brought"
    """It should not be there and is, and so is its table."""
    ALTERED = "altered"
    """It is there in the shape of another step."""
    UNKNOWN = "unknown"
    """It is there in a shape of no step."""


@value(frozen=True, slots=True)
class Evidence:
    """How a live object fits one step. `size` counts the differences, heavier ones more than once."""

    fit: Fit
    size: int = 1


@value(frozen=True, slots=True)
class Weight:
    """Points for an object that does not fit where the story says that it stands.

    `recorded` holds where the operation that led there is recorded, `unrecorded` where it is not.
    """

    unrecorded: int
    recorded: int
    reason: str


WEIGHTS: dict[tuple[type[Any], Fit], Weight] = {
    (TableTimeline, Fit.LOST): Weight(10_000, 1_000, "a recorded table was dropped by hand sooner than never made"),
    (TableTimeline, Fit.GONE): Weight(10_500, 2_000, "it went by that later step sooner than by hand"),
    (TableTimeline, Fit.LEFT): Weight(10_500, 10_500, "nobody makes a table of that name again by hand"),
    (TableTimeline, Fit.ALTERED): Weight(4_000, 10_100, "nobody gives a table its former name again by hand"),
    (TableTimeline, Fit.UNKNOWN): Weight(300, 0, "says little about when it was so"),
    (ColumnTimeline, Fit.LOST): Weight(10_000, 1_000, "a recorded column was dropped by hand sooner than never made"),
    (ColumnTimeline, Fit.GONE): Weight(10_500, 2_000, "it went by that later step, half run, sooner than by hand"),
    (ColumnTimeline, Fit.LEFT): Weight(10_500, 10_500, "nobody makes a column of that name again by hand"),
    (ColumnTimeline, Fit.BROUGHT): Weight(1_000, 0, "who makes a table by hand seldom makes the very same columns"),
    (ColumnTimeline, Fit.ALTERED): Weight(4_000, 10_100, "an index is dropped by hand sooner than a column altered"),
    (ColumnTimeline, Fit.UNKNOWN): Weight(300, 0, "says little about when it was so"),
    (ConstraintTimeline, Fit.LOST): Weight(3_000, 0, "indexes and constraints are dropped by hand, and lost in dumps"),
    (ConstraintTimeline, Fit.GONE): Weight(3_500, 1_600, "it went by that later step sooner than by hand"),
    (ConstraintTimeline, Fit.LEFT): Weight(4_000, 10_100, "nobody makes again by hand what a migration took away"),
    (ConstraintTimeline, Fit.ALTERED): Weight(2_000, 10_100, "nobody gives it its former shape again by hand"),
    (ConstraintTimeline, Fit.UNKNOWN): Weight(200, 0, "says little about when it was so"),
    (OtherTimeline, Fit.LOST): Weight(5_000, 1_000, "a view or the like was dropped by hand sooner than never made"),
    (OtherTimeline, Fit.GONE): Weight(5_500, 1_000, "it went by that later step sooner than by hand"),
    (OtherTimeline, Fit.LEFT): Weight(5_000, 10_100, "nobody makes again by hand what a migration took away"),
    (OtherTimeline, Fit.ALTERED): Weight(1_250, 0, "nobody writes by hand just what a later migration makes"),
}
"""By sort of object and how it fits. The story is taken against which least speaks."""

LOST_WITH_CODE = 5_600
"""A recorded table is lost, and code ran with it or after it: made again, the table would be empty. Two such tables
outweigh a false record, one does not."""
KEPT_BY_MODELS = 100
"""A recorded removal did not happen, and a model of today has the object: nobody wants it gone. It is no reason to call
the record false, and reason enough to believe that the migration which makes it again ran without a record."""
LOST_RECORD = 1
"""A migration ran and has no record. Records are lost all together: many must cost less than one lost index."""
LOST_RECORD_OF_CODE = 10
"""The same, where the migration runs code of which nothing can be seen. It is more than `REMADE`, so that no such
migration is taken for run over `REMADE` alone."""
FALSE_RECORD = 1
"""Added for each false record; the whole row also costs `FALSE_RECORDS`, once. So a record right before it is believed
where nothing of its migration can be seen. It is small, so that a long row needs no more evidence than a short one."""
FALSE_RECORDS = 11_000
"""Several migrations are recorded and did not run: `migrate --fake`, or the records of another database. One
object that is wrong never outweighs it, since people alter objects by hand; two may."""
AS_RECORDED = 1_000_000
"""An object stands where its last record says, and the story says that it has not come there. No sum outweighs it: its
record is true, whatever else is wrong. So false records are at the end of a history, with nothing after them that is
there."""
DEPENDENCY = 2_000
"""A recorded migration ran before one that it depends on: an upgrade brought that dependency. This costs more than
the lost record of a migration that cannot be seen, and less than a missing index."""
HALF_RUN = 1_500
"""A migration ran in part, and the records do not stop there."""
CUT_BEFORE = 100
"""Something is missing that a migration makes right where the records stop, and each statement commits: the run may
have been cut before it. So it says little of a later migration that drops it. Example: the second table of a
CreateModel."""
NOTED = 9_000
"""The run noted itself that an operation ran, or that it has not begun. One table or column that says otherwise
outweighs it: then somebody has taken the half back by hand. No index does."""
ANSWERED = 100_000
"""A person said whether it ran. They are asked only where hardly anything speaks for either answer."""
REMADE = 5
"""A pending migration would drop what is there and make it again as it is. To take it as done costs nobody a row."""
REMADE_AFTER_LOST_RECORDS = 100
"""The same where the records before it are lost. Its own was lost with them, more likely than that it never ran."""

ANOTHER_NAME = 4
"""So many differences is a name that the step does not give: more than another type, less than other columns."""

CLOSE = 500
"""Two stories are close where they cost no more apart for each migration of which they differ. This is half of the
least that proves anything (a column that came with its table)."""


def evidence(timeline: AnyTimeline, matched: MatchResult, open_claims: Collection[AnyTimeline] = ()) -> list[Evidence]:
    """For each step of a timeline, how the live object fits it.

    `open_claims`: tables and columns that several timelines claim. They say nothing while it is open whose they are.
    """
    place = matched.places[timeline]
    if place.in_doubt or (open_claims and _rests_on(timeline, open_claims)):
        return [Evidence(Fit.SILENT)] * len(timeline.steps)
    return [_of_step(timeline, place, index, matched) for index in range(len(timeline.steps))]


@value(frozen=True, slots=True)
class Weigher:
    """Weighs evidence. `recorded` says of an operation whether it is, `with_code` of which migrations code ran with
    or after them, `drops_of_models` of an operation whether it drops what a model of today has, `cut` in which
    migrations a run may have been cut between two statements."""

    recorded: Mapping[Op, bool]
    with_code: Collection[int]
    drops_of_models: Callable[[Op], bool]
    cut: Collection[int] = ()

    def costs(self, timeline: AnyTimeline, found: list[Evidence]) -> list[int]:
        """For each step, what a story costs that has the object stand there."""
        costs = [self._cost(timeline, index, each) for index, each in enumerate(found)]
        recorded_step = timeline.recorded_step(self.recorded)
        if found[recorded_step].fit is Fit.FITS and _says_where_it_stands(timeline, recorded_step):
            costs[:recorded_step] = [max(cost, AS_RECORDED) if cost else 0 for cost in costs[:recorded_step]]
        return costs

    def _cost(self, timeline: AnyTimeline, index: int, found: Evidence) -> int:
        weight = WEIGHTS.get((type(timeline), found.fit))
        if weight is None:
            return 0
        op = timeline.steps[index].op
        if op is None or not self.recorded.get(op, False):
            is_made = found.fit in (Fit.LOST, Fit.GONE) and not timeline.steps[index - 1].shape
            return CUT_BEFORE if is_made and op is not None and op[0] in self.cut else weight.unrecorded * found.size
        if found.fit in (Fit.LOST, Fit.GONE) and isinstance(timeline, TableTimeline) and op[0] in self.with_code:
            return LOST_WITH_CODE
        if found.fit is Fit.LEFT and self.drops_of_models(op):
            return KEPT_BY_MODELS
        return weight.recorded


def _says_where_it_stands(timeline: AnyTimeline, step: int) -> bool:
    """Not where a view or the like is gone: others may have dropped it, or it never was there."""
    return timeline.steps[step].shape is not None or not isinstance(timeline, OtherTimeline)


def _rests_on(timeline: AnyTimeline, claims: Collection[AnyTimeline]) -> bool:
    """Whether it is one of these objects, or a part of one."""
    if isinstance(timeline, TableTimeline | OtherTimeline):
        return timeline in claims
    if timeline in claims or timeline.table in claims:
        return True
    if isinstance(timeline, ColumnTimeline):
        return False
    names = {name for column in timeline.table.every_column if column in claims for name in names_of(column)}
    return any(not reads(step.shape).isdisjoint(names) for step in timeline.steps if step.shape is not None)


def _of_step(timeline: AnyTimeline, place: Placement, index: int, matched: MatchResult) -> Evidence:
    if index in place.allowed and not place.nearest:
        return Evidence(Fit.FITS)
    if isinstance(timeline, ColumnTimeline) and place.unfinished and index == place.allowed[-1] + 1:
        return Evidence(Fit.FITS)  # it stands between the two
    shape: Any = timeline.steps[index].shape
    there = place.actual is not None and not place.unfinished
    if not shape:
        if not there:
            return Evidence(Fit.FITS)
        if tells_nothing(timeline, place):
            return Evidence(Fit.SILENT)
        return Evidence(Fit.BROUGHT if _came_with_its_table(timeline, index) else Fit.LEFT)
    if not there:
        if _hangs_on_what_is_missing(timeline, shape, matched):
            return Evidence(Fit.SILENT)
        return Evidence(Fit.GONE if any(not step.shape for step in timeline.steps[index:]) else Fit.LOST)
    if tells_nothing(timeline, place):
        return Evidence(Fit.SILENT)
    size = max(weight(place.differences[index]), 1) if index in place.differences else ANOTHER_NAME
    # What a hand switches on a whole table (row security, whether it is logged) says little about migrations.
    switched = isinstance(timeline, TableTimeline) and index in place.differences
    return Evidence(Fit.UNKNOWN if place.nearest or switched else Fit.ALTERED, size)


def _came_with_its_table(timeline: AnyTimeline, index: int) -> bool:
    """Whether it comes, or goes, with its table: then the table speaks for both."""
    if isinstance(timeline, TableTimeline | OtherTimeline):
        return False
    if index:
        op = timeline.steps[index].op
        return any(step.op == op and step.shape is None for step in timeline.table.steps)
    return len(timeline.steps) > 1 and timeline.steps[1].op == timeline.table.made_by


def _hangs_on_what_is_missing(timeline: AnyTimeline, shape: Any, matched: MatchResult) -> bool:
    """Whether the table of a column or constraint is missing, or a column under the constraint."""
    if isinstance(timeline, TableTimeline | OtherTimeline):
        return False
    table = matched.tables.get(timeline.table)
    if table is None:
        return True
    if not isinstance(timeline, ConstraintTimeline) or reads(shape) <= table.columns.keys():
        return False
    return not reads(shape) <= matched.names_of_columns(timeline.table)
