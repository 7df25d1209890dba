"""What reconcile did, or would do, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.model import PlanStep
from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from schemaguard.execution.reconcile import Outcome

VERBS = {
    "fake": "record as applied, without running it",
    "run": "run",
    "complete": "run what is left of it",
    "redo": "make again what is missing",
    "alter": "alter to the expected shape",
    "unrecord": "delete its record",
    "prune": "delete the record: there is no such file",
}


def plan_text(outcome: Outcome, *, dry_run: bool, rehearse: bool, style: Any) -> str:
    """The plan with its SQL (`dry_run`), or what was done and the verdict on the result."""
    steps = outcome.before.plan if dry_run else outcome.performed
    lines = list(_steps(steps, sql=dry_run or rehearse))
    lines += [visible(f"stopped by: {reason}") for reason in outcome.blocked]
    if dry_run:
        lines.append(f"plan {outcome.before.plan_hash}" if steps else "nothing to do")
    elif rehearse:
        lines += [visible(f"lock {lock}") for lock in outcome.locks]
        lines.append("rehearsed: everything was carried out, verified, and rolled back" if steps else "nothing to do")
    else:
        if not steps:
            lines.append("nothing to do")
        entry = f"; journal entry {outcome.journal}" if outcome.journal is not None else ""
        lines.append(f"the database is now: {outcome.after.verdict.value.replace('_', ' ')}{entry}")
    return "\n".join(lines) + "\n"


def _steps(steps: Iterable[PlanStep], *, sql: bool) -> Iterator[str]:
    for step in steps:
        yield visible(f"{step.action.value:<9} {step.app}.{step.name}: {VERBS[step.action.value]}")
        for hazard in step.hazards:
            yield visible(f"          {hazard.message}")
        if sql:
            for statement in step.sql:
                yield f"          {visible(statement)}"
