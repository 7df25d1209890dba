"""What the migrations to come would meet: each pending operation held against the database that it will find.

Django's schema editor looks some things up in the live catalog (`_constraint_names`). Others it takes by a name that it
knows. Here the same is done on paper. What an operation needs is looked for in the catalog that was read; then its
effects are applied to that. Two things are asked of the database: what reads a column that is to get another type,
and what hangs on one that is to go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations import RunSQL

from schemaguard.diagnosis.ahead.dropped import looked_up
from schemaguard.diagnosis.ahead.hanging import HangingOn
from schemaguard.diagnosis.ahead.limits import keyless, too_long
from schemaguard.diagnosis.ahead.made import points_well, taken
from schemaguard.diagnosis.ahead.names import new_column_name, new_name, renamed
from schemaguard.diagnosis.ahead.pinned import Pinned
from schemaguard.diagnosis.ahead.readers import Readers
from schemaguard.diagnosis.ahead.rebuilds import Rebuilds
from schemaguard.diagnosis.ahead.sql_objects import made_already, read
from schemaguard.diagnosis.ahead.unalterable import not_to_be_altered
from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
from schemaguard.diagnosis.model import Finding, State
from schemaguard.diagnosis.unalterable import unalterable
from schemaguard.location.effects import by_kind
from schemaguard.schema.codes import Level
from schemaguard.schema.objects import ForeignKey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from schemaguard.history.object_timeline import AnyTimeline, ConstraintTimeline, Op
    from schemaguard.location.effects import AnyEffect, Effect
    from schemaguard.location.location import Location


def obstructions(location: Location, pending: Collection[int], *, by_django: bool = True) -> Iterator[Obstruction]:
    """For migrations that are to run, by their positions in the plan, in its order.

    Nothing where a swapped model or another label of an app is the one cause of all that would be said. What is carried
    out by a plan and not `by_django` sees for itself to what hangs on a column that is dropped.
    """
    is_empty = not (location.live_tables or location.extra_tables)
    if pending and not (is_empty or location.swaps or location.relabelled):
        yield from _Ahead(location, by_django=by_django).over(sorted(pending))


def untold(findings_of: Mapping[AnyTimeline, Sequence[Finding]], found: Collection[Obstruction]) -> list[Obstruction]:
    """Without those whose cause is a finding already; `findings_of`: those about each object."""
    return [
        each
        for each in found
        if each.at_fault is None or all(f.level is not Level.ERROR for f in findings_of.get(each.at_fault, ()))
    ]


class _Ahead(ObstructionBuilder):
    """Goes through the operations to come, one after the other."""

    def __init__(self, location: Location, *, by_django: bool) -> None:
        super().__init__(location)
        self.by_django = by_django

    def over(self, pending: Collection[int]) -> Iterator[Obstruction]:
        """What is there in part is completed first. So its other effects are gone through without a word."""
        self.readers = Readers(self.location, pending)
        self.hanging = HangingOn(self, pending)
        self.pinned = Pinned(self)
        self.rebuilds = Rebuilds(self, self.readers)
        self.unalterable = unalterable(self.location)
        states = self.location.states.migrations
        for m in sorted({*pending, *(m for m, state in enumerate(states) if state is State.PARTIAL)}):
            if m not in pending:
                ahead = [each for each in self.location.effects_of(m) if self.location.is_ahead(each)]
                self.hanging.pass_by(ahead)
                self.state.go(ahead)
                continue
            for o in range(len(self.graph.plan[m].operations)):
                if self._is_blind((m, o)):
                    return
                effects = [e for e in self.location.effects_at((m, o)) if self.location.is_ahead(e)]
                yield from self._before((m, o), effects)
                self.state.go(effects)
                self.readers.pass_by((m, o))
                self.hanging.pass_by(effects)
                yield from self._after((m, o), effects)

    def _is_blind(self, op: Op) -> bool:
        """Whether it may do to the schema what nobody can foresee: then nothing is said of what comes after it."""
        walked = self.location.history.operations[op[0]][op[1]]
        runs_python = all(":" in text for text in walked.opaque)
        return bool(walked.opaque) and (not runs_python or any(each.op == op for each in self.location.history.opaque))

    def _before(self, op: Op, effects: list[AnyEffect]) -> Iterator[Obstruction]:
        """What stands in its way, and what it looks for."""
        own = by_kind(effects)
        yield from not_to_be_altered(self, op, effects, self.unalterable)
        yield from renamed(self, op, effects)
        yield from self.rebuilds.before(op, effects, by_django=self.by_django)
        yield from made_already(self, op)
        yield from self.pinned.before(op, effects, drops=self.by_django)
        if self.by_django:
            yield from self.hanging.before(self.readers, op, effects)
        may_be_gone = self.readers.may_be_gone
        for table in own.tables:
            yield from new_name(self, op, table.timeline, table.after, may_be_gone=may_be_gone)
        for column in own.columns:
            yield from new_column_name(self, op, column.timeline, column.after)
            yield from read(self, self.readers, op, column)
        for constraint in own.constraints:
            yield from self._looked_for(op, constraint)

    def _looked_for(self, op: Op, effect: Effect[ConstraintTimeline]) -> Iterator[Obstruction]:
        """Of a constraint: what the editor looks for, and whether its new name is taken."""
        timeline, (before, after) = effect.timeline, effect.shapes
        looks = before is not None and not isinstance(self.operation(op), RunSQL)
        if looks and self.state.name_of(timeline.table) and not any(timeline.carriers(effect.step)):
            yield from looked_up(self, op, timeline, before, after)
        is_new = after is not None and (before is None or before.name != after.name)
        if is_new and not self.readers.may_be_gone:
            yield from taken(self, op, timeline, before, after)

    def _after(self, op: Op, effects: list[AnyEffect]) -> Iterator[Obstruction]:
        """Whether its foreign keys point at something that they can point at, and the server allows the rest."""
        for effect in by_kind(effects).constraints:
            before, key = effect.shapes
            if before is None:
                yield from too_long(self, op, effect.timeline, key)
            if isinstance(key, ForeignKey) and getattr(before, "target", None) != key.target:
                yield from points_well(self, op, effect.timeline, key)
        yield from keyless(self, op, effects)
