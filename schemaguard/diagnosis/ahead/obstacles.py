"""What stands in the way of `migrate`: the migrations that it is about to run, held against what the database holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.migrations import RunPython
from django.db.migrations.operations.models import DeleteModel

from schemaguard.diagnosis.ahead import obstructions
from schemaguard.diagnosis.ahead.repeatable import repeatable
from schemaguard.diagnosis.findings.renamed_apps import way
from schemaguard.diagnosis.model import Finding, OperationState, State
from schemaguard.diagnosis.naming import change_of, name_of
from schemaguard.diagnosis.noted import called
from schemaguard.history.bits import ancestors_of, bits_of
from schemaguard.history.graph import Key, half_recorded, replaced_by
from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, Op, TableTimeline
from schemaguard.location.effects import by_kind
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import ForeignKey
from schemaguard.schema.text import holds_all_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.diagnosis.ahead.words import Obstruction
    from schemaguard.diagnosis.assessment import Assessment
    from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, Op, TableTimeline
    from schemaguard.location.effects import Effect

THERE = frozenset({State.PRESENT, State.PARTIAL, State.CONFLICTING})
BEGUN = frozenset({OperationState.DONE, OperationState.PARTIAL, OperationState.CONFLICTING})


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacle:
    """One migration that makes `migrate` fail, and the objects over which: a sentence each.

    `state` is `missing` where the migration is recorded and something that it makes, and that the plan goes on from,
    is not there; else the migration is one of the plan's own, `pending` where the database is not as it needs it.
    """

    key: Key
    state: State
    reasons: tuple[str, ...] = ()
    said: str | None = None
    """What is said of it instead of its state, where it is no migration."""

    @property
    def name(self) -> str:
        return ".".join(self.key)


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacles:
    """`fatal`: `migrate` would fail half way. `harmless`: recorded and missing, and nothing in the plan touches it."""

    fatal: tuple[Obstacle, ...] = ()
    harmless: tuple[Obstacle, ...] = ()


def obstacles(assessment: Assessment, planned: Collection[Key], ignored: Collection[Finding] = ()) -> Obstacles:
    """Holds the migrations that `migrate` would run, by their keys, against a located database.

    Nothing is asked of the database here. Keys are Django's: a squash is found under what it replaces, and the other
    way round. What the settings ignore is fatal where it is in the way, and else not told.
    """
    return _Judge(assessment, planned, ignored).judged()


class _Judge:
    def __init__(self, assessment: Assessment, planned: Collection[Key], ignored: Collection[Finding]) -> None:
        self.assessment = assessment
        self.location = location = assessment.location
        self.ignored = frozenset(ignored)
        self.graph = location.graph
        self.states = location.states
        self.labels = {each.label for each in location.relabelled}
        self.planned = self._planned(planned)
        self.there = {m for m in range(len(self.graph.plan)) if self._is_there(m)}
        recorded = [m for m, is_recorded in enumerate(self.graph.recorded) if is_recorded]
        visible, states = self.states.visible, self.states.migrations
        self.recorded_later = ancestors_of(recorded, self.graph.ancestors)
        self.followed = ancestors_of({*self.there, *(m for m in recorded if visible[m])}, self.graph.ancestors)
        self.to_come = bits_of(m for m, state in enumerate(states) if visible[m] and state is State.PENDING)

    def judged(self) -> Obstacles:
        stopped = [m for m in sorted(self.planned) if m in self.there or self._must_have_run(m)]
        fatal = [self._obstacle(m) for m in stopped]
        fatal += self._half_recorded(stopped)
        ahead = list(obstructions(self.location, self.planned.difference(stopped)))
        fatal = [*self._relabelled(), *(each for each in fatal if each.key[0] not in self.labels), *self._swapped()]
        fatal += self._taking_over(self.planned.difference(stopped))
        touched, named, apps = self._touched()
        named.update(each.at_fault for each in ahead if each.at_fault is not None)
        said = "takes a table for granted"
        fatal += [
            Obstacle(key=self._key(each.op[0]), state=State.MISSING, said=said, reasons=(each.said,))
            for each in self.location.granted
            if each.timeline in touched
        ]
        hurt: dict[int, list[str]] = {}
        unhurt: dict[int, list[str]] = {}
        mended: set[AnyTimeline] = set()
        for m, timeline, what in self._missing():
            if self._is_of_a_swap(timeline):
                continue
            app = self.graph.plan[m].app_label
            fails = timeline in named or (timeline.holds_rows and (timeline.owner in touched or app in apps))
            if fails or not self.assessment.tells_only(timeline, self.ignored):
                (hurt if fails else unhurt).setdefault(m, []).append(what)
            if fails:
                mended.add(timeline)
        fatal += self._in_the_way([each for each in ahead if each.at_fault not in mended])
        fatal += [Obstacle(key=self._key(m), state=State.MISSING, reasons=tuple(each)) for m, each in hurt.items()]
        harmless = [
            Obstacle(key=self._key(m), state=State.MISSING, reasons=tuple(each))
            for m, each in unhurt.items()
            if m not in hurt
        ]
        return Obstacles(fatal=tuple(fatal), harmless=tuple(harmless))

    def _taking_over(self, planned: Collection[int]) -> Iterator[Obstacle]:
        """Migrations that take over a table which others of the plan are about to make: they can be recorded alone."""
        for timeline in self.location.history.timelines.handed_over:
            for step in range(self.location.located_step(timeline) + 1, len(timeline.steps)):
                op, before = timeline.steps[step].op, timeline.steps[step - 1].op
                if op is None or before is None or op[0] not in planned or not timeline.is_handed_over(step):
                    continue
                first = f"manage.py migrate {' '.join(self._key(before[0]))}"
                reason = f"table {timeline.name_at(op)} is there by then: {first}, then manage.py schemaguard reconcile"
                yield Obstacle(
                    key=self._key(op[0]), state=State.PENDING, said="is to run and cannot", reasons=(reason,)
                )
                break

    def _relabelled(self) -> Iterator[Obstacle]:
        """Apps whose tables have another label: what is to run would make empty ones beside them."""
        for each in self.location.relabelled:
            if any(self.graph.plan[m].app_label == each.label for m in self.planned):
                said = f"is to run: {each.said}"
                yield Obstacle(key=self._key(each.first), state=State.CONFLICTING, said=said, reasons=(way(each),))

    def _swapped(self) -> Iterator[Obstacle]:
        """Migrations that come before recorded ones since a setting was changed: Django refuses to run them."""
        for swap in self.location.swaps:
            m = swap.makes
            if m in self.planned and self.recorded_later >> m & 1:
                said = f"is to run: {swap.said}"
                rows = f"its rows are in {swap.table}, and {swap.new_table} is not there: {swap.way_back}"
                yield Obstacle(key=self._key(m), state=State.CONFLICTING, said=said, reasons=(rows,))

    def _is_of_a_swap(self, timeline: AnyTimeline) -> bool:
        """Whether it is a key that points at the former model's table still: told with its cause."""
        live, shape = self.location.live_table(timeline.owner), self.location.expected_shape(timeline)
        if live is None or not isinstance(shape, ForeignKey):
            return False
        return any((live.name, column) in swap.pointing for swap in self.location.swaps for column in shape.columns)

    def _half_recorded(self, stopped: Collection[int]) -> Iterator[Obstacle]:
        """Squashes that Django can neither run nor take apart, and of which nothing is there that could be recorded."""
        for key, why in half_recorded(self.graph.loader.disk_migrations or {}, self.graph.records):
            m = self.graph.plan_index.get(key)
            if m in self.planned and m not in stopped:
                yield Obstacle(key=key, state=State.PENDING, reasons=(why,))

    def _in_the_way(self, found: Collection[Obstruction]) -> Iterator[Obstacle]:
        """The migrations to come that fail over what is there, or not as they need it."""
        reasons: dict[tuple[int, State], dict[str, None]] = {}
        for each in found:
            behind = self._left_behind(each.at_fault) if each.at_fault is not None else None
            of = (each.op[0], State.PENDING) if behind is None else (behind, State.MISSING)
            reasons.setdefault(of, {})[each.finding.message] = None
        for (m, state), sentences in reasons.items():
            yield Obstacle(key=self._key(m), state=state, reasons=tuple(sentences))

    def _left_behind(self, timeline: AnyTimeline) -> int | None:
        """The recorded migration that was to alter an object that stands at an earlier step of its history."""
        op = self.location.expected_op(timeline)
        is_behind = not (self.location.is_where_expected(timeline) or self.location.placement(timeline).nearest)
        return op[0] if is_behind and op is not None and self.graph.recorded[op[0]] else None

    def _key(self, m: int) -> Key:
        return self.graph.plan[m].app_label, self.graph.plan[m].name

    def _planned(self, keys: Collection[Key]) -> frozenset[int]:
        """Positions of the planned migrations that are not recorded, in this reading of the squashes."""
        wanted = set(keys)
        for key in keys:
            wanted.update(replaced_by(self.graph.loader, key))
        return frozenset(
            m
            for m in range(len(self.graph.plan))
            if not self.graph.recorded[m]
            and (self._key(m) in wanted or not wanted.isdisjoint(replaced_by(self.graph.loader, self._key(m))))
        )

    # -------------------------------------------------------------------------------------------- what is there already
    def _is_there(self, m: int) -> bool:
        """Whether the catalog shows an unrecorded migration, all or in part, and running it again would fail."""
        if self.graph.recorded[m] or self.states.migrations[m] not in THERE or not self.states.visible[m]:
            return False
        runs_code = self.location.history.has_code(m)
        return any(
            state in BEGUN
            and not repeatable(operation, self.location.backend.connection)
            and (runs_code or not self._alters_again((m, o)))
            for o, (operation, state) in enumerate(
                zip(self.graph.plan[m].operations, self.states.operations[m], strict=True)
            )
        )

    def _alters_again(self, op: Op) -> bool:
        """Whether an operation only alters columns that somebody altered by hand, and the server does so once more.

        Django states the new type whatever the column was: to widen it further never fails.
        """
        own = by_kind(self.location.effects_at(op))
        as_pending_as_ever = [
            each
            for each in own.constraints
            if self.location.is_ahead(each) and not self.location.placement(each.timeline).nearest
        ]
        if own.tables or own.others or len(as_pending_as_ever) < len(own.constraints):
            return False
        return all(map(self._widens_again, own.columns))

    def _widens_again(self, effect: Effect[ColumnTimeline]) -> bool:
        """Whether an operation gives a column, whatever it is now, a type that holds all of its values."""
        place, (before, after) = self.location.placement(effect.timeline), effect.shapes
        if place.actual is None or place.renamed or before is None or after is None or before.name != after.name:
            return False
        if (before.auto, before.generated) != (after.auto, after.generated) or place.actual.generated is not None:
            return False
        return place.actual.auto == after.auto and holds_all_of(after.type, place.actual.type)

    def _must_have_run(self, m: int) -> bool:
        """Whether a migration that leaves nothing to see surely ran: what comes after it is there, and what comes
        before it too."""
        if self.states.visible[m] or self.states.migrations[m] is not State.PRESENT:
            return False
        return bool(self.followed >> m & 1 and not self.graph.ancestors[m] & self.to_come)

    def _obstacle(self, m: int) -> Obstacle:
        state = self.states.migrations[m]
        reasons: list[str] = []
        if state is State.CONFLICTING:
            reasons = [
                finding.message
                for finding in self.assessment.findings
                if (finding.app, finding.migration) == self._key(m) and finding.kind is not Kind.MIGRATION
            ]
        if not reasons:
            reasons = list(dict.fromkeys(self._there_already(m)))
        return Obstacle(key=self._key(m), state=state, reasons=tuple(reasons))

    def _there_already(self, m: int) -> Iterator[str]:
        """The objects that the migration makes and that are there, or removes and that are gone."""
        tables: set[AnyTimeline] = set()
        for o, operation in enumerate(self.graph.plan[m].operations):
            if repeatable(operation, self.location.backend.connection):
                continue
            effects = self.location.effects.get((m, o), [])
            if not effects and self.states.operations[m][o] in BEGUN:
                yield f"{called(self.graph, (m, o))} has run already"
            for effect in effects:
                timeline, place = effect.timeline, self.location.placement(effect.timeline)
                is_next = effect.step == self.location.located_step(timeline) + 1
                if is_next and place.unfinished and place.actual is not None:
                    yield f"{name_of(self.location, timeline, effect.step)} was begun and never finished"
                if self.location.is_ahead(effect):
                    continue
                if timeline is timeline.owner:
                    tables.add(timeline)
                elif timeline.owner in tables:
                    continue  # one cause, one line
                yield f"{name_of(self.location, timeline, effect.step)} {change_of(effect)[0]} already"

    # ------------------------------------------------------------------------------------------ what is there no longer
    def _touched(self) -> tuple[set[TableTimeline], set[AnyTimeline], set[str]]:
        """What the plan goes on from: tables, things that it takes by their names, and apps whose rows code reads."""
        tables: set[TableTimeline] = set()
        named: set[AnyTimeline] = set()
        apps: set[str] = set()
        for m in self.planned - self.there:
            for o, operation in enumerate(self.graph.plan[m].operations):
                self._note_touched((m, o), isinstance(operation, DeleteModel), tables, named)
                if isinstance(operation, RunPython):
                    apps.add(self.graph.plan[m].app_label)
        return tables, named, apps

    def _note_touched(self, op: Op, drops: bool, tables: set[TableTimeline], named: set[AnyTimeline]) -> None:
        """Adds what one operation goes on from; `drops`: it only takes a model away."""
        own = by_kind(self.location.effects_at(op))
        named.update(each.timeline for each in own.tables)
        named.update(each.timeline for each in own.columns)
        if not drops:
            owners = (each.timeline.owner for each in self.location.effects_at(op))
            tables.update(owner for owner in owners if owner is not None)
            for target in {getattr(each.after, "target", None) for each in own.constraints}:
                bearers = self.location.history.timelines.bearers(target)
                named.update(bearer for bearer in bearers if bearer.name_at(op) == target)
        dropped = self.location.dropped_as_constraint
        named.update(each.timeline for each in own.constraints if dropped(each.timeline) == op)

    def _missing(self) -> Iterator[tuple[int, AnyTimeline, str]]:
        """All that should stand and does not: (position of its recorded migration, its timeline, a sentence)."""
        location, expected_step = self.location, self.location.expected_step
        for table in location.history.timelines.every_table:
            owed = self._owed(table, expected_step(table))
            if table not in self.location.live_tables:
                if owed is not None:
                    yield owed, table, f"{name_of(self.location, table, expected_step(table))} is missing"
                continue
            parts: list[AnyTimeline] = [*table.every_column, *table.every_constraint]
            for timeline in parts:
                place = self.location.placement(timeline)
                owed = self._owed(timeline, expected_step(timeline))
                gone = place.actual is None or (place.unfinished and not timeline.holds_rows)
                if owed is not None and gone and not location.may_be_so(timeline):
                    yield owed, timeline, f"{name_of(self.location, timeline, expected_step(timeline))} is missing"
                elif owed is not None and location.dropped_as_constraint(timeline) is not None:
                    yield (
                        owed,
                        timeline,
                        f"{name_of(self.location, timeline, expected_step(timeline))} "
                        "is a unique index, and no constraint",
                    )

    def _owed(self, timeline: AnyTimeline, expected_step: int) -> int | None:
        """The recorded migration that gave the timeline the shape in which it should stand; else None."""
        op = timeline.steps[expected_step].op
        if op is None or timeline.steps[expected_step].shape is None or not self.graph.recorded[op[0]]:
            return None
        for index in range(expected_step, 0, -1):
            made = timeline.steps[index].op
            if timeline.steps[index - 1].shape is None and made is not None:
                return made[0]
        return op[0]
