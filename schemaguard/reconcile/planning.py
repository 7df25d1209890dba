"""A diagnosis with its plan: SQL filled in and, where that is asked for, the hazards of the data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from django.db import connections

from schemaguard.diagnosis.examination import examined
from schemaguard.diagnosis.model import Action, Diagnosis, PlanStep
from schemaguard.diagnosis.verdicts import verdict, with_obstacles
from schemaguard.exceptions import CannotCount, CannotMend, CodeFailed
from schemaguard.journal.records import record_statements
from schemaguard.operations.hazards.hazards import hazards, rows_left_behind
from schemaguard.operations.tasks import RunOperation, RunSql
from schemaguard.reconcile.plan.build import build
from schemaguard.reconcile.plan.summary import summary
from schemaguard.reconcile.transaction.step_runner import Runner
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from schemaguard.diagnosis.assessment import Assessment
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.reconcile.plan.choosing.options import Options
    from schemaguard.reconcile.plan.steps import Plan
    from schemaguard.reconcile.requests import Request


class Planned(NamedTuple):
    """`assessment` is what the plan goes by: without the records that it takes for false."""

    diagnosis: Diagnosis
    assessment: Assessment
    plan: Plan

    @property
    def location(self) -> Location:
        return self.assessment.location


def planned(
    request: Request, *, count: bool = False, models: bool = True, past: Location | None = None,
    held: bool = False,
) -> Planned:  # fmt: skip
    """Reads the database and plans; `past`: what was located before. Raises what `examined` raises.

    `held`: what would be lost is counted under a lock, in the transaction that carries the plan out.
    """
    diagnosis, assessment = examined(request.alias, request.settings, request.app_labels, models=models, past=past)
    return with_plan(diagnosis, assessment, request.options, request.app_labels, count=count, held=held)


def with_plan(
    diagnosis: Diagnosis, assessment: Assessment, options: Options, app_labels: tuple[str, ...] = (), *,
    count: bool = False, held: bool = False,
) -> Planned:  # fmt: skip
    """The plan for a database that was read already.

    With `count`, the rows that stand in its way are counted.
    """
    past = assessment.location
    assessment, plan = build(assessment, diagnosis, options, app_labels)
    location = assessment.location
    diagnosis = _without_choices(diagnosis, past, plan)
    connection = connections[diagnosis.database.alias]
    runner = Runner(connection, location, plan)
    anew = _spell(plan, runner)
    plan.blocked += plan.unmendable
    if count and not _runs_code(plan, location):  # code may first drop what hangs on it: the performer asks again
        plan.blocked += runner.dropping.in_the_way()
    if count and not (held and plan.blocked):  # a plan that is refused anyway need not wait for locks
        unrecorded = {step.key for step in plan.steps if step.action is Action.UNRECORD}
        for step, tables in zip(plan.steps, anew, strict=True):
            try:
                step.hazards = hazards(connection, step, location, tables, held=held, doubted=unrecorded)
            except CannotCount as problem:
                plan.blocked += (f"{step.key[0]}.{step.key[1]}: {problem}",)
        left_behind = tuple(rows_left_behind(connection, location, held=held)) if plan.steps else ()
        if left_behind:  # that is the cause of all other hazards
            for step in plan.steps:
                step.hazards = left_behind if step is plan.steps[0] else ()
    items = tuple(as_value(step) for step in plan.steps)
    hashed = diagnosis.hash_of(items)
    told = {finding.message for finding in diagnosis.findings}
    unmendable = tuple(each for each in plan.unmendable if each not in told)
    diagnosis = replace(diagnosis, plan=items, plan_hash=hashed, unmendable=unmendable)
    return Planned(with_obstacles(diagnosis, plan.unmendable), assessment, plan)


def _spell(plan: Plan, runner: Runner) -> list[frozenset[str]]:
    """Gives every step its SQL. Returns, for each step, the tables that it makes anew."""
    anew: list[frozenset[str]] = []
    for step in plan.steps:
        before = runner.remaking.anew()
        step.record_sql = tuple(record_statements(runner.location.backend, step.records, step.removes))
        try:
            step.sql = runner.sql(step)
        except (CannotMend, CodeFailed) as problem:
            plan.unmendable += (f"{step.key[0]}.{step.key[1]}: {problem}",)
        anew.append(runner.remaking.anew() - before)
    return anew


def _runs_code(plan: Plan, location: Location) -> bool:
    tasks = (task for step in plan.steps for task in step.every_task)
    return any(location.goes_beyond_tables(task.op) for task in tasks if isinstance(task, RunOperation | RunSql))


def _without_choices(diagnosis: Diagnosis, location: Location, plan: Plan) -> Diagnosis:
    """The diagnosis, in which what a migration without its record was to drop is no longer a choice: it is pending."""
    keys = {step.key for step in plan.steps if step.action is Action.UNRECORD}
    if not keys:
        return diagnosis
    findings = tuple(
        replace(each, level=Level.ERROR, breaks=False) if (each.app, each.migration) in keys else each
        for each in diagnosis.findings
    )
    return replace(diagnosis, findings=findings, verdict=verdict(location.states.migrations, findings))


def as_value(step: Step) -> PlanStep:
    return PlanStep(
        action=step.action, app=step.key[0], name=step.key[1], operations=step.operations, sql=step.sql,
        hazards=step.hazards, evidence=step.evidence, record_sql=step.record_sql, summary=summary(step),
    )  # fmt: skip
