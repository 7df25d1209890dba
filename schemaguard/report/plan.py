"""What reconcile did, or would do, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.report.formats.text import VERDICTS
from schemaguard.report.spans import Line, Role, coloured, plain, span
from schemaguard.schema.codes import Level

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from rich.console import Console

    from schemaguard.diagnosis.model import Diagnosis, Finding, PlanStep
    from schemaguard.reconcile.requests import Outcome, Rehearsed

INDENT = " " * 10


def plan_text(
    outcome: Outcome,
    left: Collection[Finding],
    *,
    dry_run: bool,
    rehearse: bool,
    console: Console | None = None,
) -> str:
    """The plan with its SQL (`dry_run`), or what was done and the verdict on the result.

    `left` is what disagrees after it; where there is no plan at all, each of it is told with what mends it. `console`
    gives the colours, where it shows any.
    """
    lines = list(_plan(outcome, left, dry_run=dry_run, rehearse=rehearse))
    return plain(lines) if console is None else coloured(lines, console)


def _plan(outcome: Outcome, left: Collection[Finding], *, dry_run: bool, rehearse: bool) -> Iterator[Line]:
    steps = outcome.before.plan if dry_run else outcome.performed
    for number, step in enumerate(steps):
        seen = outcome.rehearsed[number] if rehearse else None
        yield from step_lines(step, seen, sql=dry_run or rehearse, records=True)
    for reason in outcome.blocked:
        yield span("stopped by: ", Role.ERROR), span(reason)
    if dry_run and steps:
        yield hash_line(outcome.before)
    elif rehearse and steps:
        yield (span(f"rehearsed: everything was carried out, verified, and {outcome.taken_back}", Role.GOOD),)
    if not steps and not (dry_run and outcome.blocked):
        for finding in left:
            yield span("left to a person: ", Role.ERROR), span(_told(finding))
        if not left:
            yield (span("nothing to do"),)
    if not dry_run and not rehearse:
        entry = f"; journal entry {outcome.journal}" if outcome.journal is not None else ""
        word, role = VERDICTS[outcome.after.verdict]
        yield span("the database is now: "), span(word, role), span(entry)
        for finding in _accepted(outcome):
            yield (span(f"accepted as it is: {finding.message}"),)


def hash_line(diagnosis: Diagnosis) -> Line:
    return (span(f"plan {diagnosis.plan_hash}", Role.LABEL),)


def _told(finding: Finding) -> str:
    return f"{finding.message}; {finding.hint}" if finding.hint else finding.message


def _accepted(outcome: Outcome) -> list[Finding]:
    """What the verdict holds against the database, and somebody said to leave."""
    return [each for each in outcome.after.findings if each.level is Level.ERROR and each in outcome.accepted]


def step_lines(step: PlanStep, seen: Rehearsed | None = None, *, sql: bool, records: bool = False) -> Iterator[Line]:
    """One step: what it does, what the rows say, and its statements, those for django_migrations where asked for."""
    took = f" ({seen.seconds:.3f} s)" if seen is not None else ""
    name = span(f"{step.app}.{step.name}", Role.HEADING)
    yield span(f"{step.action.value:<9} ", Role.COMMAND), name, span(f": {step.summary}"), span(took, Role.LABEL)
    for hazard in step.hazards:
        yield (span(f"{INDENT}-- {hazard.message}", Role.ERROR),)
    if sql:
        for statement in (*step.sql, *(step.record_sql if records else ())):
            for line in statement.expandtabs(4).split("\n"):
                yield (span(f"{INDENT}{line}", Role.STATEMENT),)
    if seen is not None:
        for lock in seen.locks:
            yield (span(f"{INDENT}lock {lock}", Role.LABEL),)
