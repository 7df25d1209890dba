"""A rehearsal where nothing can be rolled back: the plan is carried out and verified on a copy of the schema."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from django.db.migrations.recorder import MigrationRecorder

from schemaguard.database import backend_of
from schemaguard.history.noted import TABLE as NOTES
from schemaguard.journal.entries import TABLE
from schemaguard.operations.locking import patient
from schemaguard.operations.subjects import op_of
from schemaguard.reconcile.planning import planned
from schemaguard.reconcile.requests import Outcome, Request
from schemaguard.reconcile.transaction.forward_steps import go_forward
from schemaguard.reconcile.transaction.work import refuse

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

WITHOUT_ROWS = "rehearsed on a copy of the schema, without its rows: code of a migration found none"


def rehearse_on_a_copy(request: Request, connection: BaseDatabaseWrapper) -> Outcome:
    """Rows are counted in the database itself. Raises CannotStart where this role may make no copy, and Refused."""
    backend = backend_of(connection)
    with backend.locking.from_the_first():
        before, assessment, plan = planned(request, count=True)
        refuse(before, plan, request)
        if not plan.steps:
            return Outcome(before, before, warnings=plan.warnings, accepted=plan.accepted)
        run = [op for step in plan.steps for task in step.every_task if (op := op_of(task)) is not None]
        runs_code = any(map(assessment.location.history.runs_code, run))
        reviewed = replace(request, plan_hash=None, shown=None)
        rows_of = (MigrationRecorder.Migration._meta.db_table, TABLE, NOTES, "django_content_type")
        with backend.on_a_copy(rows_of), backend.locking.from_the_first():
            outcome = patient(connection, request.lock_timeout, partial(go_forward, reviewed, connection))
    outcome.before, outcome.journal = before, None
    outcome.after = replace(outcome.after, database=before.database)
    outcome.taken_back = "dropped, since it was on a copy of the schema"
    outcome.warnings += (WITHOUT_ROWS,) if runs_code else ()
    return outcome
