"""Reconcile: lock, read, plan, carry out, read again, and commit only what came out as promised."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from django.db import Error, connections
from django.utils.timezone import now

from schemaguard.database import backend_of
from schemaguard.database.locking import End, Second
from schemaguard.diagnosis.examination import examined
from schemaguard.error_text import reason
from schemaguard.exceptions import CannotStart, Refused, SchemaguardError
from schemaguard.journal.entries import Journal
from schemaguard.operations.boundary import Boundary, EndsTransaction, TransactionEnded
from schemaguard.operations.locking import (
    Watcher,
    bounded,
    exclusive,
    is_lock_timeout,
    patient,
    refuse_without_autocommit,
)
from schemaguard.operations.requests import NOTHING, ROLLED_BACK
from schemaguard.operations.steps import hazards_of
from schemaguard.reconcile.plan.build import build
from schemaguard.reconcile.planning import planned, with_plan
from schemaguard.reconcile.requests import Outcome, Request
from schemaguard.reconcile.transaction.atomic_steps import in_transaction, journalled
from schemaguard.reconcile.transaction.forward_steps import go_forward
from schemaguard.reconcile.transaction.non_atomic_steps import finish
from schemaguard.reconcile.transaction.on_a_copy import rehearse_on_a_copy
from schemaguard.reconcile.transaction.work import refuse_blocked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

SHOWN = 8
"""How many steps a message names."""


class _Rehearsed(Exception):
    """Raised at the end of a rehearsal, so that its transaction is rolled back."""


def reconcile(request: Request) -> Outcome:
    """One run. Raises Refused where it ends with exit code 1 and nothing changed, and django.db.Error as it comes."""
    connection = connections[request.alias]
    if request.dry_run:
        with _looking(connection, request):
            diagnosis, _, plan = planned(request, count=True)
        found, hint = request.not_allowed(hazards_of(plan.steps))
        rows = (f"rows, as told above{hint}",) if found else ()
        blocked = (*plan.blocked, *rows)
        return Outcome(diagnosis, diagnosis, blocked=blocked, warnings=plan.warnings, accepted=plan.accepted)
    _refuse_server(connection)
    refuse_without_autocommit(connection)
    if request.rehearse and backend_of(connection).goes_forward:
        return rehearse_on_a_copy(request, connection)
    reviewed = _reviewed(request)
    locking = backend_of(connection).locking
    with locking.from_the_first(), locking.second() as second:
        reviewed, outcome = _first(reviewed, connection, second)
        if outcome.left and not request.rehearse:
            _finish(reviewed, connection, outcome, second)
    if request.rehearse and outcome.left:
        names = ", ".join(f"{step.app}.{step.name}" for step in outcome.left)
        outcome.warnings += (f"not rehearsed, since it cannot be in one transaction with the rest: {names}",)
    return outcome


def _refuse_server(connection: BaseDatabaseWrapper) -> None:
    """Raises CannotStart where the server cannot do what is asked for."""
    if connection.features.can_rollback_ddl:
        return
    if not backend_of(connection).goes_forward:
        raise CannotStart(
            f"reconcile needs a database that can roll DDL back, and {connection.vendor} cannot; "
            "--dry-run prints the plan with its SQL"
        )


def _finish(request: Request, connection: BaseDatabaseWrapper, outcome: Outcome, second: Second) -> None:
    """The steps outside of a transaction. If they fail, the message says what was done, since that is committed."""
    try:
        finish(request, connection, outcome, second)
    except Refused as refused:
        refused.done = outcome
        raise
    except (SchemaguardError, Error, SystemExit) as error:
        if not outcome.performed:
            raise
        names = [f"{step.action.value} {step.app}.{step.name}" for step in outcome.performed]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        why = str(error) if isinstance(error, SchemaguardError) else reason(error)
        failed = Refused(f"{why}; done and recorded: {', '.join(names[:SHOWN])}{more}; running it again goes on")
        failed.done = outcome
        raise failed from error


@contextmanager
def _looking(connection: BaseDatabaseWrapper, request: Request) -> Iterator[None]:
    """Around counting rows, before anything is locked. Raises CannotStart where somebody else keeps a table locked."""
    try:
        with bounded(connection, request.lock_timeout):
            yield
    except Error as error:
        if not is_lock_timeout(connection, error):
            raise
        raise CannotStart(f"a lock was not to be had within {request.lock_timeout:g} s; {NOTHING}") from error


def as_it_is(request: Request, refused: Refused) -> Outcome:
    """What a run that was refused leaves behind, read anew. Raises django.db.Error, also after `lock_timeout`."""
    connection = connections[request.alias]
    with bounded(connection, request.lock_timeout):
        found = planned(request, count=True).diagnosis
    return replace(refused.done or Outcome(found, found), after=found)


def _reviewed(request: Request) -> Request:
    """Asks the person: each open choice by itself, then whether to carry out the plan that comes of it.

    Nothing is locked meanwhile, so the plan is held against the one that was shown before anything is done.
    """
    if request.confirm is None:
        return request
    diagnosis, assessment = examined(request.alias, request.settings, request.app_labels)
    options = request.options
    while request.ask is not None:
        _, plan = build(assessment, diagnosis, options, request.app_labels)
        choice = next((each for each in plan.choices if each.flag is None or each.flag in request.asks), None)
        if choice is None:
            break
        options = options.with_answer(choice.key, request.ask(choice))
    with _looking(connections[request.alias], request):
        shown, _, plan = with_plan(diagnosis, assessment, options, request.app_labels, count=True)
    refuse_blocked(plan)
    request.refuse_hazards(hazards_of(plan.steps))
    if shown.plan and not request.confirm(shown):
        raise Refused(NOTHING)
    return replace(request, options=options, shown=shown.plan_hash)


def _first(request: Request, connection: BaseDatabaseWrapper, second: Second) -> tuple[Request, Outcome]:
    """The transaction of all steps that can share one.

    If code of a step would end it, all is rolled back and done once more, without that step, which is left for later.
    """
    if backend_of(connection).goes_forward:
        return request, patient(connection, request.lock_timeout, partial(go_forward, request, connection))
    while True:
        try:
            return request, patient(connection, request.lock_timeout, partial(_attempt, request, connection, second))
        except EndsTransaction as ended:
            if request.rehearse:
                name = f"{ended.key[0]}.{ended.key[1]}"
                raise Refused(
                    f"{name}: its code ends the transaction ({ended.statement}), so that it cannot be rehearsed; "
                    f"{ROLLED_BACK}"
                ) from ended
            request = replace(request, alone=request.alone | {ended.key})


def _attempt(request: Request, connection: BaseDatabaseWrapper, second: Second, watcher: Watcher) -> Outcome:
    """The part that is one transaction."""
    outcome: list[Outcome] = []
    boundaries: list[Boundary] = []
    try:
        with exclusive(connection, request.lock_timeout) as boundary, watcher:
            boundaries.append(boundary)
            outcome.append(in_transaction(request, connection, boundary, second))
            if request.rehearse:
                raise _Rehearsed
    except _Rehearsed:
        pass
    except (Refused, Error) as error:
        if not boundaries or connection.in_atomic_block:
            raise
        _tell_of_the_end(request, connection, boundaries[0], error, has_come_true=bool(outcome))
    return outcome[0]


def _tell_of_the_end(
    request: Request, connection: BaseDatabaseWrapper, boundary: Boundary, error: Exception, *, has_come_true: bool
) -> None:
    """Raises what happened to a transaction that ended by an error.

    Returns if it was committed all the same, and only the server's answer was lost.
    """
    end = boundary.transaction.end()
    if end is End.COMMITTED and has_come_true and not (request.rehearse or isinstance(error, TransactionEnded)):
        return
    if end is End.UNKNOWN:
        raise Refused(
            f"{reason(error)}; whether it was committed is not known: schemaguard check tells, and reconcile goes on "
            "from there"
        ) from error
    if end is not End.COMMITTED:
        if isinstance(error, Error) and has_come_true and not is_lock_timeout(connection, error):
            raise Refused(f"{reason(error)}; {ROLLED_BACK}") from error
        raise error
    with suppress(Error):
        Journal(connection).write(
            command="reconcile", status="failed", finished=now(), plan_hash="", fingerprint_before="",
            fingerprint_after="", steps=[journalled(step, 0) for step in boundary.steps],
        )  # fmt: skip
    done = ", ".join(f"{step.action.value} {step.key[0]}.{step.key[1]}" for step in boundary.steps)
    name = ".".join(boundary.steps[-1].key)
    raise TransactionEnded(
        f"{name}: its code ended the transaction; what was done until then is committed and was not verified: {done}"
    ) from error
