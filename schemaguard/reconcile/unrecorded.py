"""Migrations whose records were false and are gone: `migrate` runs them next, and may drop what people rely on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import connections

from schemaguard.diagnosis.model import Action, PlanStep
from schemaguard.exceptions import Refused
from schemaguard.operations.hazards.hazards import hazards
from schemaguard.reconcile.planning import planned

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemaguard.reconcile.requests import Request


def refuse_to_drop(request: Request, performed: Collection[PlanStep]) -> None:
    """Raises Refused where one of them drops rows: its record said that this was done. `performed`: a reconcile."""
    keys = {(step.app, step.name) for step in performed if step.action is Action.UNRECORD}
    if not keys:
        return
    _, assessment, plan = planned(replace(request, options=replace(request.options, migrate=True)), models=False)
    reasons = [
        f"{step.key[0]}.{step.key[1]} was recorded and never ran, and would drop rows: {hazard.message}"
        for step in plan.steps
        if step.action is Action.RUN and step.key in keys
        for hazard in hazards(connections[request.alias], step, assessment.location, doubted=keys)
        if hazard.kind == "rows_dropped"
    ]
    if reasons:
        raise Refused(*reasons, end="its record is gone, and nothing was dropped; a plain migrate runs it")
