"""The steps that share one transaction: carried out, verified and journalled, or taken back all together."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import Error
from django.utils.timezone import now

from schemaguard.error_text import reason
from schemaguard.exceptions import Refused, SchemaguardError
from schemaguard.history.sql.control import ends_transaction
from schemaguard.journal.entries import TABLE, Journal, refuse_damaged
from schemaguard.journal.inverse import Memory
from schemaguard.operations.boundary import Boundary, EndsTransaction, TransactionEnded
from schemaguard.operations.locking import SECONDS, is_lock_timeout
from schemaguard.operations.requests import NOTHING, ROLLED_BACK
from schemaguard.operations.steps import Step, hazards_of
from schemaguard.operations.subjects import is_concurrent
from schemaguard.operations.tasks import RunOperation, RunSql, Task
from schemaguard.reconcile.planning import as_value, planned
from schemaguard.reconcile.rehearsal import Locks
from schemaguard.reconcile.requests import Outcome, Rehearsed, Request
from schemaguard.reconcile.transaction import signals
from schemaguard.reconcile.transaction.content_types import rename_content_types
from schemaguard.reconcile.transaction.noted_steps import forget
from schemaguard.reconcile.transaction.step_runner import Runner, scripts
from schemaguard.reconcile.verify import came_true, verify
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.locking import Second
    from schemaguard.diagnosis.assessment import Assessment
    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.location.location import Location
    from schemaguard.reconcile.plan.steps import Plan


@dataclass(slots=True)
class Work:
    """One plan in the middle of being carried out."""

    before: Diagnosis
    assessment: Assessment
    plan: Plan
    steps: list[Step]
    boundary: Boundary
    locks: Locks | None = None
    """Only in a rehearsal. The locks under which rows were counted are told with the first step."""
    seconds: list[float] = field(default_factory=list)
    renamed: list[tuple[str, str, str]] = field(default_factory=list)
    rehearsed: list[Rehearsed] = field(default_factory=list)

    @property
    def location(self) -> Location:
        return self.assessment.location

    @property
    def is_ahead(self) -> bool:
        """Whether the models are ahead of their migrations, which no step changes."""
        return any(finding.problem is Problem.UNMIGRATED for finding in self.before.every_finding)

    @property
    def models_differ(self) -> bool:
        """Whether anything was found that only the models tell, and that is not about migrations."""
        told = frozenset(self.assessment.findings)
        return any(each.kind is not Kind.SEQUENCE and each not in told for each in self.before.every_finding)


def in_transaction(
    request: Request, connection: BaseDatabaseWrapper, boundary: Boundary, second: Second | None = None
) -> Outcome:
    """Plans anew and carries out all steps before the first that runs outside of a transaction. Call it under the lock.

    `second` is opened where such steps are left. Raises EndsTransaction where code of a step would end the transaction.
    """
    locks = Locks(connection) if request.rehearse else None
    before, assessment, plan = planned(request, count=True, held=True)
    location = assessment.location
    refuse_damaged(location.schema, Journal(connection).entry)
    refuse_another_plan(before, request)
    refuse_blocked(plan)
    request.refuse_hazards(hazards_of(plan.steps))
    interrupted = TABLE in location.schema.tables and Journal(connection).interrupt()
    forget(connection, location)
    alone = [index for index, step in enumerate(plan.steps) if needs_no_transaction(step, location, request)]
    inside = plan.steps[: alone[0]] if alone else plan.steps
    left = tuple(as_value(step) for step in plan.steps[len(inside) :])
    if left and second is not None and not request.rehearse:
        second.open(max(SECONDS, request.lock_timeout))
    if not inside:
        warnings = _of_what_is_done(plan.warnings, plan, left, request)
        if interrupted and not (left or request.followed or request.rehearse or signals.waits(location, ())):
            warnings += tuple(signals.after(connection, location, request.verbosity))
        return Outcome(before, before, warnings=warnings, left=left, accepted=plan.accepted)
    try:
        return _carried_out(request, connection, Work(before, assessment, plan, inside, boundary, locks), left)
    except Error as error:
        if is_lock_timeout(connection, error):
            raise
        raise Refused(f"{reason(error)}; {ROLLED_BACK}") from error


def _carried_out(request: Request, connection: BaseDatabaseWrapper, work: Work, left: Any) -> Outcome:
    """The steps, the signals after the last of them, the verification and the journal's entry."""
    started = now()
    memory = Memory(connection, work.location, work.steps)
    warnings = [*work.plan.warnings, *signals.before(connection, work.location, request.verbosity)]
    _steps(connection, work, work.steps, request)
    request.tell("schemaguard: verifying …")
    while True:
        if not (left or request.rehearse or request.followed or signals.waits(work.location, work.steps)):
            models_match_state = not work.is_ahead
            warnings += signals.after(
                connection, work.location, request.verbosity, work.steps, models_match_state=models_match_state
            )
        after, again, plan = planned(request, models=work.models_differ, past=work.location)
        found = again.location
        harmless = came_true(work.before, found)
        more = [step for step in plan.steps if step.key in harmless and not step.every_task]
        if not more:
            break
        _steps(connection, work, more, request)
        work.steps += more
    verify(work.steps, (work.before, work.location), (after, found), plan.left, harmless=harmless)
    forget(connection, work.location)
    number = None
    if not request.rehearse:
        number = Journal(connection).write(
            started=started, finished=now(), command="reconcile", status="done", plan_hash=work.before.plan_hash,
            fingerprint_before=work.before.fingerprint, fingerprint_after=after.fingerprint,
            steps=[journalled(step, each) for step, each in zip(work.steps, work.seconds, strict=True)],
            inverse=memory.inverse(found.schema, work.renamed, continues=request.continues).as_value(),
        )  # fmt: skip
    performed = tuple(as_value(step) for step in work.steps)
    return Outcome(
        work.before, after, performed, journal=number, warnings=_of_what_is_done(warnings, plan, left, request),
        rehearsed=tuple(work.rehearsed), left=left, accepted=plan.accepted,
    )  # fmt: skip


def _of_what_is_done(warnings: Iterable[str], then: Plan, left: Any, request: Request) -> tuple[str, ...]:
    """Without those of `then`, which speak of what is left: it is planned anew, and somebody else may do it first."""
    again = then.warnings if left and not request.rehearse else ()
    return tuple(each for each in warnings if each not in again)


def _steps(connection: BaseDatabaseWrapper, work: Work, steps: list[Step], request: Request) -> None:
    runner = Runner(connection, work.location, work.plan)
    for number, step in enumerate(steps, start=1):
        request.begin(step, number, len(steps))
        begun = time.perf_counter()
        _shared(runner, step, connection, work.boundary, last=step is steps[-1])
        work.seconds.append(time.perf_counter() - begun)
        work.renamed += rename_content_types(connection, work.location, [step])
        if work.locks is not None:
            work.rehearsed.append(Rehearsed(seconds=work.seconds[-1], locks=work.locks.more()))


def _shared(runner: Runner, step: Step, connection: BaseDatabaseWrapper, boundary: Boundary, *, last: bool) -> None:
    """One step in the transaction that it shares with others, which it must not end."""
    boundary.transaction.begin_work()
    boundary.refused = None
    boundary.steps.append(step)
    try:
        carry_out(runner, step, connection, last=last)
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
    last: bool = True,
    on_task: Callable[[Task], None] = lambda _task: None,
) -> None:
    """One step. Raises Refused, ending with `end()`, and django.db.Error where a lock was not to be had."""
    name = f"{step.key[0]}.{step.key[1]}"
    try:
        runner.run(step, on_task)
        if last:
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


# ------------------------------------------------------------------------------------------------------------- refusals
def refuse_another_plan(now_planned: Diagnosis, request: Request) -> None:
    """Raises Refused where the plan is not the one that was reviewed."""
    if request.plan_hash is not None and request.plan_hash != now_planned.plan_hash:
        raise Refused(f"the plan has changed since it was reviewed: it is now {now_planned.plan_hash}; {NOTHING}")
    if now_planned.plan and request.shown is not None and request.shown != now_planned.plan_hash:
        raise Refused(f"the plan has changed since it was shown; {NOTHING}")


def refuse_blocked(plan: Plan) -> None:
    if plan.blocked:
        raise Refused(*plan.blocked, end=NOTHING)
