"""One plan in the middle of being carried out: the beginning and the end that all ways of doing it share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemaguard.exceptions import Refused
from schemaguard.journal.entries import TABLE, Journal, refuse_damaged
from schemaguard.operations.requests import NOTHING, ROLLED_BACK
from schemaguard.operations.steps import Step, hazards_of
from schemaguard.reconcile.planning import Planned, planned
from schemaguard.reconcile.requests import Rehearsed
from schemaguard.reconcile.transaction import signals
from schemaguard.reconcile.transaction.content_types import rename_content_types
from schemaguard.reconcile.transaction.noted_steps import forget
from schemaguard.reconcile.transaction.step_runner import Runner
from schemaguard.reconcile.verify import came_true, verify
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.diagnosis.assessment import Assessment
    from schemaguard.diagnosis.model import Diagnosis
    from schemaguard.location.location import Location
    from schemaguard.reconcile.plan.steps import Plan
    from schemaguard.reconcile.rehearsal import Locks
    from schemaguard.reconcile.requests import Request

CarryOut = Callable[[Runner, Step, bool], None]
"""Does one step; with whether it is the last one of those that are done together."""


@dataclass(slots=True)
class Work:
    """`steps` are those to be carried out together, and grow by those that have nothing left to do then."""

    request: Request
    connection: BaseDatabaseWrapper
    before: Diagnosis
    assessment: Assessment
    plan: Plan
    steps: list[Step] = field(default_factory=list)
    interrupted: bool = False
    """Whether the journal had an entry of a run that did not come to its end."""
    locks: Locks | None = None
    """Only in a rehearsal. The locks under which rows were counted are told with the first step."""
    seconds: list[float] = field(default_factory=list)
    renamed: list[tuple[str, str, str]] = field(default_factory=list)
    rehearsed: list[Rehearsed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

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

    def announce(self) -> None:
        """Tells the handlers of pre_migrate."""
        self.warnings += signals.before(self.connection, self.location, self.request.verbosity)

    def perform(self, steps: list[Step], carry_out: CarryOut, *, of: int | None = None) -> None:
        """Carries steps out one by one; `of`: how many the plan has, where these are not all of them."""
        runner = Runner(self.connection, self.location, self.plan)
        for number, step in enumerate(steps, start=1):
            self.request.begin(step, number, of or len(steps))
            begun = time.perf_counter()
            carry_out(runner, step, step is steps[-1])
            self.seconds.append(time.perf_counter() - begun)
            self.renamed += rename_content_types(self.connection, self.location, [step])
            locks = self.locks.more() if self.locks is not None else ()
            self.rehearsed.append(Rehearsed(seconds=self.seconds[-1], locks=locks))

    def tell_end(self, steps: list[Step]) -> None:
        """Tells the handlers of post_migrate, unless a `migrate` that follows will do so."""
        request = self.request
        if not (request.rehearse or request.followed or signals.waits(self.location, steps)):
            self.warnings += signals.after(
                self.connection, self.location, request.verbosity, steps, models_match_state=not self.is_ahead
            )

    def finish(self, carry_out: CarryOut, *, end: str = ROLLED_BACK, is_last: bool = True) -> Planned:
        """Performs all steps, reads again and verifies: what is there then, and what is left to do.

        `is_last`: no step is left for later. Raises Refused, ending with `end`, for a promise that did not come true.
        """
        self.perform(self.steps, carry_out)
        self.request.tell("schemaguard: verifying …")
        while True:
            if is_last:
                self.tell_end(self.steps)
            then = planned(self.request, models=self.models_differ, past=self.location)
            harmless = came_true(self.before, then.location)
            more = [step for step in then.plan.steps if step.key in harmless and not step.every_task]
            if not more:
                break
            self.perform(more, carry_out)
            self.steps += more
        self.verify(then, end)
        return then

    def verify(self, then: Planned, end: str) -> None:
        """Raises Refused, ending with `end`, where it is not as the steps promised."""
        before, after = (self.before, self.location), (then.diagnosis, then.location)
        verify(self.steps, before, after, then.plan.left, end, harmless=came_true(self.before, then.location))
        forget(self.connection, self.location)


def begun(request: Request, connection: BaseDatabaseWrapper, locks: Locks | None = None) -> Work:
    """Plans anew, under the lock. Raises Refused where the plan is not to be carried out."""
    before, assessment, plan = planned(request, count=True, held=True)
    journal, location = Journal(connection), assessment.location
    refuse_damaged(location.schema, journal.entry)
    refuse(before, plan, request)
    interrupted = TABLE in location.schema.tables and bool(journal.interrupt())
    forget(connection, location)
    return Work(
        request,
        connection,
        before,
        assessment,
        plan,
        interrupted=interrupted,
        locks=locks,
        warnings=list(plan.warnings),
    )


def refuse(before: Diagnosis, plan: Plan, request: Request) -> None:
    """Raises Refused for another plan than the reviewed one, one that is stopped, and rows that nobody may lose."""
    if request.plan_hash is not None and request.plan_hash != before.plan_hash:
        raise Refused(f"the plan has changed since it was reviewed: it is now {before.plan_hash}; {NOTHING}")
    if before.plan and request.shown is not None and request.shown != before.plan_hash:
        raise Refused(f"the plan has changed since it was shown; {NOTHING}")
    refuse_blocked(plan)
    request.refuse_hazards(hazards_of(plan.steps))


def refuse_blocked(plan: Plan) -> None:
    """Raises Refused for what stands in the way of a plan."""
    if plan.blocked:
        raise Refused(*plan.blocked, end=NOTHING)
