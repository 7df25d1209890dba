"""Chooses, for every line that fits in several places, the one that the rest of the database speaks for.

In this order: what comes before something that is surely done, on the same object, in the same operation, or in a
migration that it depends on, is done; else what is recorded is believed; else it is not done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    ObjectTimeline,
    Op,
    OtherTimeline,
    TableTimeline,
    reads,
)
from schemaguard.history.timelines import Timelines
from schemaguard.location.matching import MatchResult, Placement
from schemaguard.schema.compare import Match
from schemaguard.schema.kinds import NOT_EVIDENCE, REPLACEABLE
from schemaguard.schema.values import value


def ops(timeline: AnyTimeline) -> list[Op | None]:
    """The operation behind each step of a line."""
    return [step.op for step in timeline.steps]


def tells_nothing(timeline: AnyTimeline, place: Placement) -> bool:
    """Whether it says nothing about an operation that the thing is there: others may have made it."""
    return isinstance(timeline, OtherTimeline) and (may_be_of_others(timeline, place) or timeline.made > 1)


def may_be_of_others(timeline: OtherTimeline, place: Placement) -> bool:
    """Whether it is of a kind that others make, or that is made anew, and not the very one of its migration."""
    return timeline.kind in NOT_EVIDENCE or (timeline.kind in REPLACEABLE and place.alike is not Match.SAME)


def stopped_at(recorded: Sequence[bool]) -> int | None:
    """The migration in which a run may have been interrupted: the records are of all before it, and of nothing after.

    None where the records say otherwise, or where there are none: then they were lost.
    """
    count = sum(recorded)
    return count if 0 < count < len(recorded) and all(recorded[:count]) else None


@value(frozen=True, slots=True)
class Effect:
    """One step of one line: what an operation does to one object."""

    timeline: AnyTimeline
    step: int


class Resolver:
    """Raises the lower bound of every line until nothing moves, then takes the least place above it."""

    def __init__(
        self,
        timelines: Timelines,
        matched: MatchResult,
        ancestors: Sequence[frozenset[int]],
        recorded: Sequence[bool],
        sizes: Sequence[int],
        code: Collection[int] = (),
    ) -> None:
        """`ancestors[m]`: positions of the migrations that m depends on; `sizes[m]`: how many operations it has.

        `code`: positions of the migrations that run what nobody can read.
        """
        self.places = matched.places
        self.ancestors = ancestors
        self.recorded = recorded
        self.sizes = sizes
        self.code = code
        self.low: dict[AnyTimeline, int] = {}
        self.effects: dict[Op, list[Effect]] = {}
        for timeline in timelines.object_timelines():
            self.low[timeline] = min(self.places[timeline].allowed)
            for index, op in enumerate(ops(timeline)):
                if op is not None:
                    self.effects.setdefault(op, []).append(Effect(timeline, index))
        self.sure: set[Op] = set()
        self.whole: set[int] = set()
        self.begun: set[int] = set()
        self.evident: set[int] = set()
        self.stopped = stopped_at(recorded)
        self.handed_over = tuple(timelines.handed_over)
        self._wholes: dict[int, bool] = {}

    def located_steps(self) -> dict[AnyTimeline, int]:
        """The index of the step at which each line stands."""
        self._spread_from_what_is_sure()
        believed = [m for m, is_recorded in enumerate(self.recorded) if is_recorded]
        for migration in believed:
            self._force_migration(migration)
        self._spread_from_what_is_sure()
        self._halves()
        self._hand_over()
        self._round_trips()
        return dict(self.low)

    def _hand_over(self) -> None:
        """A table that is there is its next model's as well: no statement makes it so, and none could run."""
        for timeline in self.handed_over:
            if self.places[timeline].actual is not None and not self.places[timeline].nearest:
                while timeline.is_handed_over(self.low[timeline] + 1):
                    self.low[timeline] += 1

    def _halves(self) -> None:
        """What looks like a half of a migration is taken for the whole of it, and of what later undid the other half.

        Both leave the same database. A run that was interrupted also leaves the records of all that came before, and of
        nothing after; where they are otherwise, records were lost, and it is believed that what ran has run whole.
        """
        for migration in range(len(self.sizes)):
            if self.recorded[migration] or migration == self.stopped:
                continue
            done = [effect.step <= self.low[effect.timeline] for effect in self._effects(migration)]
            if any(done) and not all(done):
                self.low.update(self._as_whole(migration) or {})

    def _as_whole(self, migration: int) -> dict[AnyTimeline, int] | None:
        """The places that lines have to move to for this migration, and all that thereby ran too, to be whole."""
        moved: dict[AnyTimeline, int] = {}
        queue, whole = [migration], set()
        while queue:
            each = queue.pop()
            if each in whole:
                continue
            whole.add(each)
            queue += self.ancestors[each]
            for effect in self._effects(each):
                low = moved.get(effect.timeline, self.low[effect.timeline])
                if effect.step <= low:
                    continue
                place = min((i for i in self.places[effect.timeline].allowed if i >= effect.step), default=None)
                if place is not None:
                    moved[effect.timeline] = place
                    steps = effect.timeline.steps[low + 1 : place + 1]
                    queue += [step.op[0] for step in steps if step.op is not None]
                elif not self.recorded[each]:
                    return None
        return moved

    def _effects(self, migration: int) -> list[Effect]:
        return [effect for index in range(self.sizes[migration]) for effect in self._telling((migration, index))]

    def _telling(self, op: Op) -> Iterator[Effect]:
        """What an operation does to things that tell something about it."""
        for effect in self.effects.get(op, ()):
            timeline = effect.timeline
            if not (isinstance(timeline, OtherTimeline) and may_be_of_others(timeline, self.places[timeline])):
                yield effect

    def _round_trips(self) -> None:
        """A migration that removes a thing and makes it again as it was, and comes next, may be taken as done.

        The database is the same before and after it, so to record it costs nothing, and it holds what it makes. Where a
        later one makes it again, and the records of what came before are lost, so are theirs: to run them would cost
        the rows. Elsewhere code may come before it of which nothing tells that it ran: that is not recorded along.
        """
        complete: set[int] = set()
        for migration in range(len(self.sizes)):
            effects = [effect for o in range(self.sizes[migration]) for effect in self.effects.get((migration, o), ())]
            if self.ancestors[migration] <= complete and effects:
                trips = {effect.timeline: self._round_trip(effect.timeline, migration) for effect in effects}
                lost = self._is_after_lost_records(migration)
                comes_next = lost or not any(map(self._is_untold, self.ancestors[migration]))
                if comes_next and all(e.step <= max(self.low[e.timeline], trips[e.timeline]) for e in effects):
                    for timeline, end in trips.items():
                        self.low[timeline] = max(self.low[timeline], end)
                elif lost and any(map(self._drops_rows, effects)):
                    self.low.update(self._as_whole(migration) or {})
            if all(effect.step <= self.low[effect.timeline] for effect in effects):
                complete.add(migration)

    def _is_untold(self, migration: int) -> bool:
        """Whether it is for its record alone to say that it ran, which it does not."""
        return migration in self.code and not self._effects(migration) and not self._has_run(migration)

    def _drops_rows(self, effect: Effect) -> bool:
        """Whether an operation that is not done yet would drop a table or a column that is there."""
        timeline = effect.timeline
        return (
            isinstance(timeline, TableTimeline | ColumnTimeline)
            and effect.step > self.low[timeline]
            and timeline.steps[effect.step].shape is None
            and self.places[timeline].actual is not None
        )

    def _is_after_lost_records(self, migration: int) -> bool:
        """Whether what comes before it has run, by what is there, and has no record."""
        before = [each for each in self.ancestors[migration] if self._effects(each)]
        return bool(before) and not self.recorded[max(before)]

    def _round_trip(self, timeline: AnyTimeline, migration: int) -> int:
        """The last place that the line fits, if nothing but this migration lies between that and its own; else 0."""
        if self.places[timeline].actual is None:
            return 0  # that the migration may have made nothing is no reason to record it
        low = self.low[timeline]
        found = 0
        for place in self.places[timeline].allowed:
            between = timeline.steps[low + 1 : place + 1]
            if between and all(step.op is not None and step.op[0] == migration for step in between):
                found = place
        return found if timeline.steps[found].shape is not None else 0

    def _is_sure(self, op: Op) -> bool:
        """Whether something that only this operation can have done is there: no place before it fits."""
        return op not in self.sure and any(
            effect.step <= self.low[effect.timeline]
            and not self.places[effect.timeline].nearest
            and not self.places[effect.timeline].in_doubt
            and not tells_nothing(effect.timeline, self.places[effect.timeline])
            for effect in self.effects[op]
        )

    def _spread_from_what_is_sure(self) -> None:
        sure = [op for op in sorted(self.effects) if self._is_sure(op)]
        for migration, _ in sure:
            self.evident |= self.ancestors[migration]
        self._spread(sure)

    def _spread(self, operations: Iterable[Op]) -> None:
        queue = list(operations)
        while queue:
            op = queue.pop()
            if op in self.sure:
                continue
            self.sure.add(op)
            migration, index = op
            self.begun.add(migration)
            for earlier in range(index + 1):
                queue += self._force((migration, earlier))
            for ancestor in sorted(self.ancestors[migration]):  # a table before what hangs on it
                queue += self._force_migration(ancestor)

    def _force_migration(self, migration: int) -> list[Op]:
        if migration in self.whole:
            return []
        self.whole.add(migration)
        found: list[Op] = []
        for index in range(self.sizes[migration]):
            found += self._force((migration, index))
        return found

    def _force(self, op: Op) -> list[Op]:
        """Takes an operation for done as far as that can be; returns the operations that are thereby sure."""
        found: list[Op] = []
        for effect in self.effects.get(op, ()):
            place: Placement = self.places[effect.timeline]
            low = self.low[effect.timeline]
            if low >= effect.step or (place.actual is None and self._hangs_on_what_is_lost(effect)):
                continue
            possible = [i for i in place.allowed if i >= effect.step]
            if not possible:
                continue
            steps = effect.timeline.steps[low + 1 : min(possible) + 1]
            passed = [step.op for step in steps if step.op is not None and step.op[0] != op[0]]
            if not all(self._may_have_run(each, effect.timeline) for each in passed):
                continue  # sooner is a thing missing than that a migration ran of which the rest is not there
            self.low[effect.timeline] = min(possible)
            found += [step.op for step in steps if step.op is not None and step.op not in self.sure]
        return found

    def _may_have_run(self, op: Op, timeline: AnyTimeline) -> bool:
        """Of an operation that something else than its own effects speaks for; it may have removed that line."""
        migration, index = op
        if self._has_run(migration) or migration in self.begun:
            return True
        if migration == self.stopped:
            return all(self._can_be_done((migration, earlier)) for earlier in range(index))
        way = (migration, *self.ancestors[migration])
        halves = [each for each in way if not self._can_be_whole(each)]
        if any(self.recorded[each] for each in way):
            return not halves
        # Where every record is lost, and as much is missing either way, the database is taken for the later one. Of a
        # dump without its constraints they are all missing: sooner that than a table or a column, with its rows.
        lacking = [each for half in halves for each in self._lacking(half)]
        only_constraints = all(isinstance(each, ConstraintTimeline) for each in lacking)
        return len(lacking) <= 1 or (isinstance(timeline, TableTimeline | ColumnTimeline) and only_constraints)

    def _has_run(self, migration: int) -> bool:
        """By its record, or by something surely done that depends on it, whatever is missing of it now."""
        return self.recorded[migration] or migration in self.whole or migration in self.evident

    def _can_be_whole(self, migration: int) -> bool:
        if migration not in self._wholes:
            self._wholes[migration] = all(
                self._can_be_done((migration, index)) for index in range(self.sizes[migration])
            )
        return self._has_run(migration) or self._wholes[migration]

    def _lacking(self, migration: int) -> list[AnyTimeline]:
        """What would be missing if that migration had run."""
        return [
            effect.timeline
            for effect in self._effects(migration)
            if effect.step > max(self.places[effect.timeline].allowed)
            and not (isinstance(effect.timeline, ConstraintTimeline) and effect.timeline.key[0] != "name")
        ]

    def _can_be_done(self, op: Op) -> bool:
        return all(effect.step <= max(self.places[effect.timeline].allowed) for effect in self._telling(op))

    def _hangs_on_what_is_lost(self, effect: Effect) -> bool:
        """Whether the table that it was made on, or a column under it, is missing though no operation dropped it.

        Then its absence says nothing: least of all that an operation ran which removes it.
        """
        op = effect.timeline.steps[effect.step].op
        return op is not None and any(
            self.places[timeline].actual is None and self.low[timeline] <= at and not timeline.maybe_noop_ops
            for timeline, at in _under(effect, op)
        )


def _under(effect: Effect, op: Op) -> Iterator[tuple[TableTimeline | ColumnTimeline, int]]:
    """The lines that a part hangs on at that operation, each with the step at which it stood then."""
    timeline = effect.timeline
    if isinstance(timeline, TableTimeline | OtherTimeline):
        return
    yield timeline.table, _standing_at(timeline.table, op)
    shape = timeline.steps[effect.step].shape
    if isinstance(timeline, ConstraintTimeline) and shape is not None:
        needs = reads(shape)  # type: ignore[arg-type]  # a constraint line's shapes are constraints
        for column in timeline.table.every_column:
            at = _standing_at(column, op)
            bears = column.steps[at].shape
            if bears is not None and bears.name in needs:
                yield column, at


def _standing_at(timeline: ObjectTimeline[Any], op: Op) -> int:
    begun = [step.op is None or step.op <= op for step in timeline.steps]
    return max(i for i, has in enumerate(begun) if has)
