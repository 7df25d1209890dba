"""What reconcile did, or would do, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.report.escape import visible
from schemaguard.schema.kinds import Level
from schemaguard.schema.text import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.diagnosis.model import Finding, PlanStep
    from schemaguard.reconcile.requests import Outcome, Rehearsed

INDENT = " " * 10


def plan_text(outcome: Outcome, left: Collection[Finding], *, dry_run: bool, rehearse: bool) -> str:
    """The plan with its SQL (`dry_run`), or what was done and the verdict on the result.

    `left` is what disagrees after it; where there is no plan at all, each of it is told with what mends it.
    """
    steps = outcome.before.plan if dry_run else outcome.performed
    lines: list[str] = []
    for number, step in enumerate(steps):
        seen = outcome.rehearsed[number] if rehearse else None
        lines += step_lines(step, seen, sql=dry_run or rehearse, records=True)
    lines += [visible(f"stopped by: {reason}") for reason in outcome.blocked]
    if dry_run and steps:
        lines.append(f"plan {outcome.before.plan_hash}")
    elif rehearse and steps:
        lines.append(f"rehearsed: everything was carried out, verified, and {outcome.taken_back}")
    if not steps and not (dry_run and outcome.blocked):
        lines += [visible(f"left to a person: {_told(finding)}") for finding in left]
        lines += [] if left else ["nothing to do"]
    if not dry_run and not rehearse:
        entry = f"; journal entry {outcome.journal}" if outcome.journal is not None else ""
        lines.append(f"the database is now: {outcome.after.verdict.value.replace('_', ' ')}{entry}")
        lines += [visible(f"accepted as it is: {each.message}") for each in _accepted(outcome)]
    return "\n".join(lines) + "\n"


def _told(finding: Finding) -> str:
    return f"{finding.message}; {finding.hint}" if finding.hint else finding.message


def _accepted(outcome: Outcome) -> list[Finding]:
    """What the verdict holds against the database, and somebody said to leave."""
    return [each for each in outcome.after.findings if each.level is Level.ERROR and each in outcome.accepted]


def step_lines(step: PlanStep, seen: Rehearsed | None = None, *, sql: bool, records: bool = False) -> Iterator[str]:
    """One step: what it does, what the rows say, and its statements, those for django_migrations where asked for."""
    took = f" ({seen.seconds:.3f} s)" if seen is not None else ""
    yield visible(f"{step.action.value:<9} {step.app}.{step.name}: {step.summary}{took}")
    for hazard in step.hazards:
        yield visible(f"{INDENT}-- {hazard.message}")
    if sql:
        for statement in (*step.sql, *(_of_records(step) if records else ())):
            yield from (f"{INDENT}{visible(line)}" for line in statement.expandtabs(4).split("\n"))
    if seen is not None:
        yield from (visible(f"{INDENT}lock {lock}") for lock in seen.locks)


def _of_records(step: PlanStep) -> Iterator[str]:
    """What the step writes into django_migrations, to be done by hand together with its SQL."""
    for app, name in step.records:
        values = f"{literal(app)}, {literal(name)}, CURRENT_TIMESTAMP"
        yield f"INSERT INTO django_migrations (app, name, applied) VALUES ({values});"
    for app, name in step.removes:
        yield f"DELETE FROM django_migrations WHERE app = {literal(app)} AND name = {literal(name)};"
