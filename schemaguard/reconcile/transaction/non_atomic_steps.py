"""The steps outside of a transaction, one by one under the lock. Each is in the journal before it begins."""

from __future__ import annotations

import time
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
from schemaguard.reconcile.transaction.atomic_steps import (
    carry_out,
    in_transaction,
    journalled,
    needs_no_transaction,
    refuse_blocked,
)
from schemaguard.reconcile.transaction.content_types import rename_content_types
from schemaguard.reconcile.transaction.noted_steps import forget, noted
from schemaguard.reconcile.transaction.step_runner import Runner
from schemaguard.reconcile.verify import came_true, verify

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.locking import Second
    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.location.location import Location
    from schemaguard.reconcile.plan.steps import Plan

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
    location = assessment.location
    refuse_blocked(plan)
    if TABLE in location.schema.tables:
        Journal(connection).interrupt()
    if not plan.steps:
        return Outcome(before, before, warnings=plan.warnings, accepted=plan.accepted)
    if needs_no_transaction(plan.steps[0], location, request):
        with watcher:
            return _alone(request, connection, before, location, plan)
    with exclusive(connection, request.lock_timeout, kept=True) as boundary, watcher:
        return in_transaction(request, connection, boundary)


def _alone(
    request: Request, connection: BaseDatabaseWrapper, before: Diagnosis, location: Location, plan: Plan
) -> Outcome:
    """The first step of a plan, with no transaction around it."""
    step = plan.steps[0]
    request.refuse_hazards(step.hazards, DONE_BEFORE)
    journal = Journal(connection)
    memory = Memory(connection, location, [step])
    warnings = [*plan.warnings, *signals.before(connection, location, request.verbosity)]
    number = journal.write(
        command="reconcile", status="running", plan_hash=before.plan_hash,
        fingerprint_before=before.fingerprint, fingerprint_after="", steps=[journalled(step, 0)],
    )  # fmt: skip
    request.begin(step, 1, len(plan.steps))
    begun = time.perf_counter()
    try:
        with journal.running(number):
            with (
                backend_of(connection).locking.statement_waits(request.lock_timeout),
                noted(request, connection, location, step) as on_task,
            ):
                carry_out(Runner(connection, location, plan), step, connection, lambda: DONE_BEFORE, on_task=on_task)
            seconds = time.perf_counter() - begun
            renamed = rename_content_types(connection, location, [step])
            after, again, next_plan = planned(request, past=location)
            found = again.location
            harmless = came_true(before, found)
            verify([step], (before, location), (after, found), next_plan.left, DONE_BEFORE, harmless=harmless)
            forget(connection, location)
    except (Refused, Error) as error:
        if isinstance(error, Refused) or is_lock_timeout(connection, error):
            raise
        raise Refused(f"{step.key[0]}.{step.key[1]}: {reason(error)}; {DONE_BEFORE}") from error
    if not (next_plan.steps or request.followed or signals.waits(found, ())):
        # Before the entry is closed: a run that is killed in between is continued by one that sends them again.
        warnings += signals.after(connection, found, request.verbosity, [step])
    journal.update(
        number, status="done", finished=now(), fingerprint_after=after.fingerprint,
        steps=[journalled(step, seconds)],
        inverse=memory.inverse(found.schema, renamed, continues=request.continues).as_value(),
    )  # fmt: skip
    rest = tuple(as_value(each) for each in next_plan.steps)
    return Outcome(
        before, after, (as_value(step),), journal=number, warnings=tuple(warnings), left=rest,
        accepted=next_plan.accepted,
    )  # fmt: skip
