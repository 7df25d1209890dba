"""A diagnosis with its plan: SQL filled in and, where that is asked for, the hazards of the data."""

from __future__ import annotations

from dataclasses import replace

from django.db import Error, connections

from schemaguard.diagnosis.diagnose import Located, diagnose
from schemaguard.diagnosis.model import Diagnosis, PlanStep, with_verdict
from schemaguard.execution.failing import reason
from schemaguard.execution.hazards import hazards
from schemaguard.execution.run import Runner
from schemaguard.plan.build import build
from schemaguard.plan.options import Options
from schemaguard.plan.tasks import Plan, Step
from schemaguard.report.json import hash_of


def planned(
    alias: str, options: Options, app_labels: tuple[str, ...] = (), *, count: bool = False, models: bool = True,
    past: Located | None = None,
) -> tuple[Diagnosis, Located, Plan]:  # fmt: skip
    """Reads the database and plans; `past`: what was located before. Raises what `diagnosis.diagnose` raises."""
    diagnosis, located = diagnose(alias, models=models, past=past)
    diagnosis, plan = with_plan(diagnosis, located, options, app_labels, count=count)
    return diagnosis, located, plan


def with_plan(
    diagnosis: Diagnosis, located: Located, options: Options, app_labels: tuple[str, ...] = (), *, count: bool = False
) -> tuple[Diagnosis, Plan]:
    """The plan for a database that was read already. With `count`, the rows that stand in its way are counted."""
    plan = build(located, diagnosis.findings, options)
    plan.steps = _narrowed(plan.steps, located, app_labels)
    connection = connections[diagnosis.database.alias]
    runner = Runner(connection, located, plan)
    for step in plan.steps:
        try:
            step.sql = runner.sql(step)
        except Error:
            raise
        except Exception as problem:  # CannotMend, and whatever an operation of a third party raises
            plan.unmendable += (f"{step.key[0]}.{step.key[1]}: {reason(problem)}",)
        if count:
            step.hazards = hazards(connection, step, located)
    plan.blocked += plan.unmendable
    items = tuple(as_value(step) for step in plan.steps)
    hashed = hash_of(diagnosis, items)
    return with_verdict(replace(diagnosis, plan=items, plan_hash=hashed, unmendable=plan.unmendable)), plan


def as_value(step: Step) -> PlanStep:
    return PlanStep(
        action=step.action, app=step.key[0], name=step.key[1], operations=step.operations, sql=step.sql,
        hazards=step.hazards, evidence=step.evidence, records=step.records, removes=step.removes,
    )  # fmt: skip


def _narrowed(steps: list[Step], located: Located, app_labels: tuple[str, ...]) -> list[Step]:
    """The steps of some apps, and of what these depend on: no record is written before those that it depends on."""
    if not app_labels:
        return steps
    wanted = {step.position for step in steps if step.key[0] in app_labels}
    for position in list(wanted):
        if position is not None:
            wanted |= located.graph.ancestors[position]
    return [
        step for step in steps if step.key[0] in app_labels or (step.position is not None and step.position in wanted)
    ]
