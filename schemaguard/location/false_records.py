"""Recorded migrations that never ran: one `migrate --fake` too many, or the records of another, newer database.

Their things could be made again one by one, as after a table was dropped by hand; but the code between them would not
have run, and what they drop would go before its values were copied. Here the records are wrong, and not the schema.

So the database is located once more without the records that are in doubt: those of what is missing, and of all that
depends on it. What then is pending, and has nothing after it that is there, is the end of a history that never was.
A single thing that is lost proves nothing of the sort. It takes two things at least that tell so, and what no hand
drops: a column that stands as it was before, a table that is to be gone, or code, without which the tables that are
made again would be empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from schemaguard.diagnosis.model import State
from schemaguard.history.graph import Key, replaced_by
from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Op, OtherTimeline, TableTimeline
from schemaguard.location.locate import Location, relocate
from schemaguard.location.resolve import Effect, ops


@dataclass(frozen=True, slots=True)
class FalseRecords:
    """`keys` are such migrations; `location` is the database without their records.

    `unsure` are those directly before them whose code leaves nothing to see: nobody can say whether that ran.
    """

    location: Location
    keys: frozenset[Key] = frozenset()
    unsure: frozenset[Key] = frozenset()


def false_records(location: Location, *, unsure: bool = False) -> FalseRecords:
    """What is recorded and never ran; with `unsure`, what is uncertain is taken for not run as well.

    Only where the rest then agrees, so that a plain `migrate` goes on from there.
    """
    doubted = _doubted(location)
    if not doubted:
        return FalseRecords(location)
    ends = _Ends(relocate(location, location.graph.records - records_of(location, doubted)), doubted)
    gone, before = ends.keys()
    if unsure:
        gone, before = gone | before, frozenset()
    if not gone:
        return FalseRecords(location)
    amended = relocate(location, location.graph.records - records_of(location, gone))
    pending = {key for key, m in amended.graph.plan_index.items() if amended.states.migrations[m] is State.PENDING}
    if not gone <= pending:  # pragma: no cover  # no such history is known; the verification would refuse that plan
        return FalseRecords(location)
    return FalseRecords(amended, gone, before)


def records_of(location: Location, keys: Iterable[Key]) -> frozenset[Key]:
    """The rows of django_migrations that say so: for a squash, those of what it replaces too."""
    named = {name for key in keys for name in (key, *replaced_by(location.graph.loader, key))}
    return location.graph.records & named


def _doubted(location: Location) -> frozenset[Key]:
    """The recorded migrations of which something is missing, and those that depend on them.

    That a view or a function is not there makes no migration a missing one by itself; here it counts.
    """
    graph, states = location.graph, location.states.migrations
    recorded = {m for m, is_recorded in enumerate(graph.recorded) if is_recorded}
    missing = {m for m, state in enumerate(states) if state is State.MISSING}
    if missing:
        missing |= {
            op[0]
            for op, effects in location.effects.items()
            if any(
                isinstance(each.timeline, OtherTimeline) and _is_undone(location, each, recorded) for each in effects
            )
        }
    return frozenset(
        key
        for key, m in graph.plan_index.items()
        if m in recorded and (m in missing or not missing.isdisjoint(graph.ancestors[m]))
    )


class _Ends:
    """The ends of histories, in a database that was located without the records in doubt."""

    def __init__(self, location: Location, doubted: Collection[Key]) -> None:
        self.location = location
        self.graph = location.graph
        self.places = location.matched.places
        self.recorded = {m for m, is_recorded in enumerate(self.graph.recorded) if is_recorded}
        self.doubted = {m for key, m in self.graph.plan_index.items() if key in doubted}
        self.recorded |= self.doubted

    def keys(self) -> tuple[frozenset[Key], frozenset[Key]]:
        """What never ran, and what comes right before it and cannot be seen."""
        gone = frozenset[int]().union(*(group for group in self._connected() if self._tells(group)))
        return self._keys(gone), self._keys(self._before(gone))

    def _keys(self, positions: Iterable[int]) -> frozenset[Key]:
        return frozenset((each.app_label, each.name) for each in (self.graph.plan[m] for m in positions))

    def _before(self, gone: Collection[int]) -> set[int]:
        """Recorded migrations with code, and what depends on these, of which the catalog shows nothing."""
        visible, states = self.location.states.visible, self.location.states.migrations
        above = {m for each in gone for m in self.graph.ancestors[each]}
        found = {m for m in self.recorded & above if not visible[m]}
        there = {m for m, state in enumerate(states) if state is not State.PENDING}.difference(found, gone)
        found -= {m for each in there for m in self.graph.ancestors[each]}
        code = {m for m in found if self._has_code(m)}
        return {m for m in found if m in code or not code.isdisjoint(self.graph.ancestors[m])}

    def _has_code(self, m: int) -> bool:
        return any(walked.opaque for walked in self.location.history.operations[m])

    def _members(self) -> set[int]:
        """What is pending and has nothing after it that is there, and of which that is known: by itself, or by what
        it depends on."""
        states = self.location.states.migrations
        there = {m for m, state in enumerate(states) if state is not State.PENDING}
        followed = {above for m in there for above in self.graph.ancestors[m]}
        pending = self.doubted - there - followed
        surely = {m for m in pending if any(self._undone(m))}
        return {m for m in pending if m in surely or not surely.isdisjoint(self.graph.ancestors[m])}

    def _connected(self) -> list[frozenset[int]]:
        members = self._members()
        groups: list[frozenset[int]] = []
        for m in sorted(members):
            near = members & self.graph.ancestors[m]
            touched = [group for group in groups if not near.isdisjoint(group)]
            groups = [group for group in groups if group not in touched]
            groups.append(frozenset({m}).union(*touched))
        return groups

    def _tells(self, group: Collection[int]) -> bool:
        """Whether this can be no thing that somebody dropped by hand."""
        object_timelines = {effect.timeline for m in group for effect in self._undone(m) if self._counts(effect)}
        kept = any(self.places[timeline].actual is not None for timeline in object_timelines)
        tables = sum(isinstance(timeline, TableTimeline) for timeline in object_timelines)
        return (kept and len(object_timelines) > 1) or (tables > 1 and any(map(self._has_code, group)))

    def _undone(self, m: int) -> Iterator[Effect]:
        """What a migration does, and has surely not done."""
        for o in range(len(self.graph.plan[m].operations)):
            for effect in self.location.effects.get((m, o), ()):
                if _is_undone(self.location, effect, self.recorded):
                    yield effect

    def _drops_what_models_have(self, op: Op | None) -> bool:
        """Whether `migrate` would drop, once the record is gone, what a model of the project has now."""
        matched, models = self.location.matched, self.location.finder.models
        effects = self.location.effects.get(op, ()) if op is not None else ()
        return any(
            each.timeline.steps[each.step].shape is None and models.have_live(each.timeline, matched)
            for each in effects
        )

    def _counts(self, effect: Effect) -> bool:
        """Whether it is a cause by itself: what hangs on a table that is not there is not, nor is a lost index.

        Nor is what a hand switches on a whole table: what of it is logged, row level security.
        """
        timeline = effect.timeline
        if timeline.steps[effect.step].shape is None and self._drops_what_models_have(timeline.steps[effect.step].op):
            return False
        if isinstance(timeline, TableTimeline):
            before, after = timeline.steps[effect.step - 1].shape, timeline.steps[effect.step].shape
            return before is None or after is None or before.name != after.name
        if isinstance(timeline, ColumnTimeline):
            return timeline.table in self.location.matched.tables
        return not isinstance(timeline, ConstraintTimeline) or self.places[timeline].actual is not None


def _is_undone(location: Location, effect: Effect, recorded: Collection[int]) -> bool:
    """Whether the line stands where it was before that effect, and nowhere else that the records speak of."""
    place, led = location.matched.places[effect.timeline], ops(effect.timeline)
    possible = [i for i in place.allowed if (op := led[i]) is None or op[0] in recorded]
    return not (place.nearest or place.in_doubt) and max(possible, default=effect.step) < effect.step
