"""From the steps of all objects to the state of every operation and every migration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, ConstraintTimeline, Op, OtherTimeline
from schemaguard.location.state import OperationState, State
from schemaguard.schema.compare import Match
from schemaguard.schema.kinds import BELIEVED, NOT_EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.matching import MatchResult, Placement
    from schemaguard.location.sql_objects import SqlObject


@dataclass(frozen=True, slots=True)
class States:
    """The judgement on the whole plan, by position."""

    operations: Sequence[Sequence[OperationState]]
    migrations: Sequence[State]
    visible: Sequence[bool]
    """Whether the catalog shows something of the migration that can be relied upon, or notes of `migrate` tell it."""

    def conflicting(self, ops: Iterable[Op | None]) -> States:
        """With operations of which an object turned out to be there in a shape that none of them gives it."""
        marked = {op: OperationState.CONFLICTING for op in ops if op is not None}
        return self._with(marked, {m: State.CONFLICTING for m, _ in marked})

    def begun(self, ops: Iterable[Op]) -> States:
        """With operations that were begun, though nothing of their own is there yet."""
        marked = dict.fromkeys(ops, OperationState.PARTIAL)
        return self._with(marked, {m: State.PARTIAL for m, _ in marked})

    def left_open(self, ops: Iterable[Op]) -> States:
        """With migrations of which nobody knows whether they ran to their end: their code may have to run."""
        return self._with({}, {m: State.PARTIAL for m, _ in ops})

    def with_thing(self, thing: SqlObject) -> States:
        """With a recorded operation whose view, function, trigger or rule is missing, or is another one."""
        m, o = thing.op
        if thing.live is not None and (thing.match is not Match.DIFFERENT or not thing.earlier):
            return self.conflicting([thing.op] if thing.match is Match.DIFFERENT else [])
        if self.migrations[m] not in (State.APPLIED, State.MISSING):
            return self
        done = self.operations[m][o] is OperationState.DONE
        return self._with({thing.op: OperationState.PARTIAL if done else OperationState.ABSENT}, {m: State.MISSING})

    def _with(self, operations: Mapping[Op, OperationState], migrations: Mapping[int, State]) -> States:
        if not operations and not migrations:
            return self
        of_operations = list(self.operations)
        for (m, o), state in operations.items():
            of_operations[m] = [*of_operations[m][:o], state, *of_operations[m][o + 1 :]]
        of_migrations = [migrations.get(m, state) for m, state in enumerate(self.migrations)]
        return States(of_operations, of_migrations, self.visible)


class Judge:
    """Adds up effects to operations, and operations to migrations."""

    def __init__(
        self,
        matched: MatchResult,
        located_steps: Mapping[AnyTimeline, int],
        effects: Mapping[Op, Sequence[AnyEffect]],
        recorded: Sequence[bool],
        ancestors: Sequence[int],
        sizes: Sequence[int],
        noted: Mapping[Op, OperationState] | None = None,
    ) -> None:
        """`noted`: what `migrate` noted itself of operations of which the catalog does not show all."""
        self.matched = matched
        self.located_steps = located_steps
        self.effects = effects
        self.recorded = recorded
        self.ancestors = ancestors
        self.sizes = sizes
        self.noted = noted or {}

    def states(self) -> States:
        operations = [[self._operation((m, o)) for o in range(size)] for m, size in enumerate(self.sizes)]
        visible = [self._visible(m) for m in range(len(self.sizes))]
        first = [self._migration(m, operations[m], visible[m]) for m in range(len(self.sizes))]
        below = 0
        for m, state in enumerate(first):
            if state not in (None, State.PENDING):
                below |= self.ancestors[m]
        migrations: list[State] = []
        pending = 0
        for m, state in enumerate(first):
            if state is None:  # code cannot have run on a table that was not there
                waits = self.ancestors[m] & pending
                state = State.PRESENT if below >> m & 1 and not waits else State.PENDING
            if state is State.PENDING:
                pending |= 1 << m
            migrations.append(state)
        return States(operations, migrations, visible)

    def _counts(self, effect: AnyEffect, migration: int) -> bool:
        """Whether the catalog says something about an effect."""
        place, located = self.matched.places[effect.timeline], self.located_steps[effect.timeline]
        return is_visible(effect, place, located, self.recorded[migration])

    def _operation(self, op: Op) -> OperationState:
        done = absent = 0
        for effect in self.effects.get(op, ()):
            if not self._counts(effect, op[0]):
                continue
            place, located = self.matched.places[effect.timeline], self.located_steps[effect.timeline]
            if place.nearest and self._gives(effect, located):
                if not (place.renamed and isinstance(effect.timeline, ConstraintTimeline)):
                    return OperationState.CONFLICTING
                done, absent = done + 1, absent + 1  # it is there, but for its name, which is given back
            elif effect.is_half_done(place, located) or (place.lapsed and self._gives(effect, located)):
                done, absent = done + 1, absent + 1
            elif effect.step <= located:
                done += 1
            elif place.actual is None and self.matched.view_in_place_of(effect.timeline, effect.step):
                return OperationState.CONFLICTING
            else:
                absent += 1
        noted = self.noted.get(op, OperationState.INVISIBLE)
        if not done and not absent:
            return noted
        if (done and absent) or noted is OperationState.PARTIAL:
            return OperationState.PARTIAL
        return OperationState.DONE if done else OperationState.ABSENT

    def _gives(self, effect: AnyEffect, located: int) -> bool:
        """Whether this operation gave the object the shape that the live one comes nearest to."""
        return effect.step == located

    def effects_of(self, migration: int) -> Iterator[AnyEffect]:
        """The effects of a migration that can be seen in the catalog, and relied upon."""
        for index in range(self.sizes[migration]):
            for effect in self.effects.get((migration, index), ()):
                if self._counts(effect, migration):
                    yield effect

    def _visible(self, migration: int) -> bool:
        if any((migration, o) in self.noted for o in range(self.sizes[migration])):
            return True
        return any(True for _ in self.effects_of(migration))

    def _migration(self, migration: int, operations: Sequence[OperationState], visible: bool) -> State | None:
        """The state of a migration by itself; None where nothing of it can be seen: what is around it decides."""
        found = set(operations) - {OperationState.INVISIBLE}
        if OperationState.CONFLICTING in found:
            return State.CONFLICTING
        if self.recorded[migration]:
            return State.APPLIED if found <= {OperationState.DONE} else State.MISSING
        if not visible:
            return None
        if found <= {OperationState.DONE}:
            return State.PRESENT
        return State.PENDING if found <= {OperationState.ABSENT} else State.PARTIAL


def is_visible(effect: AnyEffect, place: Placement, located_step: int, recorded: bool) -> bool:
    """Whether the catalog says something about an effect: always where what it made is absent.

    Where it took away what is absent, too, as far as the story has come to that. Nobody can say, without a record,
    whether a column that is absent was altered before. `recorded`: whether its migration is.
    """
    timeline = effect.timeline
    if not isinstance(timeline, OtherTimeline):
        is_silent = isinstance(timeline, ColumnTimeline) and place.actual is None and effect.alters
        return not is_silent or recorded
    if place.in_doubt:
        return False
    if not recorded and place.actual is None:
        is_made, is_done = bool(effect.after), effect.step <= located_step
        if is_made is not is_done and (is_made or timeline.kind not in NOT_EVIDENCE):
            return True
    if (
        (timeline.is_replaceable and place.alike is not Match.SAME)
        or (timeline.made != 1 and place.made_by is None)
        or (timeline.kind in NOT_EVIDENCE and not recorded)
    ):
        return False
    return not (timeline.kind in BELIEVED and recorded)
