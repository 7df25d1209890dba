"""What the guard of `migrate` says: what is in the way, and the command that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import PlanStep, State
from schemaguard.diagnosis.wording import command_line
from schemaguard.report.escape import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from schemaguard.diagnosis.ahead.obstacles import Obstacle
    from schemaguard.exceptions import Refused

MIGRATIONS = 12
OBJECTS = 6
SAID = {
    State.PRESENT: "is in the database already and not recorded",
    State.PARTIAL: "is in the database in part and not recorded",
    State.CONFLICTING: "is not recorded, and something that it makes is there in another shape",
    State.PENDING: "is to run, and the database is not as it needs it",
    State.MISSING: "is recorded, but not all of it is in the database, and migrate goes on from it",
}
BY_HAND = (State.CONFLICTING, State.PENDING)
ENDS = {
    "stopped": "; it was stopped before its first statement, and nothing was changed",
    "reconciled": "; it was stopped before its first statement, after a reconcile that could not mend everything",
    "warned": "",
}


def stopped_text(
    obstacles: Collection[Obstacle], alias: str, end: str, *, inconsistent: str | None, arguments: Sequence[str]
) -> str:
    """`end` is a key of ENDS; `inconsistent` is what Django says of the history, `arguments` what migrate was given."""
    first = f'migrate would fail half way on database "{alias}"'
    if inconsistent is not None:
        first = f"{visible(inconsistent.rstrip('.'))}: migrate would refuse to start"
    lines = [f"{first}{ENDS[end]}.", ""]
    for each in list(obstacles)[:MIGRATIONS]:
        lines += [visible(f"  {line}") for line in _described(each)]
    if len(obstacles) > MIGRATIONS:
        lines.append(f"  and {len(obstacles) - MIGRATIONS} more migrations")
    lines += [""] if obstacles else []
    if end == "reconciled" or any(each.state in BY_HAND for each in obstacles):
        lines.append(f"What a person has to choose: {command_line(alias, 'schemaguard reconcile', '--dry-run')}")
    else:
        lines.append(f"To mend it: {command_line(alias, 'schemaguard reconcile')}")
        lines.append(f"To mend it and go on: {command_line(alias, 'migrate', *arguments, '--reconcile')}")
    return "\n".join(lines)


def refused_text(refused: Refused, advice: str) -> str:
    """Why the reconcile that `migrate` was to begin with did nothing; several reasons are a list."""
    first, *more = map(visible, refused.lines)
    first = f"migrate was stopped before its first statement: {first}"
    return "\n".join([first, *more, advice]) if more else f"{first}; {advice}"


def harmless_text(obstacles: Collection[Obstacle], alias: str) -> Iterator[str]:
    for each in list(obstacles)[:OBJECTS]:
        yield visible(
            f"schemaguard: {each.name} is recorded, and {_shortened(each.reasons)}; nothing that migrate runs now "
            f"touches it: {command_line(alias, 'schemaguard check')}"
        )
    if len(obstacles) > OBJECTS:
        yield f"schemaguard: and {len(obstacles) - OBJECTS} more migrations of which something is missing"


def performed_text(steps: Collection[PlanStep]) -> Iterator[str]:
    if steps:
        yield "Reconciling migrations with the database:"
    for step in steps:
        yield visible(f"  {step.app}.{step.name}: {step.summary}")


def _described(obstacle: Obstacle) -> Iterator[str]:
    yield f"{obstacle.name} {obstacle.said or SAID[obstacle.state]}"
    for reason in obstacle.reasons[:OBJECTS]:
        yield f"  {reason}"
    if len(obstacle.reasons) > OBJECTS:
        yield f"  and {len(obstacle.reasons) - OBJECTS} more"


def _shortened(reasons: Sequence[str]) -> str:
    first, *more = reasons
    return f"{first} (and {len(more)} more)" if more else first
