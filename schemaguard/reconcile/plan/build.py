"""Diagnosis ─▶ Plan: what to record, what to complete, what to make again, in the order of the history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.diagnosis.ahead import obstructions, untold
from schemaguard.diagnosis.assessment import Assessment, assess
from schemaguard.diagnosis.findings.renamed_apps import way
from schemaguard.diagnosis.model import Action, Diagnosis, OperationState, State
from schemaguard.history.bits import ancestors_of, positions_in
from schemaguard.history.graph import Key, replaced_by
from schemaguard.history.raw_sql import raw_sql
from schemaguard.location.false_records import false_records
from schemaguard.location.locate import relocate
from schemaguard.operations import tasks as t
from schemaguard.operations.order import edges_of_a_plan, ordered
from schemaguard.operations.steps import Step
from schemaguard.operations.subjects import only_alter
from schemaguard.reconcile.plan.across_steps import made_by, once, one_after_another
from schemaguard.reconcile.plan.around.concurrently import mark
from schemaguard.reconcile.plan.around.dependents import around
from schemaguard.reconcile.plan.around.foreign_key_ends import parted, strangers_joined
from schemaguard.reconcile.plan.around.given_back import given_back
from schemaguard.reconcile.plan.around.mismatched_keys import postponed
from schemaguard.reconcile.plan.bookkeeping import first_steps
from schemaguard.reconcile.plan.choosing import choices as c
from schemaguard.reconcile.plan.choosing.close_stories import answers_of, close_stories, is_to_run
from schemaguard.reconcile.plan.choosing.conflict_policy import DataMigrations, Decider
from schemaguard.reconcile.plan.choosing.options import DEFAULTS, Options
from schemaguard.reconcile.plan.evidence import evidence
from schemaguard.reconcile.plan.false_records import unrecord
from schemaguard.reconcile.plan.in_the_way.long_keys import keys_too_long
from schemaguard.reconcile.plan.in_the_way.name_collisions import moved, name_collisions
from schemaguard.reconcile.plan.in_the_way.readers import read_by_others
from schemaguard.reconcile.plan.in_the_way.renamed_since import renamed_since
from schemaguard.reconcile.plan.in_the_way.unalterable import not_to_be_altered
from schemaguard.reconcile.plan.mending.own_names import OwnNames
from schemaguard.reconcile.plan.mending.repairs import Repairs
from schemaguard.reconcile.plan.parts import Parts
from schemaguard.reconcile.plan.steps import Plan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.history.object_timeline import Op
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task


def build(
    assessment: Assessment, diagnosis: Diagnosis, options: Options = DEFAULTS, app_labels: Collection[str] = ()
) -> tuple[Assessment, Plan]:
    """The plan for one located database, and the assessment of it without the records that the plan takes for false.

    With `app_labels` it is about these apps, and what they depend on. No question is asked about others.
    """
    answers = answers_of(assessment.location, options)
    if answers:
        assessment, diagnosis = _amended(assessment, diagnosis, relocate(assessment.location, answers=answers))
    found = false_records(assessment.location, unsure=options.data_migrations == "run")
    if not found.keys:
        return assessment, _Builder(assessment, diagnosis, options, app_labels).plan()
    amended, of_amended = _amended(assessment, diagnosis, found.location)
    plan = _Builder(amended, of_amended, options, app_labels).plan()
    unrecord(plan, assessment, found, options, app_labels)
    return amended, plan


def _amended(assessment: Assessment, diagnosis: Diagnosis, location: Location) -> tuple[Assessment, Diagnosis]:
    """The assessment of another location of the same database, and the diagnosis with its findings."""
    amended = assess(location)
    left = [each for each in amended.findings if each not in diagnosis.ignored]
    left += [each for each in diagnosis.findings if each not in assessment.findings]  # of sequences, and models ahead
    return amended, replace(diagnosis, findings=tuple(left))


class _Builder:
    def __init__(
        self, assessment: Assessment, diagnosis: Diagnosis, options: Options, app_labels: Collection[str] = ()
    ) -> None:
        self.assessment = assessment
        self.location = location = assessment.location
        self.edges = edges_of_a_plan(location.backend)
        self.findings = diagnosis.findings
        self.ignored = frozenset(diagnosis.ignored)
        self.options = options
        self.graph = location.graph
        self.states = location.states
        self.decider = Decider(assessment, options, diagnosis.ignored)
        self.held = frozenset(
            m
            for m in range(len(self.graph.plan))
            if self.graph.recorded[m]
            or self.states.migrations[m] in (State.PRESENT, State.PARTIAL)
            or (self.states.migrations[m] is State.CONFLICTING and self.decider.settled(m))
        )
        self.needed = ancestors_of(self.held, self.graph.ancestors)
        self.mine = frozenset(
            m for m, each in enumerate(self.graph.plan) if not app_labels or each.app_label in app_labels
        )
        self.app_labels = app_labels
        self.names = OwnNames(location)
        self.parts = Parts(location, self.decider, self.held, self._wanted, self.names)
        self.data = DataMigrations(location, options, self.held, self.decider, self.mine)
        self.decider.choices += close_stories(location, options, self.mine)

    # ------------------------------------------------------------------------------------------------- the way through
    def plan(self) -> Plan:
        asked = [m for m in self.mine if self._is_to_be_done(m)]
        wanted = self.mine.union(positions_in(ancestors_of(asked, self.graph.ancestors)))
        mending = Repairs(self.location, self.findings, self.held, self.decider, wanted, self.names).tasks()
        steps = list(first_steps(self.findings, self.location))
        for m in sorted(wanted):
            step = self._step(m, mending.pop(m, []))
            if step is not None:
                steps.append(step)
        if self.options.prune:
            gone = [key for key in self.graph.orphans if not self.app_labels or key[0] in self.app_labels]
            steps += [Step(Action.PRUNE, key, removes=(key,)) for key in gone]
        shown = {m for m, state in enumerate(self.states.migrations) if state is State.CONFLICTING}
        blocked = tuple(dict.fromkeys(self._of_swaps() or self.decider.blocked))
        steps = given_back(once(steps), self.location, self.edges)
        steps = postponed(one_after_another(steps), self.location)
        around(steps, self.location)
        parted(steps, self.location)
        mark(steps, self.location)
        anew = moved(steps, self.location, lambda timeline: self.decider.answer(timeline) == c.ADD)
        others = [
            *read_by_others(steps, self.location), *keys_too_long(steps, self.location),
            *not_to_be_altered(steps, self.location), *strangers_joined(steps, self.location),
            *renamed_since(steps, self.location),
        ]  # fmt: skip
        taken = name_collisions(steps, self.location, self.held, self.names)
        in_the_way = [*taken, *anew, *others, *self._obstructed(steps)]
        unmendable = self._of_labels() or [*self.decider.unmendable, *in_the_way]
        left = {(each.app_label, each.name) for m, each in enumerate(self.graph.plan) if self.decider.leaves(m)}
        findings = self.assessment.findings_of
        accepted = frozenset(finding for timeline in self.decider.accepted for finding in findings.get(timeline, ()))
        return Plan(
            steps, blocked, tuple(self.decider.choices), tuple(self.data.warnings), tuple(dict.fromkeys(unmendable)),
            self.held | shown, accepted, frozenset(left),
        )  # fmt: skip

    def _of_labels(self) -> list[str]:
        """An app whose label was changed in code: that is the one cause, and nothing else is told of it."""
        mine = {self.graph.plan[m].app_label for m in self.mine}
        return [f"{each.said}: {way(each)}" for each in self.location.relabelled if each.label in mine]

    def _of_swaps(self) -> list[str]:
        """A setting that was swapped: that is the one cause, and nothing else is asked before it is answered."""
        if self.options.on_conflict == c.ALTER:
            return []
        return [
            f"{swap.said}: {swap.way_back}; --on-conflict alter makes {swap.new_table} and lets keys point at it, "
            f"where {swap.table} has no rows"
            for swap in self.location.swaps
        ]

    def _obstructed(self, steps: Collection[Step]) -> list[str]:
        """What keeps pending migrations from running: those that the plan runs, or all where it has no step.

        A plan that mends something else is not stopped: the check after it finds what is left.
        """
        runs = {step.position for step in steps if step.action is Action.RUN and step.position is not None}
        pending = {m for m in self.mine if self.states.migrations[m] is State.PENDING}
        if steps and not runs:
            return []
        found = untold(
            self.assessment.findings_of, list(obstructions(self.location, runs or pending, by_django=not runs))
        )
        return [each.finding.message for each in found if each.finding not in self.ignored]

    def _is_to_be_done(self, m: int) -> bool:
        """Whether it may get a step. Then what it depends on may get steps as well."""
        state = self.states.migrations[m]
        return self._is_to_run(m) if state is State.PENDING else state is not State.APPLIED

    def _is_to_run(self, m: int) -> bool:
        if self.options.migrate or self._wanted(m) or m in self.data.run:
            return True
        return is_to_run(self.graph, m, self.options)

    def _step(self, m: int, mending: list[Task]) -> Step | None:
        state = self.states.migrations[m]
        migration = self.graph.plan[m]
        key = (migration.app_label, migration.name)
        done = tuple(o for o, each in enumerate(self.states.operations[m]) if each is OperationState.DONE)
        if self.graph.recorded[m]:
            if not mending:
                return None
            action = Action.ALTER if only_alter(mending) else Action.REDO
            return Step(action, key, m, ordered(mending, self.edges), done=done)
        records = self._records(key)
        if state is State.PRESENT and m in self.data.owed and not self.states.visible[m]:
            return self._completing(Step(Action.RUN, key, m, mending, records=records), m)
        if state is State.PRESENT and self.location.unseen_code.is_open(m):
            step = self._completing(Step(Action.COMPLETE, key, m, mending, records=records, done=done), m)
            if step.sequence:
                return step
        if state is State.PRESENT or m in self.data.skip:
            proof = evidence(self.location, m, self.data.filled_tables)
            return Step(Action.FAKE, key, m, ordered(mending, self.edges), records=records, evidence=proof, done=done)
        if state is State.PARTIAL or (state is State.CONFLICTING and m in self.held):
            return self._completing(Step(Action.COMPLETE, key, m, mending, records=records, done=done), m)
        if state is State.CONFLICTING:
            self.decider.conflicting(m)
            return None
        if state is State.PENDING and self._is_to_run(m):
            return self._completing(Step(Action.RUN, key, m, mending, records=records, done=done), m)
        return None

    def _wanted(self, m: int) -> bool:
        """Whether a migration that the database holds depends on this one."""
        return bool(self.needed >> m & 1)

    def _records(self, key: Key) -> tuple[Key, ...]:
        return (*replaced_by(self.graph.loader, key), key)

    # ------------------------------------------------------------------------------------------------------ completing
    def _completing(self, step: Step, m: int) -> Step:
        """The rest of a migration: operation by operation or, where later migrations are there, object by object."""
        step.evidence = evidence(self.location, m, self.data.filled_tables)
        if self._wanted(m):
            step.tasks = ordered([*step.tasks, *self._owed(m), *self._code(m)], self.edges)
            return step
        step.tasks = ordered(step.tasks, self.edges)
        operations, unseen = self.states.operations[m], self.location.unseen_code
        there = (OperationState.DONE, OperationState.PARTIAL, OperationState.CONFLICTING)
        last = max((o for o, state in enumerate(operations) if state in there), default=-1)
        skips = self.options.data_migrations == "skip"
        late = self.parts.deferred(m)
        for o, state in enumerate(operations):
            if (m, o) in unseen.ran or ((m, o) in unseen.open and not self.data.is_to_run((m, o))):
                continue
            done = self.location.left_of_sql((m, o))
            if done is not None:
                step.sequence[o] = [t.RunSql((m, o), after=done)]
            elif state is OperationState.ABSENT and self.parts.is_altered_by_now((m, o)):
                late += self.parts.of((m, o), at_the_end=True)
            elif state is OperationState.ABSENT or (m, o) in unseen.open:
                step.sequence[o] = [t.RunOperation((m, o))]
            elif state in (OperationState.PARTIAL, OperationState.CONFLICTING):
                step.sequence[o] = ordered(self.parts.of((m, o)), self.edges)
            elif state is OperationState.INVISIBLE:
                follows = o > last and (last < 0 or not skips)
                if follows or self._alters_what_is_made((m, o), step):
                    step.sequence[o] = [t.RunOperation((m, o))]
        if late:
            step.sequence[len(operations)] = ordered(late, self.edges)
        in_their_turn = {made_by(task) for tasks in step.sequence.values() for task in tasks}
        step.tasks = [task for task in step.tasks if made_by(task) not in in_their_turn]
        return step

    def _alters_what_is_made(self, op: Op, step: Step) -> bool:
        """Whether an operation is about a missing object that the step makes again, as an earlier one left it."""
        for effect in self.location.effects_at(op):
            before = [each.op for each in effect.timeline.steps[: effect.step]]
            is_made = any(each and each[0] == op[0] and step.sequence.get(each[1]) for each in before)
            if is_made and effect.alters and self.location.live(effect.timeline) is None:
                return True
        return False

    def _owed(self, m: int) -> Iterator[Task]:
        """Everything that a migration should have made, in the shape that the last held migration gives it."""
        for o, state in enumerate(self.states.operations[m]):
            if state in (OperationState.ABSENT, OperationState.PARTIAL, OperationState.CONFLICTING):
                yield from self.parts.of((m, o), at_the_end=True)

    def _code(self, m: int) -> Iterator[Task]:
        """The code of a migration that has not run, though later ones are there: it is run, too."""
        for o, state in enumerate(self.states.operations[m]):
            if m in self.location.notes and not self.location.effects_at((m, o)):
                if state is OperationState.ABSENT:
                    yield t.RunOperation((m, o))
                done = self.location.left_of_sql((m, o))
                if done is not None:
                    yield t.RunSql((m, o), after=done)
        if self.states.migrations[m] is State.PENDING or m in self.data.owed:
            for o, state in enumerate(self.states.operations[m]):
                runs = self.location.history.runs_code((m, o)) or raw_sql(self.graph.plan[m].operations[o])
                if state is OperationState.INVISIBLE and runs:
                    yield t.RunOperation((m, o))
