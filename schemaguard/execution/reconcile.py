"""Reconcile: lock, read, plan, carry out, read again, and commit only what came out as promised."""

from __future__ import annotations

from dataclasses import replace

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from schemaguard.diagnosis.examination import examined
from schemaguard.exceptions import CannotStart, Refused
from schemaguard.execution.inside import NOTHING, in_the_way, in_transaction, refuse_blocked, refuse_hazards
from schemaguard.execution.keeping import from_the_first
from schemaguard.execution.locking import Watcher, exclusive, milliseconds, patient
from schemaguard.execution.outside import finish
from schemaguard.execution.planning import planned, with_plan
from schemaguard.execution.requests import Outcome, Request
from schemaguard.plan.build import build


class _Rehearsed(Exception):
    """Takes the transaction back at the end of a rehearsal."""


def reconcile(request: Request) -> Outcome:
    """One run. Raises Refused where it ends with exit code 1 and nothing changed, and django.db.Error as it comes."""
    connection = connections[request.alias]
    if request.dry_run:
        diagnosis, _, plan = planned(request, count=True)
        found, hint = in_the_way(plan.steps, request)
        rows = (f"rows, as told above{hint}",) if found else ()
        return Outcome(diagnosis, diagnosis, blocked=(*plan.blocked, *rows), warnings=plan.warnings)
    if not connection.features.can_rollback_ddl:
        raise CannotStart(
            f"reconcile needs a database that can roll DDL back, and {connection.vendor} cannot; "
            "--dry-run prints the plan with its SQL"
        )
    reviewed = _reviewed(request)
    with from_the_first(connection):
        outcome = patient(connection, request.lock_timeout, lambda watcher: _attempt(reviewed, connection, watcher))
        if outcome.left and not request.rehearse:
            try:
                finish(reviewed, connection, outcome)
            except Refused as refused:
                refused.done = outcome
                raise
    if request.rehearse and outcome.left:
        names = ", ".join(f"{step.app}.{step.name}" for step in outcome.left)
        outcome.warnings += (f"not rehearsed, since it cannot be in one transaction with the rest: {names}",)
    return outcome


def as_it_is(request: Request, refused: Refused) -> Outcome:
    """How a run that was refused leaves the database, read anew. Raises django.db.Error, also after `lock_timeout`."""
    connection = connections[request.alias]
    with transaction.atomic(using=request.alias):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                timeout = f"{milliseconds(request.lock_timeout)}ms"
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [timeout])
        found, _, _ = planned(request, count=True)
    return replace(refused.done or Outcome(found, found), after=found)


def _reviewed(request: Request) -> Request:
    """Asks whoever is there: each open choice by itself, then whether to carry out the plan that comes of it.

    Nothing is locked meanwhile, so the plan is held against the one that was shown before anything is done.
    """
    if request.confirm is None:
        return request
    diagnosis, located = examined(request.alias, request.settings, request.app_labels)
    options = request.options
    while request.ask is not None:
        _, plan = build(located, diagnosis, options, request.app_labels)
        choice = next((each for each in plan.choices if each.flag in request.asks), None)
        if choice is None:
            break
        options = options.with_answer(choice.key, request.ask(choice))
    shown, _, plan = with_plan(diagnosis, located, options, request.app_labels, count=True)
    refuse_blocked(plan)
    refuse_hazards(plan.steps, request)
    if shown.plan and not request.confirm(shown):
        raise Refused(NOTHING)
    return replace(request, options=options, shown=shown.plan_hash)


def _attempt(request: Request, connection: BaseDatabaseWrapper, watcher: Watcher) -> Outcome:
    """The part that is one transaction."""
    outcome: list[Outcome] = []
    try:
        with exclusive(connection, request.lock_timeout), watcher:
            outcome.append(in_transaction(request, connection))
            if request.rehearse:
                raise _Rehearsed
    except _Rehearsed:
        pass
    return outcome[0]
