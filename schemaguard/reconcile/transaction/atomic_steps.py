"""The steps that share one transaction: carried out, verified and journalled, or taken back all together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import Error
from django.utils.timezone import now

from schemaguard.error_text import reason
from schemaguard.exceptions import Refused, SchemaguardError
from schemaguard.history.sql.control import ends_transaction
from schemaguard.journal.entries import Journal
from schemaguard.journal.inverse import Memory
from schemaguard.operations.boundary import Boundary, EndsTransaction, TransactionEnded
from schemaguard.operations.locking import SECONDS, is_lock_timeout
from schemaguard.operations.requests import ROLLED_BACK
from schemaguard.operations.subjects import is_concurrent
from schemaguard.operations.tasks import RunOperation, RunSql, Task
from schemaguard.reconcile.planning import as_value
from schemaguard.reconcile.rehearsal import Locks
from schemaguard.reconcile.requests import Outcome, Request
from schemaguard.reconcile.transaction.step_runner import Runner, scripts
from schemaguard.reconcile.transaction.work import Work, begun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.locking import Second
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.reconcile.plan.steps import Plan


def in_transaction(
    request: Request, connection: BaseDatabaseWrapper, boundary: Boundary, second: Second | None = None
) -> Outcome:
    """Plans anew and carries out all steps before the first that runs outside of a transaction. Call it under the lock.

    `second` is opened where such steps are left. Raises EndsTransaction where code of a step would end the transaction.
    """
    work = begun(request, connection, Locks(connection) if request.rehearse else None)
    plan, location = work.plan, work.location
    alone = [index for index, step in enumerate(plan.steps) if needs_no_transaction(step, location, request)]
    work.steps = plan.steps[: alone[0]] if alone else list(plan.steps)
    left = tuple(as_value(step) for step in plan.steps[len(work.steps) :])
    if left and second is not None and not request.rehearse:
        second.open(max(SECONDS, request.lock_timeout))
    if not work.steps:
        if work.interrupted and not left:
            work.tell_end([])
        warnings = _of_what_is_done(work.warnings, plan, left, request)
        return Outcome(work.before, work.before, warnings=warnings, left=left, accepted=plan.accepted)
    try:
        return _carried_out(work, boundary, left)
    except Error as error:
        if is_lock_timeout(connection, error):
            raise
        raise Refused(f"{reason(error)}; {ROLLED_BACK}") from error


def _carried_out(work: Work, boundary: Boundary, left: Any) -> Outcome:
    """The steps, the signals after the last of them, the verification and the journal's entry."""
    request, connection = work.request, work.connection
    started = now()
    memory = Memory(connection, work.location, work.steps)
    work.announce()
    then = work.finish(partial(_shared, connection, boundary), is_last=not left)
    number = None
    if not request.rehearse:
        number = Journal(connection).write(
            started=started, finished=now(), command="reconcile", status="done", plan_hash=work.before.plan_hash,
            fingerprint_before=work.before.fingerprint, fingerprint_after=then.diagnosis.fingerprint,
            steps=[journalled(step, each) for step, each in zip(work.steps, work.seconds, strict=True)],
            inverse=memory.inverse(then.location.schema, work.renamed, continues=request.continues).as_value(),
        )  # fmt: skip
    performed = tuple(as_value(step) for step in work.steps)
    return Outcome(
        work.before, then.diagnosis, performed, journal=number,
        warnings=_of_what_is_done(work.warnings, then.plan, left, request),
        rehearsed=tuple(work.rehearsed) if request.rehearse else (), left=left, accepted=then.plan.accepted,
    )  # fmt: skip


def _of_what_is_done(warnings: Iterable[str], then: Plan, left: Any, request: Request) -> tuple[str, ...]:
    """Without those of `then`, which speak of what is left: it is planned anew, and somebody else may do it first."""
    again = then.warnings if left and not request.rehearse else ()
    return tuple(each for each in warnings if each not in again)


def _shared(connection: BaseDatabaseWrapper, boundary: Boundary, runner: Runner, step: Step, is_last: bool) -> None:
    """One step in the transaction that it shares with others, which it must not end."""
    boundary.transaction.begin_work()
    boundary.refused = None
    boundary.steps.append(step)
    try:
        carry_out(runner, step, connection, is_last=is_last)
    except Refused:
        if boundary.refused is None:
            raise
    if boundary.refused is not None:
        raise EndsTransaction(step.key, boundary.refused)
    if not boundary.transaction.holds():
        raise TransactionEnded(f"{step.key[0]}.{step.key[1]}: its code ended the transaction")


def carry_out(
    runner: Runner,
    step: Step,
    connection: BaseDatabaseWrapper,
    end: Callable[[], str] = lambda: ROLLED_BACK,
    *,
    is_last: bool = True,
    on_task: Callable[[Task], None] = lambda _task: None,
) -> None:
    """One step. Raises Refused, ending with `end()`, and django.db.Error where a lock was not to be had."""
    name = f"{step.key[0]}.{step.key[1]}"
    try:
        runner.run(step, on_task)
        if is_last:
            runner.record()
        if connection.in_atomic_block and (step.tasks or step.sequence):
            runner.location.backend.settle_deferred()
    except SystemExit as stop:
        raise Refused(f"{name}: its code ended the process by sys.exit({stop.code!r}); {end()}") from stop
    except SchemaguardError as error:
        raise Refused(f"{name}: {error}; {end()}") from error
    except Error as error:
        if is_lock_timeout(connection, error):
            raise
        raise Refused(f"{name}: {reason(error)}; {end()}") from error


def journalled(step: Step, seconds: float) -> dict[str, Any]:
    """A step as it stands in the journal: what a report says of it, its evidence, its records and how long it took."""
    return {
        **as_value(step).as_value(),
        "evidence": list(step.evidence),
        "records": [list(key) for key in step.records],
        "removes": [list(key) for key in step.removes],
        "seconds": round(seconds, 3),
    }


def needs_no_transaction(step: Step, location: Location, request: Request) -> bool:
    """Whether a step has something to run outside of a transaction: by its migration, or because it ends its own."""
    if step.position is None:
        return False
    migration = location.graph.plan[step.position]
    tasks = [task for task in step.every_task if isinstance(task, RunOperation | RunSql)]
    runs = any(isinstance(task, RunOperation) for task in tasks)
    if not migration.atomic and (runs or any(map(is_concurrent, step.every_task))):
        return True
    return bool(tasks) and (
        step.key in request.alone
        or any(ends_transaction(sql, dialect=location.backend.dialect) for sql in scripts(step, location.graph))
    )
