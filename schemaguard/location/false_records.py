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
from schemaguard.history.object_timeline import ColumnLine, ConstraintLine, Op, OtherLine, TableLine
from schemaguard.location.locate import Located, relocate
from schemaguard.location.resolve import Effect, ops


@dataclass(frozen=True, slots=True)
class NeverRan:
    """`keys` are such migrations; `located` is the database without their records.

    `unsure` are those directly before them whose code leaves nothing to see: nobody can say whether that ran.
    """

    located: Located
    keys: frozenset[Key] = frozenset()
    unsure: frozenset[Key] = frozenset()


def never_ran(located: Located, *, unsure: bool = False) -> NeverRan:
    """What is recorded and never ran; with `unsure`, what is uncertain is taken for not run as well.

    Only where the rest then agrees, so that a plain `migrate` goes on from there.
    """
    doubted = _doubted(located)
    if not doubted:
        return NeverRan(located)
    ends = _Ends(relocate(located, located.graph.records - records_of(located, doubted)), doubted)
    gone, before = ends.keys()
    if unsure:
        gone, before = gone | before, frozenset()
    if not gone:
        return NeverRan(located)
    amended = relocate(located, located.graph.records - records_of(located, gone))
    pending = {key for key, m in amended.graph.positions.items() if amended.states.migrations[m] is State.PENDING}
    if not gone <= pending:  # pragma: no cover  # no such history is known; the verification would refuse that plan
        return NeverRan(located)
    return NeverRan(amended, gone, before)


def records_of(located: Located, keys: Iterable[Key]) -> frozenset[Key]:
    """The rows of django_migrations that say so: for a squash, those of what it replaces too."""
    named = {name for key in keys for name in (key, *replaced_by(located.graph.loader, key))}
    return located.graph.records & named


def _doubted(located: Located) -> frozenset[Key]:
    """The recorded migrations of which something is missing, and those that depend on them.

    That a view or a function is not there makes no migration a missing one by itself; here it counts.
    """
    graph, states = located.graph, located.states.migrations
    recorded = {m for m, is_recorded in enumerate(graph.recorded) if is_recorded}
    missing = {m for m, state in enumerate(states) if state is State.MISSING}
    if missing:
        missing |= {
            op[0]
            for op, effects in located.effects.items()
            if any(isinstance(each.line, OtherLine) and _is_undone(located, each, recorded) for each in effects)
        }
    return frozenset(
        key
        for key, m in graph.positions.items()
        if m in recorded and (m in missing or not missing.isdisjoint(graph.ancestors[m]))
    )


class _Ends:
    """The ends of histories, in a database that was located without the records in doubt."""

    def __init__(self, located: Located, doubted: Collection[Key]) -> None:
        self.located = located
        self.graph = located.graph
        self.places = located.matched.places
        self.recorded = {m for m, is_recorded in enumerate(self.graph.recorded) if is_recorded}
        self.doubted = {m for key, m in self.graph.positions.items() if key in doubted}
        self.recorded |= self.doubted

    def keys(self) -> tuple[frozenset[Key], frozenset[Key]]:
        """What never ran, and what comes right before it and cannot be seen."""
        gone = frozenset[int]().union(*(group for group in self._connected() if self._tells(group)))
        return self._keys(gone), self._keys(self._before(gone))

    def _keys(self, positions: Iterable[int]) -> frozenset[Key]:
        return frozenset((each.app_label, each.name) for each in (self.graph.plan[m] for m in positions))

    def _before(self, gone: Collection[int]) -> set[int]:
        """Recorded migrations with code, and what depends on these, of which the catalog shows nothing."""
        visible, states = self.located.states.visible, self.located.states.migrations
        above = {m for each in gone for m in self.graph.ancestors[each]}
        found = {m for m in self.recorded & above if not visible[m]}
        there = {m for m, state in enumerate(states) if state is not State.PENDING}.difference(found, gone)
        found -= {m for each in there for m in self.graph.ancestors[each]}
        code = {m for m in found if self._has_code(m)}
        return {m for m in found if m in code or not code.isdisjoint(self.graph.ancestors[m])}

    def _has_code(self, m: int) -> bool:
        return any(walked.opaque for walked in self.located.history.operations[m])

    def _members(self) -> set[int]:
        """What is pending and has nothing after it that is there, and of which that is known: by itself, or by what
        it depends on."""
        states = self.located.states.migrations
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
        lines = {effect.line for m in group for effect in self._undone(m) if self._counts(effect)}
        kept = any(self.places[line].actual is not None for line in lines)
        tables = sum(isinstance(line, TableLine) for line in lines)
        return (kept and len(lines) > 1) or (tables > 1 and any(map(self._has_code, group)))

    def _undone(self, m: int) -> Iterator[Effect]:
        """What a migration does, and has surely not done."""
        for o in range(len(self.graph.plan[m].operations)):
            for effect in self.located.effects.get((m, o), ()):
                if _is_undone(self.located, effect, self.recorded):
                    yield effect

    def _drops_what_models_have(self, op: Op | None) -> bool:
        """Whether `migrate` would drop, once the record is gone, what a model of the project has now."""
        matched, models = self.located.matched, self.located.finder.models
        effects = self.located.effects.get(op, ()) if op is not None else ()
        return any(
            each.line.steps[each.step].shape is None and models.have_live(each.line, matched) for each in effects
        )

    def _counts(self, effect: Effect) -> bool:
        """Whether it is a cause by itself: what hangs on a table that is not there is not, nor is a lost index.

        Nor is what a hand switches on a whole table: what of it is logged, row level security.
        """
        line = effect.line
        if line.steps[effect.step].shape is None and self._drops_what_models_have(line.steps[effect.step].op):
            return False
        if isinstance(line, TableLine):
            before, after = line.steps[effect.step - 1].shape, line.steps[effect.step].shape
            return before is None or after is None or before.name != after.name
        if isinstance(line, ColumnLine):
            return line.table in self.located.matched.tables
        return not isinstance(line, ConstraintLine) or self.places[line].actual is not None


def _is_undone(located: Located, effect: Effect, recorded: Collection[int]) -> bool:
    """Whether the line stands where it was before that effect, and nowhere else that the records speak of."""
    place, led = located.matched.places[effect.line], ops(effect.line)
    possible = [i for i in place.allowed if (op := led[i]) is None or op[0] in recorded]
    return not (place.nearest or place.in_doubt) and max(possible, default=effect.step) < effect.step
