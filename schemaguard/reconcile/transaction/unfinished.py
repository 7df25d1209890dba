"""What the last run was to run and did not come to, where each statement commits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Action
from schemaguard.journal.entries import Journal, JournalDamaged, inverse_of, steps_of
from schemaguard.reconcile.plan.choosing.choices import RUN

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.reconcile.requests import Request

RUNS = (Action.RUN.value, Action.COMPLETE.value)


def unfinished(request: Request, connection: BaseDatabaseWrapper) -> Request:
    """The request, with the answer `run` for each migration that the last run was to run and did not come to.

    The catalog does not tell whether a data migration has run. The journal of that run does.
    """
    entry = Journal(connection).last(command="reconcile")
    if entry is None or entry.status not in ("running", "failed", "interrupted"):
        return request
    try:
        finished = {tuple(key) for key in inverse_of(entry).get("finished", ())}
        steps = steps_of(entry)
    except JournalDamaged:
        return request
    options = request.options
    for step in steps:
        if step["action"] in RUNS and (step["app"], step["name"]) not in finished:
            options = options.with_answer(f"migration {step['app']}.{step['name']}", RUN)
    return replace(request, options=options)
