"""A whole plan where each statement of DDL commits: forward, statement by statement, under the lock of the session.

The plan is made once, and the catalog is not read between two steps. The reason: once a table is there, nothing tells
that the data migration that fills it has not run. What was begun and not done stands in the journal, and the next run
takes it from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.timezone import now

from schemaguard.database import backend_of
from schemaguard.journal.entries import Journal
from schemaguard.journal.inverse import Memory
from schemaguard.journal.progress import GOES_ON, IT_STAYS, Progress, telling
from schemaguard.reconcile.planning import as_value
from schemaguard.reconcile.requests import Outcome, Request
from schemaguard.reconcile.transaction.atomic_steps import carry_out, journalled
from schemaguard.reconcile.transaction.noted_steps import noted
from schemaguard.reconcile.transaction.unfinished import unfinished
from schemaguard.reconcile.transaction.work import Work, begun

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.operations.locking import Watcher
    from schemaguard.operations.steps import Step
    from schemaguard.reconcile.transaction.step_runner import Runner

ON_THE_COPY = "that was on the copy; nothing was changed"


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

    def outcome(self) -> Outcome:
        """Plans, carries out and verifies."""
        work = begun(self.request, self.connection)
        work.steps = list(work.plan.steps)
        if work.steps:
            return self._carried_out(work)
        if work.interrupted:
            work.tell_end([])
        return Outcome(work.before, work.before, warnings=tuple(work.warnings), accepted=work.plan.accepted)

    def _carried_out(self, work: Work) -> Outcome:
        request, connection, before, journal = self.request, self.connection, work.before, Journal(self.connection)
        memory = Memory(connection, work.location, work.steps)
        work.announce()
        number = journal.write(
            command="reconcile", status="running", plan_hash=before.plan_hash, fingerprint_before=before.fingerprint,
            fingerprint_after="", steps=[journalled(step, 0) for step in work.steps],
        )  # fmt: skip
        self.progress = progress = Progress(
            connection, number, work.steps, ON_THE_COPY if request.rehearse else GOES_ON
        )

        def carry_out_noted(runner: Runner, step: Step, _is_last: bool) -> None:
            with progress.of(step), noted(request, connection, runner.location, step) as on_task:
                carry_out(runner, step, connection, progress.said, on_task=on_task)

        with journal.running(number, progress.value):
            then = work.finish(carry_out_noted, end=ON_THE_COPY if request.rehearse else IT_STAYS)
        journal.update(
            number, status="done", finished=now(), fingerprint_after=then.diagnosis.fingerprint,
            steps=_journalled(work, progress),
            inverse=memory.inverse(then.location.schema, work.renamed, continues=request.continues).as_value(),
        )  # fmt: skip
        return Outcome(
            before, then.diagnosis, tuple(map(as_value, work.steps)), journal=number, warnings=tuple(work.warnings),
            accepted=then.plan.accepted, rehearsed=tuple(work.rehearsed) if request.rehearse else (),
        )  # fmt: skip


def _journalled(work: Work, progress: Progress) -> list[dict[str, Any]]:
    return [
        {**journalled(step, seconds), "statements": progress.of_key(step.key)}
        for step, seconds in zip(work.steps, work.seconds, strict=True)
    ]
