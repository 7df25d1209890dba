"""The first steps of a plan: the sequences of the tables that `migrate`, and the plan itself, are about to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations.operations import AlterModelOptions, CreateModel, SeparateDatabaseAndState

from schemaguard.diagnosis.ahead.obstacles import Obstacle
from schemaguard.diagnosis.bookkeeping import AFTER_MIGRATE, RECORDS, app_of
from schemaguard.diagnosis.codes import BREAKS_RECORDS
from schemaguard.diagnosis.model import Action, Finding, State
from schemaguard.operations import tasks as t
from schemaguard.operations.steps import Step
from schemaguard.reconcile.plan.mending.repair_tasks import idle_sequence, set_sequence
from schemaguard.schema.codes import Problem
from schemaguard.schema.names import bare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from django.db.migrations.migration import Migration

    from schemaguard.location.location import Location


def first_steps(findings: tuple[Finding, ...], location: Location) -> Iterator[Step]:
    """A step for each such table, under the app that the table belongs to and the table's own name."""
    for finding in findings:
        if finding.code == BREAKS_RECORDS.code and finding.table and finding.columns:
            column = finding.columns[0]
            task = (
                t.NumberColumn(finding.table, column, idle_sequence(finding.table, column, location))
                if finding.problem is Problem.MISSING
                else set_sequence(finding, location)
            )
            yield Step(Action.ALTER, (app_of(finding.table), finding.table), tasks=[task])


def numbers_in_the_way(findings: tuple[Finding, ...], migrations: Collection[Migration]) -> Iterator[Obstacle]:
    """Sequences over which `migrate` would fail: of its records, with new models, of content types and the like."""
    for finding in findings:
        if finding.code != BREAKS_RECORDS.code or not finding.table:
            continue
        name = bare(finding.table)
        followed = name in AFTER_MIGRATE and any(_brings_models(each.operations) for each in migrations)
        if (migrations and name == RECORDS) or followed:
            key = (app_of(finding.table), finding.table)
            yield Obstacle(key=key, state=State.MISSING, reasons=(finding.message,), said="gives no new number")


def _brings_models(operations: Collection[object]) -> bool:
    """Whether post_migrate makes content types or permissions after these migrations."""
    return any(
        isinstance(each, CreateModel | AlterModelOptions)
        or (isinstance(each, SeparateDatabaseAndState) and _brings_models(each.state_operations))
        for each in operations
    )
