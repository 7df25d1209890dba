"""The steps outside of a transaction, one by one under the lock. Each is in the journal before it begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import Error
from django.utils.timezone import now

from schemaguard.database import backend_of
from schemaguard.database.backoff import pause
from schemaguard.error_text import reason
from schemaguard.exceptions import Refused
from schemaguard.journal.entries import TABLE, Journal
from schemaguard.journal.inverse import Memory
from schemaguard.operations.boundary import EndsTransaction
from schemaguard.operations.locking import TRIES, Watcher, exclusive, is_lock_timeout, no_lock
from schemaguard.reconcile.planning import as_value, planned
from schemaguard.reconcile.requests import Outcome, Request
from schemaguard.reconcile.transaction import signals
from schemaguard.reconcile.transaction.atomic_steps import carry_out, in_transaction, journalled, needs_no_transaction
from schemaguard.reconcile.transaction.noted_steps import noted
from schemaguard.reconcile.transaction.work import Work, refuse_blocked

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.locking import Second
    from schemaguard.operations.steps import Step
    from schemaguard.reconcile.transaction.step_runner import Runner

DONE_BEFORE = "the steps before it are done and recorded"


def finish(request: Request, connection: BaseDatabaseWrapper, outcome: Outcome, second: Second) -> None:
    """Goes on until no step is left. The database is read and planned anew after each step, under the lock."""
    # The hash was that of the whole plan: what is left has another one.
    request = replace(request, plan_hash=None, shown=None, continues=outcome.journal)
    tries = 0
    locking = backend_of(connection).locking
    with locking.kept(second) as check, locking.waits(request.lock_timeout):
        while outcome.left:
            check()
            watcher = Watcher(connection)
            try:
                outcome.then(_next(request, connection, watcher))
                request = replace(request, continues=request.continues or outcome.journal)
                tries = 0
            except EndsTransaction as ended:
                request = replace(request, alone=request.alone | {ended.key})
            except Error as error:
                if not is_lock_timeout(connection, error):
                    raise
                tries += 1
                if tries == TRIES:
                    raise no_lock(request.lock_timeout, watcher, DONE_BEFORE) from error
                pause(tries)


def _next(request: Request, connection: BaseDatabaseWrapper, watcher: Watcher) -> Outcome:
    """The next step outside of a transaction; or the steps before it, in one transaction."""
    before, assessment, plan = planned(request, count=True)
    refuse_blocked(plan)
    if TABLE in assessment.location.schema.tables:
        Journal(connection).interrupt()
    if not plan.steps:
        return Outcome(before, before, warnings=plan.warnings, accepted=plan.accepted)
    if needs_no_transaction(plan.steps[0], assessment.location, request):
        work = Work(request, connection, before, assessment, plan, plan.steps[:1], warnings=list(plan.warnings))
        with watcher:
            return _alone(work)
    with exclusive(connection, request.lock_timeout, kept=True) as boundary, watcher:
        return in_transaction(request, connection, boundary)


def _alone(work: Work) -> Outcome:
    """The first step of a plan, with no transaction around it."""
    request, connection, before, location = work.request, work.connection, work.before, work.location
    (step,) = work.steps
    request.refuse_hazards(step.hazards, DONE_BEFORE)
    journal = Journal(connection)
    memory = Memory(connection, location, work.steps)
    work.announce()
    number = journal.write(
        command="reconcile", status="running", plan_hash=before.plan_hash,
        fingerprint_before=before.fingerprint, fingerprint_after="", steps=[journalled(step, 0)],
    )  # fmt: skip

    def carry_out_noted(runner: Runner, step: Step, _is_last: bool) -> None:
        with (
            backend_of(connection).locking.statement_waits(request.lock_timeout),
            noted(request, connection, location, step) as on_task,
        ):
            carry_out(runner, step, connection, lambda: DONE_BEFORE, on_task=on_task)

    try:
        with journal.running(number):
            work.perform(work.steps, carry_out_noted, of=len(work.plan.steps))
            then = planned(request, past=location)
            work.verify(then, DONE_BEFORE)
    except (Refused, Error) as error:
        if isinstance(error, Refused) or is_lock_timeout(connection, error):
            raise
        raise Refused(f"{step.key[0]}.{step.key[1]}: {reason(error)}; {DONE_BEFORE}") from error
    if not (then.plan.steps or request.followed or signals.waits(then.location, ())):
        # Before the entry is closed: a run that is killed in between is continued by one that sends them again.
        work.warnings += signals.after(connection, then.location, request.verbosity, work.steps)
    journal.update(
        number, status="done", finished=now(), fingerprint_after=then.diagnosis.fingerprint,
        steps=[journalled(step, work.seconds[0])],
        inverse=memory.inverse(then.location.schema, work.renamed, continues=request.continues).as_value(),
    )  # fmt: skip
    return Outcome(
        before, then.diagnosis, (as_value(step),), journal=number, warnings=tuple(work.warnings),
        left=tuple(as_value(each) for each in then.plan.steps), accepted=then.plan.accepted,
    )  # fmt: skip
