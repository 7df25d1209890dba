"""A whole plan where each statement of DDL commits: forward, statement by statement, under the lock of the session.

The plan is made once, and the catalog is not read between two steps. The reason: once a table is there, nothing tells
that the data migration that fills it has not run. What was begun and not done stands in the journal, and the next run
takes it from there.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.utils.timezone import now

from schemaguard.database import backend_of
from schemaguard.journal.entries import TABLE, Journal, refuse_damaged
from schemaguard.journal.inverse import Memory
from schemaguard.operations.steps import Step, hazards_of
from schemaguard.reconcile.planning import as_value, planned
from schemaguard.reconcile.requests import Outcome, Rehearsed, Request
from schemaguard.reconcile.transaction import signals
from schemaguard.reconcile.transaction.atomic_steps import (
    carry_out,
    journalled,
    refuse_another_plan,
    refuse_blocked,
)
from schemaguard.reconcile.transaction.content_types import rename_content_types
from schemaguard.reconcile.transaction.noted_steps import forget, noted
from schemaguard.reconcile.transaction.progress import GOES_ON, Progress, telling, unfinished
from schemaguard.reconcile.transaction.step_runner import Runner
from schemaguard.reconcile.verify import came_true, verify

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.location.location import Location
    from schemaguard.operations.locking import Watcher
    from schemaguard.reconcile.plan.steps import Plan

ON_THE_COPY = "that was on the copy; nothing was changed"
IT_STAYS = "what was done is done and recorded; running it again goes on from there"


def go_forward(request: Request, connection: BaseDatabaseWrapper, watcher: Watcher) -> Outcome:
    """All steps of the plan. To be called under the lock.

    Raises Refused, saying how far it came; and django.db.Error as long as no statement has been carried out.
    """
    run = _Run(unfinished(request, connection), connection)
    told = telling(connection, request.lock_timeout, watcher, lambda: run.progress)
    with watcher, backend_of(connection).locking.waits(request.lock_timeout), told:
        return run.outcome()


class _Run:
    def __init__(self, request: Request, connection: BaseDatabaseWrapper) -> None:
        self.request = request
        self.connection = connection
        self.progress: Progress | None = None
        self.renamed: list[tuple[str, str, str]] = []
        self.seconds: list[float] = []
        self.warnings: list[str] = []

    def outcome(self) -> Outcome:
        """Plans, carries out and verifies."""
        request, journal = self.request, Journal(self.connection)
        before, assessment, plan = planned(request, count=True, held=True)
        location = assessment.location
        refuse_damaged(location.schema, journal.entry)
        refuse_another_plan(before, request)
        refuse_blocked(plan)
        request.refuse_hazards(hazards_of(plan.steps))
        interrupted = TABLE in location.schema.tables and journal.interrupt()
        forget(self.connection, location)
        if plan.steps:
            return self._carried_out(before, location, plan)
        warnings = list(plan.warnings)
        if interrupted and not (request.followed or signals.waits(location, ())):
            warnings += signals.after(self.connection, location, request.verbosity)
        return Outcome(before, before, warnings=tuple(warnings), accepted=plan.accepted)

    def _carried_out(self, before: Diagnosis, location: Location, plan: Plan) -> Outcome:
        request, connection, journal = self.request, self.connection, Journal(self.connection)
        steps = list(plan.steps)
        memory = Memory(connection, location, steps)
        self.warnings = [*plan.warnings, *signals.before(connection, location, request.verbosity)]
        number = journal.write(
            command="reconcile", status="running", plan_hash=before.plan_hash, fingerprint_before=before.fingerprint,
            fingerprint_after="", steps=[journalled(step, 0) for step in steps],
        )  # fmt: skip
        self.progress = Progress(connection, number, steps, ON_THE_COPY if request.rehearse else GOES_ON)
        with journal.running(number, self.progress.value):
            after, found, rest = self._to_the_end(before, location, plan, steps)
        journal.update(
            number, status="done", finished=now(), fingerprint_after=after.fingerprint, steps=self._journalled(steps),
            inverse=memory.inverse(found.schema, self.renamed, continues=request.continues).as_value(),
        )  # fmt: skip
        performed = tuple(as_value(step) for step in steps)
        warnings = tuple(self.warnings)
        rehearsed = tuple(Rehearsed(seconds=each) for each in self.seconds) if request.rehearse else ()
        return Outcome(
            before, after, performed, journal=number, warnings=warnings, accepted=rest.accepted, rehearsed=rehearsed
        )

    def _to_the_end(
        self, before: Diagnosis, location: Location, plan: Plan, steps: list[Step]
    ) -> tuple[Diagnosis, Location, Plan]:
        """Carries the steps out. Adds those that have nothing left to do then. Raises Refused for a broken promise."""
        request, connection = self.request, self.connection
        self._steps(Runner(connection, location, plan), steps)
        request.tell("schemaguard: verifying …")
        while True:
            if not (request.rehearse or request.followed or signals.waits(location, steps)):
                self.warnings += signals.after(connection, location, request.verbosity, steps)
            after, again, rest = planned(request, past=location)
            found = again.location
            harmless = came_true(before, found)
            more = [step for step in rest.steps if step.key in harmless and not step.every_task]
            if not more:
                break
            self._steps(Runner(connection, location, plan), more)
            steps += more
        end = ON_THE_COPY if request.rehearse else IT_STAYS
        verify(steps, (before, location), (after, found), rest.left, end, harmless=harmless)
        forget(connection, location)
        return after, found, rest

    def _steps(self, runner: Runner, steps: list[Step]) -> None:
        assert self.progress is not None
        for number, step in enumerate(steps, start=1):
            self.request.begin(step, number, len(steps))
            begun = time.perf_counter()
            with (
                self.progress.of(step),
                noted(self.request, self.connection, runner.location, step) as on_task,
            ):
                carry_out(runner, step, self.connection, self.progress.said, on_task=on_task)
            self.seconds.append(time.perf_counter() - begun)
            self.renamed += rename_content_types(self.connection, runner.location, [step])

    def _journalled(self, steps: list[Step]) -> list[dict[str, Any]]:
        assert self.progress is not None
        return [
            {**journalled(step, seconds), "statements": self.progress.of_key(step.key)}
            for step, seconds in zip(steps, self.seconds, strict=True)
        ]
